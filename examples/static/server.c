// Answers every connection on the descriptor that was handed over (sd_listen_fds(3)) with its uid, and keeps a count in /state.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	const char *count = getenv("LISTEN_FDS");
	if (count == NULL || atoi(count) != 1)
		return 1;
	for (int answered = 1;; answered++) {
		int connection = accept(3, NULL, NULL);
		if (connection < 0)
			return 1;
		char request[1024], reply[256], body[64];
		if (read(connection, request, sizeof request) < 0)
			return 1;
		FILE *state = fopen("/state/count", "w");
		if (state == NULL)
			return 1;
		fprintf(state, "%d\n", answered);
		fclose(state);
		snprintf(body, sizeof body, "uid %d, answer %d\n", (int)getuid(), answered);
		int length = snprintf(reply, sizeof reply, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
		if (write(connection, reply, (size_t)length) != length)
			return 1;
		close(connection);
	}
}
