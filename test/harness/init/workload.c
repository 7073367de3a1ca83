/*
 * What an init is tried with.
 *
 *   workload record          says `ready`, then the number of each signal that comes, all of them, as the kernel gives them; nothing ends it
 *   workload orphans COUNT   leaves that many orphans that end, in batches that end together; says how many zombies there still are when
 *                            that number has stayed the same for a second, or is none
 *   workload drive PID       traces that process, makes it do some system calls, and says what each answered
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* By the raw calls, because libc keeps 32 and 33 for itself. */
__attribute__((noreturn)) static void record(void)
{
	uint64_t all = ~UINT64_C(0);
	siginfo_t info;
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof all);
	puts("ready");
	for (;;) {
		fflush(stdout);
		if (syscall(SYS_rt_sigtimedwait, &all, &info, NULL, sizeof all) > 0)
			printf("%d\n", info.si_signo);
	}
}

/* Whether this is one of ours that has ended or will; `state` is the kernel's letter. */
static int is_orphan(const char *pid, char *state)
{
	char name[300], text[512];
	snprintf(name, sizeof name, "/proc/%s/stat", pid);
	FILE *file = fopen(name, "re");
	if (file == NULL)
		return 0;
	int found = fgets(text, sizeof text, file) != NULL && strstr(text, "(workload)") != NULL && atoi(pid) != getpid();
	if (found)
		sscanf(strrchr(text, ')') + 1, " %c", state);
	fclose(file);
	return found;
}

/* How many there still are, and how many of them are zombies. */
static int left(int *zombies)
{
	int count = 0;
	char state = ' ';
	DIR *proc = opendir("/proc");
	*zombies = 0;
	for (struct dirent *entry; (entry = readdir(proc)) != NULL;)
		if (isdigit((unsigned char)entry->d_name[0]) && is_orphan(entry->d_name, &state)) {
			count++;
			*zombies += state == 'Z';
		}
	closedir(proc);
	return count;
}

static void pause_for(long milliseconds)
{
	nanosleep(&(struct timespec){0, milliseconds * 1000000}, NULL);
}

/* A child makes them and is waited for, so that they are nobody's; they end when the last holder of the other end of their pipe does. */
static void batch(int count)
{
	int gate[2];
	char none;
	if (pipe(gate) != 0)
		exit(70);
	pid_t maker = fork();
	if (maker == 0) {
		for (int i = 0; i < count; i++) {
			pid_t orphan = fork();
			if (orphan < 0)
				_exit(1);
			if (orphan == 0) {
				close(gate[1]);
				_exit(read(gate[0], &none, 1) != 0);
			}
		}
		_exit(0);
	}
	int status;
	waitpid(maker, &status, 0);
	if (status != 0)
		exit(71);
	close(gate[0]);
	close(gate[1]);
}

static int orphans(int count)
{
	for (int rest = count; rest > 0; rest -= 500)
		batch(rest < 500 ? rest : 500);
	int before = -1, now, same = 0, zombies;
	while ((now = left(&zombies)) != 0 && same < 20) {
		same = now == before ? same + 1 : 0;
		before = now;
		pause_for(50);
	}
	printf("%d zombies\n", zombies);
	return 0;
}

#ifdef __x86_64__
/* It waits in a system call, whose instruction is done once more with other registers. */
static long make_it(pid_t pid, const struct user_regs_struct *before, unsigned long long call, const unsigned long long *arguments)
{
	struct user_regs_struct changed = *before;
	changed.rip -= 2;
	changed.rax = call;
	changed.rdi = arguments[0];
	changed.rsi = arguments[1];
	changed.rdx = arguments[2];
	changed.orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &changed) != 0 || ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0)
		return 1;
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_GETREGS, pid, NULL, &changed);
	ptrace(PTRACE_SETREGS, pid, NULL, before);
	return (long)changed.rax;
}

static int drive(pid_t pid)
{
	static const struct {
		const char *name;
		unsigned long long call, arguments[3];
	} calls[] = {
		{"getuid", SYS_getuid, {0}},
		{"socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
		{"openat", SYS_openat, {(unsigned long long)-100, 0, 0}},
		{"fork", SYS_fork, {0}},
		{"tiocsti", SYS_ioctl, {0, 0x5412, 0}},
	};
	struct user_regs_struct before;
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0) {
		perror("ptrace");
		return 72;
	}
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_GETREGS, pid, NULL, &before);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		long answer = make_it(pid, &before, calls[i].call, calls[i].arguments);
		printf("%s %s\n", calls[i].name, answer < 0 ? strerrorname_np((int)-answer) : "answers");
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}
#endif

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "record") == 0)
		record();
	if (argc == 3 && strcmp(argv[1], "orphans") == 0)
		return orphans(atoi(argv[2]));
#ifdef __x86_64__
	if (argc == 3 && strcmp(argv[1], "drive") == 0)
		return drive(atoi(argv[2]));
#endif
	fputs("usage: see workload.c\n", stderr);
	return 64;
}
