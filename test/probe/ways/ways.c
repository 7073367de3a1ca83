#define _GNU_SOURCE
#include "../ways.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static char answer[512];
char own_mounts[64];
int reporter;

const char *refused(const char *call)
{
	const char *name = strerrorname_np(errno);
	snprintf(answer, sizeof answer, "%s: %s", call, name == NULL ? "unknown" : name);
	return answer;
}

const char *got(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	size_t length = (size_t)snprintf(answer, sizeof answer, "got ");
	vsnprintf(answer + length, sizeof answer - length, format, list);
	va_end(list);
	return answer;
}

const char *unless_passed(const char *call, long result, int passed)
{
	if (result >= 0)
		return got("%s", call);
	return errno == passed ? got("%s, as far as %s", call, strerrorname_np(errno)) : refused(call);
}

const char *rewrite(const char *file)
{
	char value[4096];
	int from = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t length = from < 0 ? 0 : read(from, value, sizeof value);
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return refused("open");
	return write(fd, value, length < 0 ? 0 : (size_t)length) < 0 ? refused("write") : got("%s to write", strrchr(file, '/') + 1);
}

const char *contents(const char *file)
{
	char value[4096];
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return refused("open");
	ssize_t length = read(fd, value, sizeof value);
	if (length < 0)
		return refused("read");
	return length == 0 ? "none: it is empty" : got("%s", file);
}

static char directory[64];

const char *fresh_directory(void)
{
	mkdir(directory, 0700);
	return directory;
}

unsigned long first_disk(void)
{
	char line[256];
	unsigned major, minor;
	unsigned long long blocks;
	FILE *partitions = fopen("/proc/partitions", "re");
	while (partitions != NULL && fgets(line, sizeof line, partitions) != NULL)
		if (sscanf(line, "%u %u %llu", &major, &minor, &blocks) == 3 && blocks > 0)
			return makedev(major, minor);
	return 0;
}

static void attempt(const struct way *way, int out)
{
	/* What hangs is an answer as well. */
	alarm(20);
	snprintf(directory, sizeof directory, "/tmp/way-%d", getpid());
	if (way->mounts && unshare(CLONE_NEWNS) == 0)
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	const char *said = way->attempt();
	ssize_t ignored = write(out, said, strlen(said));
	(void)ignored;
	_exit(0);
}

static void put_way(const struct way *way)
{
	int ends[2], status = 0;
	char text[512];
	if (pipe(ends) != 0) {
		perror("probe: pipe");
		exit(76);
	}
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		attempt(way, ends[1]);
	close(ends[1]);
	waitpid(child, &status, 0);
	ssize_t length = read(ends[0], text, sizeof text - 1);
	close(ends[0]);
	text[length < 0 ? 0 : length] = '\0';
	if (!WIFEXITED(status))
		snprintf(text, sizeof text, "ended by %s", sigabbrev_np(WTERMSIG(status)));
	put_string(way->name);
	putchar(':');
	put_string(text);
	snprintf(directory, sizeof directory, "/tmp/way-%d", child);
	rmdir(directory);
}

void put_ways(const struct ways *const *groups)
{
	const char *separator = "";
	ssize_t length = readlink("/proc/self/ns/mnt", own_mounts, sizeof own_mounts - 1);
	own_mounts[length < 0 ? 0 : length] = '\0';
	reporter = getpid();
	putchar('{');
	for (; *groups != NULL; groups++)
		for (size_t i = 0; i < (*groups)->count; i++) {
			fputs(separator, stdout);
			put_way(&(*groups)->list[i]);
			separator = ",";
		}
	putchar('}');
	fflush(stdout);
}
