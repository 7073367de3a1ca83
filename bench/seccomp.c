// Filters of seccomp: made by libseccomp, read back from a process, and what it costs to load them and to call behind them.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

// RULES: lines of a name, a verdict, the number of comparisons, and these: argument, operator, two values.
static void make(const char *rules)
{
	FILE *file = fopen(rules, "r");
	char name[64];
	unsigned action, count;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!file || !filter)
		err(1, "%s", rules);
#ifdef __x86_64__
	seccomp_arch_add(filter, SCMP_ARCH_X86);
	seccomp_arch_add(filter, SCMP_ARCH_X32);
#else
	seccomp_arch_add(filter, SCMP_ARCH_ARM);
#endif
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		errx(1, "this libseccomp makes no tree");
	while (fscanf(file, "%63s %u %u", name, &action, &count) == 3) {
		struct scmp_arg_cmp all[6];
		for (unsigned i = 0; i < count; i++) {
			unsigned argument, operator;
			unsigned long long one, two;
			if (fscanf(file, "%u %u %llu %llu", &argument, &operator, &one, &two) != 4)
				errx(1, "%s: %s", rules, name);
			all[i] = (struct scmp_arg_cmp){ argument, operator, one, two };
		}
		int number = seccomp_syscall_resolve_name(name);
		if (number == __NR_SCMP_ERROR)
			continue; // Newer than this libseccomp.
		int result = seccomp_rule_add_array(filter, action, number, count, all);
		if (result < 0 && result != -EACCES)
			errx(1, "%s: %s", name, strerror(-result));
	}
	if (seccomp_export_bpf(filter, 1) < 0)
		errx(1, "cannot write the filter");
}

// The filter that was loaded last.
static void read_back(pid_t pid)
{
	static struct sock_filter program[BPF_MAXINSNS];
	if (ptrace(PTRACE_ATTACH, pid, 0, 0) < 0 || waitpid(pid, NULL, 0) < 0)
		err(1, "attach");
	long count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, program);
	if (count < 0)
		err(1, "PTRACE_SECCOMP_GET_FILTER");
	ptrace(PTRACE_DETACH, pid, 0, 0);
	fwrite(program, sizeof *program, count, stdout);
}

struct program {
	const char *name;
	struct sock_filter code[BPF_MAXINSNS];
	struct sock_fprog loaded;
};

static void load(struct program *program)
{
	if (program->loaded.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program->loaded) < 0)
		err(1, "%s", program->name);
}

enum { CALLS = 200000 };

// In a child: the microseconds of a load, or the nanoseconds of a call whose argument is looked at.
static double measure(struct program *program, int calls)
{
	int ends[2];
	double result;
	if (pipe(ends) < 0)
		err(1, "pipe");
	if (fork() == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		double begin = now();
		load(program);
		result = now() - begin;
		if (calls) {
			begin = now();
			for (int i = 0; i < CALLS; i++)
				syscall(SYS_personality, 0xffffffff);
			result = (now() - begin) * 1e3 / CALLS;
		}
		_exit(write(ends[1], &result, sizeof result) != sizeof result);
	}
	close(ends[1]);
	if (read(ends[0], &result, sizeof result) != sizeof result)
		errx(1, "%s: the child failed", program->name);
	close(ends[0]);
	wait(NULL);
	return result;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// The first is compared with the others, each round in turn: a busy machine is busy for all of them.
static void compare(int calls, int rounds, int count, char **files)
{
	struct program *programs = calloc(count, sizeof *programs);
	double *times = calloc(rounds, count * sizeof *times);
	for (int i = 0; i < count; i++) {
		FILE *file = fopen(files[i], "r");
		programs[i].name = strrchr(files[i], '/') ? strrchr(files[i], '/') + 1 : files[i];
		programs[i].loaded.filter = programs[i].code;
		programs[i].loaded.len = file ? fread(programs[i].code, sizeof *programs[i].code, BPF_MAXINSNS, file) : 0;
	}
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++) {
			int at = (i + round) % count;
			times[at * rounds + round] = measure(&programs[at], calls);
		}
	for (int i = 0; i < count; i++)
		qsort(times + i * rounds, rounds, sizeof *times, ascending);
	for (int i = 0; i < count; i++) {
		double *own = times + i * rounds, median = own[rounds / 2];
		printf("  %-40s %5u instructions %8.1f (%.1f)", programs[i].name, programs[i].loaded.len, median, own[0]);
		if (i > 0)
			printf("  ours is %.2f (%.2f)", times[rounds / 2] / median, times[0] / own[0]);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		make(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "read"))
		read_back(atoi(argv[2]));
	else if (argc > 3 && (!strcmp(argv[1], "load") || !strcmp(argv[1], "call")))
		compare(argv[1][0] == 'c', atoi(argv[2]), argc - 3, argv + 3);
	else
		errx(2, "usage: make RULES | read PID | load ROUNDS FILTER... | call ROUNDS FILTER...");
}
