/* What a program of a house is given, one operation after the other, and the program. */
#include "house.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static uint64_t capabilities = UINT64_MAX;
static uint64_t ambient;
static int parent_death;

static rlim_t limit_of(const char *text)
{
	return strcmp(text, "unlimited") == 0 ? RLIM_INFINITY : strtoul(text, NULL, 10);
}

static void do_limit(char **words)
{
	struct rlimit limit = {limit_of(words[1]), limit_of(words[2])};
	if (setrlimit(atoi(words[0]), &limit) != 0)
		fail("setrlimit %s %s:%s", words[0], words[1], words[2]);
}

static void do_env(char **words)
{
	if (putenv(words[0]) != 0)
		fail("putenv");
}

/* Hexadecimal: what the bounding set keeps; what root holds. */
static void do_capabilities(char **words)
{
	capabilities = strtoull(words[0], NULL, 16);
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((capabilities >> cap & 1) == 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			fail("PR_CAPBSET_DROP %d", cap);
}

static void do_groups(char **words)
{
	gid_t groups[64];
	size_t count = 0;
	for (char *rest = words[0], *word; (word = strsep(&rest, ",")) != NULL && count < 64;)
		if (*word != '\0')
			groups[count++] = (gid_t)strtoul(word, NULL, 10);
	if (setgroups(count, groups) != 0)
		fail("setgroups");
}

/* Descriptors 0 to 2 become the user's, as far as they are pipes, so that it may open /dev/stdout. */
static void give_stdio(uid_t uid)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat meta;
		if (fstat(fd, &meta) == 0 && S_ISFIFO(meta.st_mode) && meta.st_uid != uid && fchown(fd, uid, (gid_t)-1) != 0)
			fail("fchown %d", fd);
	}
}

static void hold(uint64_t set, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	uint32_t low = (uint32_t)set, high = (uint32_t)(set >> 32);
	struct __user_cap_data_struct data[2] = {{low, low, (uint32_t)inheritable}, {high, high, (uint32_t)(inheritable >> 32)}};
	if (syscall(SYS_capset, &header, data) != 0)
		fail("capset");
}

/* Hexadecimal: what a user that is not root holds, in every set. */
static void do_ambient(char **words)
{
	ambient = strtoull(words[0], NULL, 16);
}

static void raise_ambient(void)
{
	hold(ambient, ambient);
	for (int cap = 0; cap < 64; cap++)
		if ((ambient >> cap & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0)
			fail("PR_CAP_AMBIENT_RAISE %d", cap);
}

static void do_ignore(char **words)
{
	if (signal(atoi(words[0]), SIG_IGN) == SIG_ERR)
		fail("signal %s", words[0]);
}

static void do_block(char **words)
{
	sigset_t one;
	sigemptyset(&one);
	if (sigaddset(&one, atoi(words[0])) != 0 || sigprocmask(SIG_BLOCK, &one, NULL) != 0)
		fail("block %s", words[0]);
}

static void do_umask(char **words)
{
	umask((mode_t)strtoul(words[0], NULL, 8));
}

static void do_nice(char **words)
{
	if (setpriority(PRIO_PROCESS, 0, atoi(words[0])) != 0)
		fail("setpriority %s", words[0]);
}

/* A path, opened as a descriptor of this number. */
static void do_descriptor(char **words)
{
	int number = atoi(words[0]), fd = open(words[1], O_RDWR);
	if (fd < 0 || dup2(fd, number) < 0 || (fd != number && close(fd) != 0))
		fail("open %s as %s", words[1], words[0]);
}

static void do_parent_death(char **words)
{
	parent_death = atoi(words[0]);
}

/*
 * A system call that is answered with an errno from here on, for this process too: all of it, or where the first argument is this one. It
 * takes SYS_ADMIN, so that nothing else has to change. seccomp(2)
 */
static void do_without(char **words)
{
	uint32_t call = (uint32_t)atoi(words[0]), argument = (uint32_t)atoi(words[1]), error = (uint32_t)atoi(words[2]);
	uint8_t skip_argument = strcmp(words[1], "any") == 0;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
		BPF_JUMP(BPF_JMP | BPF_JA, skip_argument ? 2 : 0, 0, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		fail("PR_SET_SECCOMP");
}

static void do_user(char **words)
{
	uid_t uid = (uid_t)strtoul(words[0], NULL, 10);
	gid_t gid = (gid_t)strtoul(words[1], NULL, 10);
	give_stdio(uid);
	if (ambient != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		fail("PR_SET_KEEPCAPS");
	if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		fail("setresuid %u:%u", uid, gid);
	if (ambient != 0)
		raise_ambient();
	else if (capabilities != UINT64_MAX)
		hold(uid == 0 ? capabilities : 0, 0);
}

static void do_no_new_privileges(char **words)
{
	(void)words;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fail("PR_SET_NO_NEW_PRIVS");
}

static void do_directory(char **words)
{
	if (chdir(words[0]) != 0)
		fail("chdir %s", words[0]);
}

static const struct operation {
	const char *name;
	int words;
	void (*run)(char **words);
} operations[] = {
	{"limit", 3, do_limit},
	{"env", 1, do_env},
	{"capabilities", 1, do_capabilities},
	{"ambient", 1, do_ambient},
	{"groups", 1, do_groups},
	{"ignore", 1, do_ignore},
	{"block", 1, do_block},
	{"umask", 1, do_umask},
	{"nice", 1, do_nice},
	{"descriptor", 2, do_descriptor},
	{"parent-death", 1, do_parent_death},
	{"without", 3, do_without},
	{"user", 2, do_user},
	{"no-new-privileges", 0, do_no_new_privileges},
	{"directory", 1, do_directory},
};

void reset_signals(void)
{
	/* By the kernel's own call and for its default action, which is 0: signal(3) refuses two. */
	const char usual[32] = {0};
	sigset_t none;
	for (int number = 1; number <= 64; number++)
		syscall(SYS_rt_sigaction, number, usual, NULL, 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void become(char **words)
{
	environ = NULL;
	replace_no_input();
	/* Not the one of the machine's user, which others may hold as well. keyctl(2) */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.house") < 0)
		fail("session keyring");
	while (*words != NULL && strcmp(*words, "--") != 0) {
		const struct operation *operation = NULL;
		for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
			if (strcmp(operations[i].name, *words) == 0)
				operation = &operations[i];
		errno = 0;
		if (operation == NULL)
			fail("no operation %s", *words);
		words++;
		for (int i = 0; i < operation->words; i++)
			if (words[i] == NULL)
				fail("%s takes %d words", operation->name, operation->words);
		operation->run(words);
		words += operation->words;
	}
	errno = 0;
	if (*words == NULL || words[1] == NULL)
		fail("no program");
	/* From here on the parent sees to it. */
	if (prctl(PR_SET_PDEATHSIG, parent_death) != 0)
		fail("PR_SET_PDEATHSIG");
	execvp(words[1], words + 1);
	fail("exec %s", words[1]);
}
