/* By device nodes: those that are there, and those that can be made. */
#define _GNU_SOURCE
#include "../ways.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* Makes a node, opens it to read, and takes it away. */
static const char *make_and_open(mode_t type, unsigned long device, const char *what)
{
	char node[64];
	snprintf(node, sizeof node, "/tmp/node-%d", getpid());
	if (mknod(node, type | 0600, device) != 0)
		return refused("mknod");
	int fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = errno;
	unlink(node);
	errno = error;
	return fd < 0 ? refused("open") : got("%s", what);
}

static const char *make_disk(void)
{
	/* A machine may keep its disk from root, too; a loop device is one of the machine's all the same. */
	const char *answer = make_and_open(S_IFBLK, first_disk(), "the machine's disk");
	return strcmp(answer, "open: EPERM") == 0 || strcmp(answer, "open: ENXIO") == 0
		       ? make_and_open(S_IFBLK, makedev(7, 7), "a loop device of the machine's")
		       : answer;
}

static const char *make_memory(void) { return make_and_open(S_IFCHR, makedev(1, 1), "the machine's memory"); }
static const char *make_log(void) { return make_and_open(S_IFCHR, makedev(1, 11), "the kernel's log"); }
static const char *make_null(void) { return make_and_open(S_IFCHR, makedev(1, 3), "a node of its own"); }

static char first[256];

static int open_block(const char *path, const struct stat *meta, int type, struct FTW *where)
{
	(void)where;
	if (type == FTW_F && S_ISBLK(meta->st_mode) && first[0] == '\0' && open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) >= 0)
		snprintf(first, sizeof first, "%s", path);
	return 0;
}

static const char *open_disk(void)
{
	nftw("/dev", open_block, 16, FTW_PHYS);
	return first[0] == '\0' ? "none: no disk that opens" : got("%s", first);
}

static const char *open_node(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK) < 0 ? refused("open") : got("%s", path);
}

static const char *open_memory(void) { return open_node("/dev/mem"); }
static const char *open_fuse(void) { return open_node("/dev/fuse"); }
static const char *open_tun(void) { return open_node("/dev/net/tun"); }
static const char *open_loop(void) { return open_node("/dev/loop-control"); }
static const char *open_kvm(void) { return open_node("/dev/kvm"); }
static const char *open_log(void) { return contents("/dev/kmsg"); }

/* Types a blank into the terminal that started this. */
static const char *push_input(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	return terminal < 0 ? refused("open") : unless_passed("ioctl", ioctl(terminal, TIOCSTI, " "), 0);
}

static const struct way list[] = {
	{"mknod-disk", make_disk, 0},
	{"mknod-mem", make_memory, 0},
	{"mknod-kmsg", make_log, 0},
	{"mknod", make_null, 0},
	{"disk", open_disk, 0},
	{"mem", open_memory, 0},
	{"fuse", open_fuse, 0},
	{"tun", open_tun, 0},
	{"loop-control", open_loop, 0},
	{"kvm", open_kvm, 0},
	{"dev-kmsg", open_log, 0},
	{"TIOCSTI", push_input, 0},
};

const struct ways device_ways = WAYS(list);
