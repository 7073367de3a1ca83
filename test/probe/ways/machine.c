/*
 * Ways that harm the machine where they work: for the emulated one alone, whose kernel was started with the word `abdicate.emulated`. Anywhere else
 * none is tried.
 */
#define _GNU_SOURCE
#include "../ways.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

static int is_emulated(void)
{
	char line[4096];
	FILE *file = fopen("/proc/cmdline", "re");
	return file != NULL && fgets(line, sizeof line, file) != NULL && strstr(line, "abdicate.emulated") != NULL;
}

static const char *write_to(const char *file, const char *text)
{
	if (!is_emulated())
		return "none: not on this machine";
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? refused("open") : write(fd, text, strlen(text)) < 0 ? refused("write") : got("%s written", file);
}

static const char *crash(void) { return write_to("/proc/sysrq-trigger", "c"); }
static const char *pattern(void) { return write_to("/proc/sys/kernel/core_pattern", "|/tmp/way %P"); }
static const char *helper(void) { return write_to("/proc/sys/kernel/modprobe", "/tmp/way"); }
static const char *agent(void) { return write_to("/sys/fs/cgroup/cgroup.procs", "0"); }
static const char *controllers(void) { return write_to("/sys/fs/cgroup/cgroup.subtree_control", "-pids"); }

static const char *restart(void)
{
	return !is_emulated() ? "none: not on this machine"
			      : unless_passed("reboot", syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART, NULL), 0);
}

static const char *unload_kernel(void)
{
	return !is_emulated() ? "none: not on this machine" : unless_passed("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0), 0);
}

static const char *set_clock(void)
{
	struct timespec epoch = {0, 0};
	return !is_emulated() ? "none: not on this machine" : unless_passed("clock_settime", clock_settime(CLOCK_REALTIME, &epoch), 0);
}

static const char *no_accounting(void)
{
	return !is_emulated() ? "none: not on this machine" : unless_passed("acct", syscall(SYS_acct, NULL), 0);
}

static const struct way list[] = {
	{"machine-crash", crash, 0},         {"machine-core_pattern", pattern, 0},
	{"machine-modprobe", helper, 0},     {"machine-cgroup", agent, 0},
	{"machine-controllers", controllers, 0}, {"machine-restart", restart, 0},
	{"machine-kexec", unload_kernel, 0}, {"machine-clock", set_clock, 0},
	{"machine-acct", no_accounting, 0},
};

const struct ways machine_ways = WAYS(list);
