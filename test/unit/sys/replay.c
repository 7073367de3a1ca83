/*
 * Replays calls on the real kernel, so that the fake one can be compared with it. Each line of stdin is one process: calls
 * separated by ';', the last of them `exec PATH`. For each it prints the results, the state before and the state after exec.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <arpa/inet.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int last;
/* The session keyring that every line begins with. */
static long inherited;
/* The last one that was made. */
static int ruleset = -1;

static long keyring(void) { return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0); }

/* Whose it is; -1 for the inherited one. The description is type;uid;gid;permissions;name. */
static int keyring_owner(void)
{
	char text[256] = "";
	int uid = -2;
	if (keyring() == inherited)
		return -1;
	syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text);
	sscanf(text, "keyring;%d;", &uid);
	return uid;
}

/* Whether Landlock refuses to connect; without it nobody listens there. */
static int walled(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int refused = connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == EACCES;
	close(fd);
	return refused;
}

static unsigned long long mask(int operation, int option)
{
	unsigned long long bits = 0;
	for (int each = 0; each <= last; each++) {
		int set = operation == PR_CAPBSET_READ ? prctl(operation, each) : prctl(operation, option, each, 0, 0);
		if (set == 1)
			bits |= 1ULL << each;
	}
	return bits;
}

static void print_state(void)
{
	uid_t r, e, s;
	gid_t groups[256];
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	int signal;
	getresuid(&r, &e, &s);
	printf("%u,%u,%u|", r, e, s);
	getresgid(&r, &e, &s);
	printf("%u,%u,%u|", r, e, s);
	int count = getgroups(256, groups);
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	syscall(SYS_capget, &header, data);
#define JOIN(field) ((unsigned long long)data[1].field << 32 | data[0].field)
	printf("|%llx|%llx|%llx|%llx|%llx|", mask(PR_CAPBSET_READ, 0), JOIN(permitted), JOIN(effective), JOIN(inheritable),
	       mask(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET));
	prctl(PR_GET_PDEATHSIG, &signal);
	printf("%d|%d|%d|%d|%d", prctl(PR_GET_SECUREBITS), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), signal, keyring_owner(), walled());
}

static long set_capabilities(unsigned long long e, unsigned long long p, unsigned long long i)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { e, p, i }, { e >> 32, p >> 32, i >> 32 } };
	return syscall(SYS_capset, &header, data);
}

static long perform(const char *call, char **a)
{
#define NUMBER(n) strtoull(a[n], NULL, 0)
	if (!strcmp(call, "setresuid"))
		return syscall(SYS_setresuid, (uid_t)NUMBER(0), (uid_t)NUMBER(1), (uid_t)NUMBER(2));
	if (!strcmp(call, "setresgid"))
		return syscall(SYS_setresgid, (gid_t)NUMBER(0), (gid_t)NUMBER(1), (gid_t)NUMBER(2));
	if (!strcmp(call, "setgroups")) {
		gid_t groups[8];
		int count = 0;
		for (; a[count]; count++)
			groups[count] = NUMBER(count);
		return syscall(SYS_setgroups, count, groups);
	}
	if (!strcmp(call, "capset"))
		return set_capabilities(NUMBER(0), NUMBER(1), NUMBER(2));
	if (!strcmp(call, "capbsetDrop"))
		return prctl(PR_CAPBSET_DROP, NUMBER(0), 0, 0, 0);
	if (!strcmp(call, "capAmbientRaise"))
		return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, NUMBER(0), 0, 0);
	if (!strcmp(call, "capAmbientClearAll"))
		return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (!strcmp(call, "setSecurebits"))
		return prctl(PR_SET_SECUREBITS, NUMBER(0), 0, 0, 0);
	if (!strcmp(call, "setKeepCaps"))
		return prctl(PR_SET_KEEPCAPS, NUMBER(0), 0, 0, 0);
	if (!strcmp(call, "setNoNewPrivs"))
		return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!strcmp(call, "setParentDeathSignal"))
		return prctl(PR_SET_PDEATHSIG, NUMBER(0), 0, 0, 0);
	if (!strcmp(call, "joinSessionKeyring"))
		return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	if (!strcmp(call, "landlockCreateRuleset")) {
		unsigned long long handled[3] = { NUMBER(0), NUMBER(1), NUMBER(2) };
		return ruleset = syscall(SYS_landlock_create_ruleset, handled, sizeof handled, 0);
	}
	if (!strcmp(call, "landlockAddPort")) {
		unsigned long long rule[2] = { NUMBER(2), NUMBER(1) };
		return syscall(SYS_landlock_add_rule, ruleset, 2, rule, 0);
	}
	if (!strcmp(call, "landlockRestrictSelf"))
		return syscall(SYS_landlock_restrict_self, ruleset, 0);
	if (!strcmp(call, "loadFilter")) {
		struct sock_filter filter[256];
		struct sock_fprog program = { strlen(a[0]) / 16, filter };
		for (size_t at = 0; at < program.len * sizeof *filter; at++)
			sscanf(a[0] + 2 * at, "%2hhx", (unsigned char *)filter + at);
		return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, NUMBER(1), &program);
	}
	if (!strcmp(call, "chdir"))
		return chdir(a[0]);
	fprintf(stderr, "replay: unknown call %s\n", call);
	exit(99);
}

/* Does not return. The child of a line. */
static void replay(char *line)
{
	char *rest;
	for (char *part = strtok_r(line, ";\n", &rest); part; part = strtok_r(NULL, ";\n", &rest)) {
		char *words[16] = { 0 }, *inner;
		int count = 0;
		for (char *word = strtok_r(part, " ", &inner); word && count < 15; word = strtok_r(NULL, " ", &inner))
			words[count++] = word;
		if (!strcmp(words[0], "exec")) {
			printf("#");
			print_state();
			printf("#");
			fflush(stdout);
			char mine[24];
			snprintf(mine, sizeof mine, "%ld", inherited);
			execl(words[1], words[1], "--probe", mine, NULL);
			printf("%d\n", errno);
			fflush(stdout);
			_exit(0);
		}
		printf("%d ", perform(words[0], words + 1) < 0 ? -errno : 0);
	}
	_exit(98);
}

/* File capabilities, capabilities(7). */
static int grant(const char *path, unsigned long long permitted, unsigned long long inheritable, int effective)
{
	struct vfs_cap_data data = { VFS_CAP_REVISION_2 | (effective ? VFS_CAP_FLAGS_EFFECTIVE : 0),
				     { { permitted, inheritable }, { permitted >> 32, inheritable >> 32 } } };
	return setxattr(path, "security.capability", &data, sizeof data, 0) < 0;
}

int main(int argc, char **argv)
{
	while (prctl(PR_CAPBSET_READ, last + 1) >= 0)
		last++;
	inherited = keyring();
	if (argc > 2 && !strcmp(argv[1], "--probe")) {
		inherited = atol(argv[2]);
		print_state();
		printf("\n");
		return 0;
	}
	if (argc == 6 && !strcmp(argv[1], "--grant"))
		return grant(argv[2], strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0), atoi(argv[5]));
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) > 0) {
		fflush(stdout);
		pid_t child = fork();
		if (child == 0)
			replay(line);
		int status;
		waitpid(child, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			return 1;
	}
	return 0;
}
