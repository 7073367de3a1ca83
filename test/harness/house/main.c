/*
 * Runs a program in a house: namespaces and a root of its own, without a container runtime. It decides nothing: what it does are the
 * operations on its command line, in their order.
 *
 *   house run NAMESPACES INPUT SCRATCH [ROOT OPERATION]... -- [PROCESS OPERATION]... -- PROGRAM [ARG]...
 *   house enter NAMESPACES INPUT PID [PROCESS OPERATION]... -- PROGRAM [ARG]...
 *
 * NAMESPACES is the decimal sum of CLONE_NEW* flags. INPUT is 1 when the program reads this program's standard input, 0 when /dev/null. SCRATCH is an empty directory of the machine that is mounted on, in the house's own
 * view. The program is PID 1 of a house that is run. Its process id, as this side sees it, is written to descriptor 3 once it runs.
 * The status is the program's, 128+n when signal n ended it, and 125 when it never ran. The house ends when its parent does.
 */
#include "house.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

void fail(const char *format, ...)
{
	int error = errno;
	va_list arguments;
	va_start(arguments, format);
	fputs("house: ", stderr);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, error == 0 ? "\n" : ": %s\n", strerror(error));
	va_end(arguments);
	exit(125);
}

/* A program that has changed its ids has lost its parent-death signal: prctl(2). Hence its parent, which has not, passes it on. */
static void end_house(int signal)
{
	(void)signal;
	if (child > 0)
		kill(child, SIGKILL);
}

static void end_with_parent(void)
{
	struct sigaction action = {.sa_handler = end_house, .sa_flags = SA_RESTART};
	for (int i = 0; i < 3; i++)
		sigaction((int[]){SIGTERM, SIGINT, SIGHUP}[i], &action, NULL);
	/* A program need not read its input to the end. */
	signal(SIGPIPE, SIG_IGN);
	/* A signal for the whole group of the tests must not end this process before the house. */
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void close_others(void)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		fail("close_range");
}

/* Tells the process id when the program runs: its end of a pipe is closed by exec. */
static void tell_started(int started)
{
	char none;
	/* What starts nothing ends before this is read. */
	if (read(started, &none, 1) == 0)
		dprintf(3, "%d\n", child);
	close(3);
	close(started);
}

static int run(struct stdio stdio, char **words, void (*start)(char **words))
{
	int started[2], status;
	if (pipe2(started, O_CLOEXEC) != 0)
		fail("pipe2");
	end_with_parent();
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		reset_signals();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		take_stdio(&stdio);
		close_others();
		setsid();
		umask(022);
		start(words);
	}
	for (int i = 0; i < 3; i++)
		if (stdio.inside[i] >= 0)
			close(stdio.inside[i]);
	close(started[1]);
	tell_started(started[0]);
	pump(&stdio);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static const char *scratch;

static void start_new(char **words)
{
	become(build(scratch, words));
}

static void enter(int namespaces, pid_t pid)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process < 0 || setns(process, namespaces) != 0)
		fail("setns: process %d", pid);
	close(process);
}

int main(int argc, char **argv)
{
	errno = 0;
	/* Not a house, but what is compared with one, which hands on to its containers what it was started with. */
	if (argc > 2 && strcmp(argv[1], "usual-signals") == 0) {
		reset_signals();
		execvp(argv[2], argv + 2);
		fail("%s", argv[2]);
	}
	if (argc < 6 || fcntl(3, F_GETFD) < 0)
		fail("usage: see main.c");
	/* Runtimes give a first process the whole of /dev/null, and a later one what they have themselves. */
	int is_first = strcmp(argv[1], "run") == 0;
	struct stdio stdio = open_stdio(strcmp(argv[3], "1") == 0, is_first ? O_RDWR : O_RDONLY);
	if (is_first) {
		if (unshare(atoi(argv[2])) != 0)
			fail("unshare");
		scratch = argv[4];
		return run(stdio, argv + 5, start_new);
	}
	if (strcmp(argv[1], "enter") == 0) {
		enter(atoi(argv[2]), atoi(argv[4]));
		return run(stdio, argv + 5, become);
	}
	fail("no verb %s", argv[1]);
}
