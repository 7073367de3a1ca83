/*
 * Gives a program a pseudo-terminal, and stands for whoever sits before it.
 *
 *   terminal own|none PROGRAM [ARG]...
 *
 * The program leads a session. With `own` the terminal is its controlling one; with `none` that is left to what it starts (`setsid -c`).
 * Standard input is what is typed, standard output what is shown. Descriptor 3 takes lines: `size ROWS COLUMNS`; `hang-up`, which takes the
 * terminal away. The status is the program's, 128+n when signal n ended it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "terminal: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void become(int slave, int is_own, char **words)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (is_own && ioctl(slave, TIOCSCTTY, 0) != 0)
		fail("TIOCSCTTY");
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	close_range(3, ~0U, 0);
	execvp(words[0], words);
	fail(words[0]);
}

/* Its end of a pipe is in no way the terminal's: what is typed may end before what is shown. */
static int copy(int from, int to)
{
	char bytes[4096];
	ssize_t length = read(from, bytes, sizeof bytes);
	return length > 0 && write(to, bytes, (size_t)length) == length;
}

/* False once the terminal is gone. */
static int obey(int master, char *line)
{
	struct winsize size = {0};
	if (sscanf(line, "size %hu %hu", &size.ws_row, &size.ws_col) == 2)
		return ioctl(master, TIOCSWINSZ, &size) == 0;
	return 0;
}

static void attend(int master)
{
	struct pollfd fds[3] = {{STDIN_FILENO, POLLIN, 0}, {master, POLLIN, 0}, {3, POLLIN, 0}};
	char line[64];
	/* EIO is what a terminal answers that nobody holds any more. */
	while (fds[1].fd >= 0 && poll(fds, 3, -1) > 0) {
		if (fds[0].revents != 0 && !copy(STDIN_FILENO, master))
			fds[0].fd = -1;
		if (fds[1].revents != 0 && !copy(master, STDOUT_FILENO))
			fds[1].fd = -1;
		if (fds[2].revents == 0)
			continue;
		ssize_t length = read(3, line, sizeof line - 1);
		if (length <= 0)
			fds[2].fd = -1;
		else if (line[length] = '\0', !obey(master, line))
			fds[1].fd = -1;
	}
	close(master);
}

int main(int argc, char **argv)
{
	int master, slave, status;
	struct winsize size = {24, 80, 0, 0};
	if (argc < 3 || fcntl(3, F_GETFD) < 0)
		fail("usage: see terminal.c");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (openpty(&master, &slave, NULL, NULL, &size) != 0)
		fail("openpty");
	pid_t child = fork();
	if (child == 0)
		become(slave, strcmp(argv[1], "own") == 0, argv + 2);
	close(slave);
	attend(master);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
