/* A container's descriptors are pipes that a runtime copies from and to; what started this program may have given it sockets. */
#include "house.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

struct stdio open_stdio(int has_input, int null_flags)
{
	struct stdio stdio = {{-1, -1, -1}, {-1, -1, -1}, null_flags};
	for (int fd = 0; fd < 3; fd++) {
		int ends[2];
		if (fd == 0 && !has_input)
			continue;
		if (pipe2(ends, O_CLOEXEC) != 0)
			fail("pipe2");
		stdio.inside[fd] = fd == 0 ? ends[0] : ends[1];
		stdio.outside[fd] = fd == 0 ? ends[1] : ends[0];
	}
	return stdio;
}

/* -1 for an input that is something. */
static int null_flags = -1;

void take_stdio(const struct stdio *stdio)
{
	for (int fd = 0; fd < 3; fd++)
		if (stdio->inside[fd] >= 0 && dup2(stdio->inside[fd], fd) < 0)
			fail("dup2");
	if (stdio->inside[0] < 0)
		null_flags = stdio->null_flags;
}

void replace_no_input(void)
{
	if (null_flags < 0)
		return;
	int null = open("/dev/null", null_flags | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		fail("open /dev/null");
}

/* Copies what is there; 0 when there will be no more. */
static int copy(int from, int to)
{
	char bytes[65536];
	ssize_t length = read(from, bytes, sizeof bytes);
	if (length < 0)
		return errno == EINTR || errno == EAGAIN;
	for (ssize_t done = 0; done < length;) {
		ssize_t written = write(to, bytes + done, (size_t)(length - done));
		if (written < 0 && errno == EINTR)
			continue;
		/* Who reads has gone: the writer must not block for that. */
		if (written < 0)
			return from != STDIN_FILENO;
		done += written;
	}
	return length > 0;
}

void pump(struct stdio *stdio)
{
	struct pollfd fds[3] = {
		{stdio->outside[0] < 0 ? -1 : STDIN_FILENO, POLLIN, 0},
		{stdio->outside[1], POLLIN, 0},
		{stdio->outside[2], POLLIN, 0},
	};
	while (fds[1].fd >= 0 || fds[2].fd >= 0) {
		if (poll(fds, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			fail("poll");
		}
		for (int i = 0; i < 3; i++) {
			if (fds[i].fd < 0 || fds[i].revents == 0)
				continue;
			if (copy(fds[i].fd, i == 0 ? stdio->outside[0] : i))
				continue;
			close(i == 0 ? stdio->outside[0] : fds[i].fd);
			fds[i].fd = -1;
		}
	}
}
