/* A small real server: it takes its socket by LISTEN_FDS and answers with a file that it reads through FUSE, and with what
 * the kernel says about itself. sd_listen_fds(3) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_SOCKET = 3 };

static void copy_file(FILE *to, const char *path)
{
	char line[4096];
	FILE *from = fopen(path, "r");
	if (!from) {
		fprintf(to, "%s: ", path);
		fflush(to);
		perror("fopen");
		return;
	}
	while (fgets(line, sizeof line, from))
		fputs(line, to);
	fclose(from);
}

int main(int argc, char **argv)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	if (argc != 2 || !pid || !count || atoi(pid) != getpid() || atoi(count) != 1) {
		fprintf(stderr, "server: one socket and one file are expected\n");
		return 1;
	}
	for (;;) {
		int client = accept(FIRST_SOCKET, NULL, NULL);
		if (client < 0)
			continue;
		FILE *stream = fdopen(client, "w");
		if (!stream) {
			close(client);
			continue;
		}
		fputs("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", stream);
		copy_file(stream, argv[1]);
		copy_file(stream, "/proc/self/status");
		fclose(stream);
	}
}
