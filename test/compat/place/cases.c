/*
 * Runs many programs in one house, one after the other, each from a start of its own. It decides nothing: what is run stands on standard
 * input, and how each ended goes to standard output.
 *
 *   in:  WHERE\0 SIGNALS\0 COUNT\0 [PROCESS OPERATION\0]... --\0 PROGRAM\0 [ARG\0]...    COUNT words in all; WHERE is `first` for the first process of
 *                                                                          a process namespace with a /proc of its own, or `here`;
 *                                                                          SIGNALS, such as `1,15`, are sent when it has said READY
 *   out: STATUS PID BYTES BYTES\n and that many bytes of its output and of its error output
 *
 * STATUS is 128+n when signal n ended it, and PID what the program sees of itself. What a program leaves running is ended.
 */
#include "house.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is left of a program that was sent signals may tell of them that long. */
enum { seconds = 20, seconds_of_signals = 9, between_ms = 40, unheard_ms = 400, after_ms = 200 };

void fail(const char *format, ...)
{
	int error = errno;
	va_list arguments;
	va_start(arguments, format);
	fputs("cases: ", stderr);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, error == 0 ? "\n" : ": %s\n", strerror(error));
	va_end(arguments);
	exit(125);
}

/* The input of a program is nothing, as of most; `become` asks. */
void replace_no_input(void)
{
}

static char *next_word(void)
{
	char *word = NULL;
	size_t size = 0;
	if (getdelim(&word, &size, '\0', stdin) < 0) {
		free(word);
		return NULL;
	}
	return word;
}

struct output {
	char *bytes;
	size_t length;
};

/* 0 when there will be no more, 1 for not yet. */
static int take(struct output *output, int fd)
{
	char piece[65536];
	errno = 0;
	ssize_t length = read(fd, piece, sizeof piece);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	if (length == 0)
		return 0;
	output->bytes = realloc(output->bytes, output->length + (size_t)length);
	memcpy(output->bytes + output->length, piece, (size_t)length);
	output->length += (size_t)length;
	return 1;
}

static long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

__attribute__((noreturn)) static void start(int is_first, char **words, const int *ends)
{
	int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, 0) < 0 || dup2(ends[0], 1) < 0 || dup2(ends[1], 2) < 0 || close_range(3, ~0U, 0) != 0)
		fail("descriptors");
	reset_signals();
	if (is_first && mount("proc", "/proc", "proc", 0, NULL) != 0)
		fail("mount /proc");
	setsid();
	become(words);
}

/* What is left of it has become a child of this process, the first of the house. */
static void end_others(void)
{
	int status;
	if (kill(-1, SIGKILL) == 0 || errno != ESRCH)
		while (waitpid(-1, &status, 0) > 0 || errno == EINTR)
			;
}

/* What has been written, and in the last of three whether the program has ended. */
static void listen_to(struct pollfd *fds, struct output *outputs, long ms)
{
	if (poll(fds, 3, (int)ms) < 0)
		return;
	for (int i = 0; i < 2; i++)
		if (fds[i].fd >= 0 && fds[i].revents != 0 && !take(&outputs[i], fds[i].fd))
			fds[i].fd = -1;
	if (fds[2].fd >= 0 && fds[2].revents != 0)
		fds[2].fd = -1;
}

static int has_said(const struct output *output, const char *text)
{
	return output->length > 0 && memmem(output->bytes, output->length, text, strlen(text)) != NULL;
}

static void run(int is_first, char *signals, char **words)
{
	int was_sent = *signals != '\0';
	int out[2], err[2], status = 0;
	struct output outputs[2] = {{NULL, 0}, {NULL, 0}};
	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		fail("pipe2");
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	fflush(stdout);
	unsigned long flags = is_first ? CLONE_NEWPID | CLONE_NEWNS : 0;
	pid_t child = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (child < 0)
		fail("clone");
	if (child == 0)
		start(is_first, words, (int[]){out[1], err[1]});
	int process = (int)syscall(SYS_pidfd_open, child, 0);
	close(out[1]);
	close(err[1]);
	struct pollfd fds[3] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}, {process, POLLIN, 0}};
	/* The next signal comes when the last was told of, or else after a while: one to stop and one to go on undo each other while they wait. */
	long next = 0;
	size_t said = 0;
	for (long end = now() + (*signals == '\0' ? seconds : seconds_of_signals) * 1000; fds[2].fd >= 0 && now() < end;) {
		listen_to(fds, outputs, *signals == '\0' ? end - now() : between_ms / 4);
		int is_heard = now() >= next && (outputs[0].length > said || now() >= next + unheard_ms);
		if (*signals != '\0' && is_heard && has_said(&outputs[0], "READY")) {
			kill(child, (int)strtol(signals, &signals, 10));
			signals += *signals == ',';
			next = now() + between_ms;
			said = outputs[0].length;
		}
	}
	if (fds[2].fd >= 0)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	for (long end = now() + after_ms; was_sent && now() < end && (fds[0].fd >= 0 || fds[1].fd >= 0);)
		listen_to(fds, outputs, end - now());
	end_others();
	while (take(&outputs[0], out[0]) && errno != EAGAIN)
		;
	while (take(&outputs[1], err[0]) && errno != EAGAIN)
		;
	close(out[0]);
	close(err[0]);
	close(process);
	printf("%d %d %zu %zu\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), is_first ? 1 : child, outputs[0].length,
	       outputs[1].length);
	for (int i = 0; i < 2; i++) {
		fwrite(outputs[i].bytes, 1, outputs[i].length, stdout);
		free(outputs[i].bytes);
	}
}

int main(void)
{
	for (char *where; (where = next_word()) != NULL;) {
		char *signals = next_word();
		size_t count = strtoul(next_word(), NULL, 10);
		char **words = calloc(count + 1, sizeof *words);
		for (size_t i = 0; i < count; i++)
			words[i] = next_word();
		run(strcmp(where, "first") == 0, signals, words);
		for (size_t i = 0; i < count; i++)
			free(words[i]);
		free(words);
		free(signals);
		free(where);
	}
	return 0;
}
