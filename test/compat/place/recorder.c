/*
 * A workload of three processes that tells who gets which signal: M, the program itself, S of its process group, and X in a session of its own.
 *
 *   recorder                  says `READY pg=… sid=…`, then `M:15` for every signal; TERM, INT and QUIT end S and X, and M with 42
 *   recorder quick            M ends by itself with 7 when all are ready
 *   recorder orphans COUNT    leaves that many orphans, which end, and says how many of them nobody has waited for
 *
 * M ends with 99 when nothing ends it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* M is the last to end, so that what its end makes an init send to the others reaches none that was told already. */
enum { most_ms = 4500, linger_ms = 300, linger_of_main_ms = 800 };

/* One write, so that lines of several processes stay whole. */
static void say(const char *text)
{
	ssize_t ignored = write(STDOUT_FILENO, text, strlen(text));
	(void)ignored;
}

static void pause_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&time, NULL);
}

static int ends(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

static long now_ms(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/*
 * Until one that ends it, and a while longer: of several that wait a busy machine gives the lowest first, and the others are to be told of as
 * well. Returns that one, or 0 when time is up.
 */
static int record(char who, long most_ms)
{
	sigset_t all;
	int ended_by = 0;
	sigfillset(&all);
	sigdelset(&all, SIGCHLD);
	for (long end = now_ms() + most_ms; now_ms() < end;) {
		char line[32];
		struct timespec piece = {0, 20 * 1000000};
		int signal = sigtimedwait(&all, NULL, &piece);
		if (signal <= 0)
			continue;
		snprintf(line, sizeof line, "%c:%d\n", who, signal);
		say(line);
		if (ended_by == 0 && ends(signal)) {
			ended_by = signal;
			end = now_ms() + (who == 'M' ? linger_of_main_ms : linger_ms);
		}
	}
	return ended_by;
}

static void start(char who, int ready)
{
	if (fork() != 0)
		return;
	if (who == 'X')
		setsid();
	if (write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	record(who, most_ms + 1000);
	_exit(0);
}

static int count_zombies(void)
{
	int count = 0;
	DIR *processes = opendir("/proc");
	for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
		char path[300], state = 0;
		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		FILE *stat = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ? fopen(path, "re") : NULL;
		if (stat == NULL)
			continue;
		if (fscanf(stat, "%*d (%*[^)]) %c", &state) == 1)
			count += state == 'Z';
		fclose(stat);
	}
	return count;
}

static int leave_orphans(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t child = fork();
		if (child == 0) {
			if (fork() == 0)
				pause_ms(20);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	pause_ms(400);
	printf("zombies: %d\n", count_zombies());
	return 0;
}

int main(int argc, char **argv)
{
	int ready[2];
	char both[2], line[64];
	sigset_t all;
	if (argc > 2 && strcmp(argv[1], "orphans") == 0)
		return leave_orphans(atoi(argv[2]));
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (pipe(ready) != 0)
		return 1;
	start('S', ready[1]);
	start('X', ready[1]);
	for (size_t got = 0; got < sizeof both;) {
		ssize_t length = read(ready[0], both + got, sizeof both - got);
		if (length <= 0)
			return 1;
		got += (size_t)length;
	}
	close(ready[0]);
	close(ready[1]);
	snprintf(line, sizeof line, "READY pg=%s sid=%s\n", getpgid(0) == getpid() ? "own" : "-", getsid(0) == getpid() ? "own" : "-");
	say(line);
	if (argc > 1 && strcmp(argv[1], "quick") == 0)
		return 7;
	return record('M', most_ms) == 0 ? 99 : 42;
}
