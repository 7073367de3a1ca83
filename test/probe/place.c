/*
 * What confines this process besides its credentials: what Docker masks and makes read-only, the nodes below /dev, its mounts, its namespaces. One
 * object; what a start numbers anew (ids of mounts, names of terminals) is left out.
 */
#define _GNU_SOURCE
#include "ways.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Of Docker and of what it had before. */
static const char *const paths[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
	"/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
	"/sys/devices/system/cpu/cpu0/thermal_throttle", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", "/proc", "/sys",
	"/sys/fs/cgroup", "/sys/kernel/security", "/sys/kernel/debug",
};

static const char *type_of(const struct stat *meta)
{
	switch (meta->st_mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "directory";
	case S_IFCHR: return "char";
	case S_IFBLK: return "block";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	default: return "link";
	}
}

static int entries(const char *path)
{
	int count = 0;
	DIR *directory = opendir(path);
	if (directory == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(directory);
	return count;
}

/* `directory on 1021994 read-only, empty` */
static void put_path(const char *path)
{
	char text[256] = "absent";
	struct stat meta;
	struct statfs place;
	if (lstat(path, &meta) == 0 && statfs(path, &place) == 0) {
		int length = snprintf(text, sizeof text, "%s", type_of(&meta));
		if (S_ISCHR(meta.st_mode))
			length += snprintf(text + length, sizeof text - (size_t)length, " %u:%u", major(meta.st_rdev), minor(meta.st_rdev));
		length += snprintf(text + length, sizeof text - (size_t)length, " on %lx %s", (unsigned long)place.f_type,
				   (place.f_flags & ST_RDONLY) != 0 ? "read-only" : "to write");
		int count = S_ISDIR(meta.st_mode) ? entries(path) : 1;
		if (count <= 0)
			snprintf(text + length, sizeof text - (size_t)length, count == 0 ? ", empty" : ", closed");
	}
	put_string(path);
	putchar(':');
	put_string(text);
}

static const char *separator;

static int put_node(const char *path, const struct stat *meta, int type, struct FTW *where)
{
	char text[1200], target[512];
	(void)type;
	(void)where;
	int length = snprintf(text, sizeof text, "%s %s %o %u:%u", path, type_of(meta), meta->st_mode & 07777, meta->st_uid, meta->st_gid);
	if (S_ISCHR(meta->st_mode) || S_ISBLK(meta->st_mode))
		snprintf(text + length, sizeof text - (size_t)length, " %u:%u", major(meta->st_rdev), minor(meta->st_rdev));
	if (S_ISLNK(meta->st_mode)) {
		ssize_t size = readlink(path, target, sizeof target - 1);
		target[size < 0 ? 0 : size] = '\0';
		snprintf(text + length, sizeof text - (size_t)length, " to %s", target);
	}
	fputs(separator, stdout);
	put_string(text);
	separator = ",";
	return 0;
}

/* `TARGET TYPE OPTIONS PROPAGATION` of a line of mountinfo: proc(5). Peer groups have numbers of their own in each start. */
static void put_mount(char *line)
{
	char text[4096], target[1024], options[512], type[128];
	char *rest = strstr(line, " - ");
	if (rest == NULL || sscanf(line, "%*s %*s %*s %*s %1023s %511s", target, options) != 2 || sscanf(rest + 3, "%127s", type) != 1)
		return;
	*rest = '\0';
	const char *shared = strstr(line, " shared:") != NULL ? " shared" : "", *slave = strstr(line, " master:") != NULL ? " slave" : "";
	snprintf(text, sizeof text, "%s %s %s%s%s", target, type, options, shared, slave);
	fputs(separator, stdout);
	put_string(text);
	separator = ",";
}

static void put_mounts(void)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen("/proc/self/mountinfo", "re");
	separator = "";
	while (file != NULL && getline(&line, &size, file) > 0)
		put_mount(line);
	if (file != NULL)
		fclose(file);
}

static void put_namespaces(void)
{
	static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
	char path[64], target[64];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
		ssize_t length = readlink(path, target, sizeof target - 1);
		target[length < 0 ? 0 : length] = '\0';
		printf("%s\"%s\":", i == 0 ? "" : ",", names[i]);
		put_string(target);
	}
}

void put_place(void)
{
	fputs("{\"paths\":{", stdout);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		fputs(i == 0 ? "" : ",", stdout);
		put_path(paths[i]);
	}
	fputs("},\"devices\":[", stdout);
	separator = "";
	nftw("/dev", put_node, 16, FTW_PHYS);
	fputs("],\"mounts\":[", stdout);
	put_mounts();
	fputs("],\"namespaces\":{", stdout);
	put_namespaces();
	fputs("}}", stdout);
	fflush(stdout);
}
