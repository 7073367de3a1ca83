/*
 * The witness of seccomp filters, static as the other one.
 *
 *   filter read PID                   the filters of a process, the newest first, a line each: struct sock_filter[] in hexadecimal. Root's.
 *   filter load PROGRAM COMMAND ...   loads such a line and becomes COMMAND
 *   filter calls ENTRY WORD FIRST END what becomes of the calls FIRST to END - 1, each in a child of its own with WORD for every argument:
 *                                     ok, error N, signal N, exits or blocks, a line each; without capabilities. ENTRY is syscall, or int80 for i386's
 *   filter call ENTRY NUMBER WORD ... the same of one call
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failed(const char *what)
{
	fprintf(stderr, "filter: %s: %s\n", what, strerror(errno));
	return 125;
}

/* ---- filters ---- */

static int read_filters(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0 || waitpid(pid, NULL, __WALL) != pid)
		return failed("ptrace");
	static struct sock_filter program[BPF_MAXINSNS];
	for (unsigned long index = 0;; index++) {
		long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, (void *)index, program);
		if (length < 0)
			return errno == ENOENT ? 0 : failed("PTRACE_SECCOMP_GET_FILTER");
		for (size_t at = 0; at < length * sizeof *program; at++)
			printf("%02x", ((unsigned char *)program)[at]);
		putchar('\n');
	}
}

static int load(const char *hex, char **command)
{
	static struct sock_filter program[BPF_MAXINSNS];
	size_t size = strlen(hex) / 2;
	if (size > sizeof program)
		size = sizeof program;
	for (size_t at = 0; at < size; at++) {
		char digits[3] = { hex[2 * at], hex[2 * at + 1], '\0' };
		((unsigned char *)program)[at] = strtoul(digits, NULL, 16);
	}
	struct sock_fprog loaded = { .len = size / sizeof *program, .filter = program };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &loaded) != 0)
		return failed("the filter");
	execv(command[0], command);
	return failed(command[0]);
}

/* ---- calls ---- */

enum entry { BY_SYSCALL, BY_INT80 };

/* Without the C library, which knows what fork and exit mean. */
static inline long call_64(unsigned long nr, const unsigned long *args)
{
	long result;
	register unsigned long fourth __asm__("r10") = args[3];
	register unsigned long fifth __asm__("r8") = args[4];
	register unsigned long sixth __asm__("r9") = args[5];
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(fourth), "r"(fifth), "r"(sixth)
			 : "rcx", "r11", "memory");
	return result;
}

/* As programs of 32 bits enter the kernel. The sixth argument, in ebp, is left out. */
static inline long call_32(unsigned long nr, const unsigned long *args)
{
	long result;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]), "D"(args[4])
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

struct report {
	volatile int has_returned;
	volatile long result;
};

__attribute__((noreturn)) static void act(struct report *report, enum entry entry, unsigned long nr, const unsigned long *args)
{
	static const unsigned long none[6];
	long self = call_64(SYS_getpid, none);
	long result = entry == BY_SYSCALL ? call_64(nr, args) : call_32(nr, args);
	/* Who is another process now was made by the call. */
	if (call_64(SYS_getpid, none) == self) {
		report->result = result;
		report->has_returned = 1;
	}
	for (;;)
		call_64(SYS_exit_group, none);
}

static char state_of(pid_t pid)
{
	char path[32], state = '?';
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *file = fopen(path, "r");
	if (file != NULL) {
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = '?';
		fclose(file);
	}
	return state;
}

/* A child that still sleeps after a while waits for what never comes; a busy machine leaves it runnable. */
static int ends(pid_t child, int *status)
{
	const struct timespec while_ = { .tv_nsec = 40 * 1000 * 1000 };
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		if (waitpid(child, status, WNOHANG) == child)
			return 1;
		if (sigtimedwait(&set, NULL, &while_) == -1 && state_of(child) == 'S' && waitpid(child, status, WNOHANG) == 0) {
			kill(child, SIGKILL);
			waitpid(child, status, 0);
			return 0;
		}
	}
}

static int tell(struct report *report, enum entry entry, unsigned long nr, const unsigned long *args)
{
	memset((void *)report, 0, sizeof *report);
	pid_t child = fork();
	if (child < 0)
		return failed("fork");
	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 0);
		act(report, entry, nr, args);
	}
	int status;
	if (!ends(child, &status))
		puts("blocks");
	else if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else if (!report->has_returned)
		puts("exits");
	else if (report->result < 0 && report->result >= -4095)
		printf("error %ld\n", -report->result);
	else
		puts("ok");
	return 0;
}

static int holds_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];
	return syscall(SYS_capget, &header, sets) != 0 || (sets[0].effective | sets[1].effective) != 0;
}

static unsigned long word(const char *text)
{
	return strtoull(text, NULL, 0);
}

static int usage(void)
{
	fputs("filter: read PID | load PROGRAM COMMAND ... | calls ENTRY WORD FIRST END | call ENTRY NUMBER WORD ...\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "read") == 0)
		return read_filters(atoi(argv[2]));
	if (argc > 3 && strcmp(argv[1], "load") == 0)
		return load(argv[2], argv + 3);
	if (argc < 4)
		return usage();
	if (strcmp(argv[1], "calls") == 0 && holds_capabilities()) {
		fputs("filter: calls: whoever holds a capability could change the machine, its name for one\n", stderr);
		return 125;
	}
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct report *report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return failed("mmap");
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* What is said of descriptor 0, as fchmod, must not be said of the machine's /dev/null. */
	int ends_of_pipe[2];
	if (pipe(ends_of_pipe) != 0 || dup2(ends_of_pipe[0], 0) != 0)
		return failed("pipe");
	enum entry entry = strcmp(argv[2], "int80") == 0 ? BY_INT80 : BY_SYSCALL;
	unsigned long args[6] = { 0 };
	if (strcmp(argv[1], "call") == 0) {
		for (int at = 4; at < argc && at < 10; at++)
			args[at - 4] = word(argv[at]);
		return tell(report, entry, word(argv[3]), args);
	}
	if (argc != 6 || strcmp(argv[1], "calls") != 0)
		return usage();
	for (int at = 0; at < 6; at++)
		args[at] = word(argv[3]);
	int status = 0;
	for (unsigned long nr = word(argv[4]); nr < word(argv[5]) && status == 0; nr++)
		status = tell(report, entry, nr, args);
	return status;
}
