/* By mounting: a second proc or sysfs without masks, a mask taken away, the machine's disk, another root. */
#define _GNU_SOURCE
#include "../ways.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *mount_new(const char *type, const char *data)
{
	const char *target = fresh_directory();
	return mount("none", target, type, 0, data) == 0 ? got("a %s of its own", type) : refused("mount");
}

static const char *new_proc(void) { return mount_new("proc", NULL); }
static const char *new_sysfs(void) { return mount_new("sysfs", NULL); }
static const char *new_tmpfs(void) { return mount_new("tmpfs", NULL); }
static const char *new_debugfs(void) { return mount_new("debugfs", NULL); }
static const char *new_tracefs(void) { return mount_new("tracefs", NULL); }
static const char *new_bpf(void) { return mount_new("bpf", NULL); }
static const char *new_cgroup2(void) { return mount_new("cgroup2", NULL); }

/* The hierarchy that is there, or where there is none, one of its own. */
static const char *release_agent(void)
{
	char line[256], controllers[128] = "none,name=way", path[128];
	FILE *groups = fopen("/proc/self/cgroup", "re");
	while (groups != NULL && fgets(line, sizeof line, groups) != NULL) {
		char *from = strchr(line, ':'), *to = from == NULL ? NULL : strchr(from + 1, ':');
		if (to != NULL && to > from + 1) {
			*to = '\0';
			snprintf(controllers, sizeof controllers, strncmp(from + 1, "name=", 5) == 0 ? "none,%s" : "%s", from + 1);
			break;
		}
	}
	const char *target = fresh_directory();
	if (mount("cgroup", target, "cgroup", 0, controllers) != 0)
		return refused("mount");
	snprintf(path, sizeof path, "%s/release_agent", target);
	return rewrite(path);
}

static const char *unmask(const char *path)
{
	return umount2(path, MNT_DETACH) == 0 ? got("what %s hid", path) : refused("umount");
}

static const char *unmask_file(void) { return unmask("/proc/keys"); }
static const char *unmask_directory(void) { return unmask("/sys/firmware"); }
static const char *unmount_proc_sys(void) { return unmask("/proc/sys"); }

static const char *remount(const char *path)
{
	return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL) == 0 ? got("%s to write", path) : refused("mount");
}

static const char *remount_proc_sys(void) { return remount("/proc/sys"); }
static const char *remount_sys(void) { return remount("/sys"); }

static const char *set_attributes(void)
{
	/* struct mount_attr: attr_set, attr_clr, propagation, userns_fd */
	unsigned long long attributes[4] = {0, 1, 0, 0};
	return syscall(SYS_mount_setattr, AT_FDCWD, "/proc/sys", 0, attributes, sizeof attributes) == 0 ? got("/proc/sys to write")
												       : refused("mount_setattr");
}

static const char *bind_over(void)
{
	return mount("/tmp", "/proc/sys", NULL, MS_BIND, NULL) == 0 ? got("/proc/sys hidden") : refused("mount");
}

static const char *bind_proc_below(void)
{
	return mount("/proc", fresh_directory(), NULL, MS_BIND, NULL) == 0 ? got("/proc without what lies on it") : refused("mount");
}

static const char *propagation(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0 ? got("mounts that are shared") : refused("mount");
}

static const char *open_tree_clone(void)
{
	return unless_passed("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/proc", 1), 0);
}

static const char *new_mount_api(void)
{
	return unless_passed("fsopen", syscall(SYS_fsopen, "proc", 0), 0);
}

static const char *mount_disk(void)
{
	unsigned long disk = first_disk();
	char node[64];
	const char *target = fresh_directory();
	snprintf(node, sizeof node, "/tmp/disk-%d", getpid());
	if (disk == 0)
		return "none: no disk";
	if (mknod(node, S_IFBLK | 0600, disk) != 0)
		return refused("mknod");
	/* Of one that is mounted to write, the kernel says EBUSY, behind every check. */
	long result = mount(node, target, "ext4", MS_RDONLY, NULL);
	int error = errno;
	unlink(node);
	errno = error;
	return unless_passed("mount", result, EBUSY);
}

static const char *new_root(void)
{
	/* Onto itself, which no kernel does. */
	long result = syscall(SYS_pivot_root, ".", ".");
	return unless_passed("pivot_root", result, errno == EINVAL ? EINVAL : EBUSY);
}

static const char *change_root(void) { return unless_passed("chroot", chroot("/"), 0); }

/* As root of a user namespace, with a PID namespace and mounts of its own: `unshare -Urpf --mount-proc`. */
static const char *in_user_namespace(const char *type, const char *source)
{
	static char text[256];
	int ends[2], status;
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) != 0)
		return refused("unshare");
	if (pipe(ends) != 0)
		return refused("pipe");
	pid_t child = fork();
	if (child == 0) {
		const char *said = source == NULL ? mount_new(type, NULL)
						  : (mount(source, fresh_directory(), NULL, MS_BIND, NULL) == 0 ? got("a part of /proc without mask")
													    : refused("bind"));
		_exit(write(ends[1], said, strlen(said)) < 0);
	}
	waitpid(child, &status, 0);
	ssize_t length = read(ends[0], text, sizeof text - 1);
	text[length < 0 ? 0 : length] = '\0';
	return text;
}

static const char *user_proc(void) { return in_user_namespace("proc", NULL); }
static const char *user_sysfs(void) { return in_user_namespace("sysfs", NULL); }
static const char *user_bind(void) { return in_user_namespace(NULL, "/proc"); }

static const struct way list[] = {
	{"mount-proc", new_proc, 1},
	{"mount-sysfs", new_sysfs, 1},
	{"mount-tmpfs", new_tmpfs, 1},
	{"mount-debugfs", new_debugfs, 1},
	{"mount-tracefs", new_tracefs, 1},
	{"mount-bpf", new_bpf, 1},
	{"mount-cgroup2", new_cgroup2, 1},
	{"release_agent", release_agent, 1},
	{"unmask-file", unmask_file, 1},
	{"unmask-directory", unmask_directory, 1},
	{"unmount-proc-sys", unmount_proc_sys, 1},
	{"remount-proc-sys", remount_proc_sys, 1},
	{"remount-sys", remount_sys, 1},
	{"mount_setattr", set_attributes, 1},
	{"bind-over", bind_over, 1},
	{"bind-proc", bind_proc_below, 1},
	{"propagation", propagation, 1},
	{"open_tree", open_tree_clone, 1},
	{"fsopen", new_mount_api, 1},
	{"mount-disk", mount_disk, 1},
	{"pivot_root", new_root, 1},
	{"chroot", change_root, 0},
	{"userns-proc", user_proc, 0},
	{"userns-sysfs", user_sysfs, 0},
	{"userns-bind-proc", user_bind, 0},
};

const struct ways mount_ways = WAYS(list);
