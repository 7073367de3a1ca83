/* By other processes and namespaces. One of another is one that is neither this nor its reporter. */
#define _GNU_SOURCE
#include "../ways.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Asks of each other process; the first answer that is one is that of all. */
static const char *of_another(const char *(*ask)(int pid))
{
	DIR *all = opendir("/proc");
	if (all == NULL)
		return refused("open");
	for (struct dirent *entry; (entry = readdir(all)) != NULL;) {
		int pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		const char *answer = pid == 0 || pid == reporter || pid == getpid() ? NULL : ask(pid);
		if (answer != NULL)
			return answer;
	}
	return "none: no other that lets itself";
}

static const char *through(int pid, const char *link)
{
	char path[64], mounts[64];
	snprintf(path, sizeof path, "/proc/%d/%s/", pid, link);
	if (open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0)
		return NULL;
	snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
	ssize_t length = readlink(path, mounts, sizeof mounts - 1);
	mounts[length < 0 ? 0 : length] = '\0';
	return got("%s in %s", link, strcmp(mounts, own_mounts) == 0 ? "the same mounts" : "other mounts");
}

static const char *root_of(int pid) { return through(pid, "root"); }
static const char *cwd_of(int pid) { return through(pid, "cwd"); }

/* Nothing is stopped by a seizure, which ends with this process. */
static const char *seize(int pid) { return ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? got("a process to trace") : NULL; }

/* Whoever traces a process has its calls made, and with them all that its filter lets through. */
static const char *seize_unfiltered(int pid)
{
	char path[64], line[256];
	int mode = -1;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *status = fopen(path, "re");
	while (status != NULL && fgets(line, sizeof line, status) != NULL)
		sscanf(line, "Seccomp: %d", &mode);
	return mode == 0 && ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? got("a process without a filter to trace") : NULL;
}

static const char *read_memory(int pid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	return open(path, O_RDWR | O_CLOEXEC) < 0 ? NULL : got("memory to write");
}

static const char *take_descriptor(int pid)
{
	int handle = (int)syscall(SYS_pidfd_open, pid, 0);
	return handle >= 0 && syscall(SYS_pidfd_getfd, handle, 0, 0) >= 0 ? got("a descriptor") : NULL;
}

static const char *open_descriptors(int pid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 ? NULL : got("descriptors");
}

static const char *environment(int pid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	return open(path, O_RDONLY | O_CLOEXEC) < 0 ? NULL : got("an environment");
}

static const char *signal_it(int pid) { return kill(pid, 0) == 0 ? got("a process to signal") : NULL; }

static const char *roots(void) { return of_another(root_of); }
static const char *directories(void) { return of_another(cwd_of); }
static const char *trace(void) { return of_another(seize); }
static const char *trace_unfiltered(void) { return of_another(seize_unfiltered); }
static const char *memory(void) { return of_another(read_memory); }
static const char *descriptor(void) { return of_another(take_descriptor); }
static const char *descriptors(void) { return of_another(open_descriptors); }
static const char *environments(void) { return of_another(environment); }
static const char *signals(void) { return of_another(signal_it); }

static const char *user_namespace(void) { return unless_passed("unshare", unshare(CLONE_NEWUSER), 0); }
static const char *mount_namespace(void) { return unless_passed("unshare", unshare(CLONE_NEWNS), 0); }
static const char *network_namespace(void) { return unless_passed("unshare", unshare(CLONE_NEWNET), 0); }
static const char *cgroup_namespace(void) { return unless_passed("unshare", unshare(CLONE_NEWCGROUP), 0); }

static const char *cloned(const char *call, long child)
{
	if (child == 0)
		_exit(0);
	if (child < 0)
		return refused(call);
	waitpid((pid_t)child, NULL, 0);
	return got("a user namespace by %s", call);
}

static const char *clone_user(void)
{
	return cloned("clone", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0));
}

static const char *clone3_user(void)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	return cloned("clone3", syscall(SYS_clone3, &args, sizeof args));
}

static const char *enter(const char *name)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/1/ns/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? refused("open") : unless_passed("setns", setns(fd, 0), 0);
}

static const char *enter_mounts(void) { return enter("mnt"); }
static const char *enter_network(void) { return enter("net"); }
static const char *enter_uts(void) { return enter("uts"); }

static const struct way list[] = {
	{"proc-root", roots, 0},
	{"proc-cwd", directories, 0},
	{"proc-mem", memory, 0},
	{"proc-fd", descriptors, 0},
	{"proc-environ", environments, 0},
	{"ptrace", trace, 0},
	{"ptrace-unfiltered", trace_unfiltered, 0},
	{"pidfd_getfd", descriptor, 0},
	{"kill", signals, 0},
	{"unshare-user", user_namespace, 0},
	{"unshare-mount", mount_namespace, 0},
	{"unshare-net", network_namespace, 0},
	{"unshare-cgroup", cgroup_namespace, 0},
	{"clone-user", clone_user, 0},
	{"clone3-user", clone3_user, 0},
	{"setns-mnt", enter_mounts, 0},
	{"setns-net", enter_network, 0},
	{"setns-uts", enter_uts, 0},
};

const struct ways process_ways = WAYS(list);
