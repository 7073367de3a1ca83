/* By files of /proc and /sys: what is written there reaches every process of the machine, what is read there tells of all of them. */
#define _GNU_SOURCE
#include "../ways.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static const char *core_pattern(void) { return rewrite("/proc/sys/kernel/core_pattern"); }
static const char *modprobe(void) { return rewrite("/proc/sys/kernel/modprobe"); }
static const char *uevent_helper(void) { return rewrite("/sys/kernel/uevent_helper"); }
static const char *irq_affinity(void) { return rewrite("/proc/irq/default_smp_affinity"); }
static const char *kcore(void) { return contents("/proc/kcore"); }
static const char *keys(void) { return contents("/proc/keys"); }
static const char *timer_list(void) { return contents("/proc/timer_list"); }
static const char *interrupts(void) { return contents("/proc/interrupts"); }
static const char *sched_debug(void) { return contents("/proc/sched_debug"); }
static const char *kpageflags(void) { return contents("/proc/kpageflags"); }
static const char *kernel_log_file(void) { return contents("/proc/kmsg"); }

/* Zero bytes are no command: opening it is all that is to be shown. */
static const char *open_only(const char *file)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? refused("open") : write(fd, "", 0) < 0 ? refused("write") : got("%s to write", file);
}

static const char *sysrq_trigger(void) { return open_only("/proc/sysrq-trigger"); }
static const char *binfmt_register(void) { return open_only("/proc/sys/fs/binfmt_misc/register"); }

static const char *kallsyms(void)
{
	char line[256];
	FILE *symbols = fopen("/proc/kallsyms", "re");
	if (symbols == NULL)
		return refused("open");
	while (fgets(line, sizeof line, symbols) != NULL)
		if (strspn(line, "0") < 8)
			return got("addresses of the kernel");
	return "none: every address is 0";
}

static const char *entries(const char *path)
{
	DIR *directory = opendir(path);
	if (directory == NULL)
		return refused("open");
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		if (entry->d_name[0] != '.')
			return got("%s", path);
	return "none: it is empty";
}

static const char *firmware(void) { return entries("/sys/firmware"); }
static const char *powercap(void) { return entries("/sys/devices/virtual/powercap"); }
static const char *scsi(void) { return entries("/proc/scsi"); }

static char first[256];
static int found;

/* Opening these for writing does nothing by itself. */
static int open_each(const char *path, const struct stat *meta, int type, struct FTW *where)
{
	(void)where;
	if (type != FTW_F || !S_ISREG(meta->st_mode) || (meta->st_mode & 0222) == 0)
		return 0;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd >= 0) {
		close(fd);
		if (found++ == 0)
			snprintf(first, sizeof first, "%s", path);
	}
	return 0;
}

static const char *any_of(const char *const *tops)
{
	for (; *tops != NULL; tops++)
		nftw(*tops, open_each, 16, FTW_PHYS);
	return found == 0 ? "none: no file of it opens" : got("some to write, such as %s", first);
}

static const char *any_of_proc(void)
{
	static const char *const tops[] = {"/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/acpi", "/proc/scsi", NULL};
	return any_of(tops);
}

static const char *any_of_sys(void)
{
	/* Not /sys/devices, which has most of it and takes as long. */
	static const char *const tops[] = {"/sys/kernel", "/sys/fs", "/sys/module", "/sys/power", "/sys/devices/system", NULL};
	return any_of(tops);
}

/* With version 1, /sys/fs/cgroup is a tmpfs, and no cgroup. */
static const char *cgroup_directory(void)
{
	static const char *const places[] = {"/sys/fs/cgroup/pids", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup"};
	char path[64];
	struct statfs place;
	for (size_t i = 0; i < 3; i++) {
		if (statfs(places[i], &place) != 0 || (place.f_type != CGROUP_SUPER_MAGIC && place.f_type != CGROUP2_SUPER_MAGIC))
			continue;
		snprintf(path, sizeof path, "%s/way", places[i]);
		if (mkdir(path, 0755) != 0)
			return refused("mkdir");
		rmdir(path);
		return got("a cgroup made in %s", places[i]);
	}
	return "none: no cgroup is mounted";
}

static const char *kernel_log(void)
{
	char text[256];
	return klogctl(3, text, sizeof text) < 0 ? refused("syslog") : got("the kernel's log");
}

static const struct way list[] = {
	{"core_pattern", core_pattern, 0},
	{"modprobe", modprobe, 0},
	{"sysrq-trigger", sysrq_trigger, 0},
	{"uevent_helper", uevent_helper, 0},
	{"binfmt_misc", binfmt_register, 0},
	{"irq-affinity", irq_affinity, 0},
	{"proc-write", any_of_proc, 0},
	{"sys-write", any_of_sys, 0},
	{"cgroup-mkdir", cgroup_directory, 0},
	{"kcore", kcore, 0},
	{"keys", keys, 0},
	{"timer_list", timer_list, 0},
	{"interrupts", interrupts, 0},
	{"sched_debug", sched_debug, 0},
	{"kpageflags", kpageflags, 0},
	{"kallsyms", kallsyms, 0},
	{"kmsg", kernel_log_file, 0},
	{"syslog", kernel_log, 0},
	{"firmware", firmware, 0},
	{"powercap", powercap, 0},
	{"scsi", scsi, 0},
};

const struct ways proc_ways = WAYS(list);
