/*
 * Times single starts, from fork to the end: starts ROUNDS PAUSE_MS NAME COMMAND... [; NAME COMMAND...]...
 * Each round starts every program once, in an order drawn anew, with a pause before each. Prints quartiles, the ratio of the
 * first program's median to each, and the most memory that any process of a start had resident, by wait4(2).
 *
 * Static, because a child counts as its own what was resident before its exec: getrusage(2).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct program {
	const char *name;
	char **command;
	double *milliseconds;
	long kilobytes;
};

static void end(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void start(struct program *program, int round)
{
	int status;
	struct rusage usage;
	double begin = now();
	pid_t child = fork();
	if (child == 0) {
		execvp(program->command[0], program->command);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		end("fork");
	program->milliseconds[round] = now() - begin;
	if (status != 0) {
		fprintf(stderr, "%s: status %d\n", program->name, WEXITSTATUS(status));
		exit(1);
	}
	if (usage.ru_maxrss > program->kilobytes)
		program->kilobytes = usage.ru_maxrss;
}

static int ascending(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;
	return (difference > 0) - (difference < 0);
}

static void shuffle(struct program **order, int count)
{
	for (int last = count - 1; last > 0; last--) {
		int other = (int)(random() % (last + 1));
		struct program *held = order[last];
		order[last] = order[other];
		order[other] = held;
	}
}

static int parse(char **arguments, struct program *programs, int rounds)
{
	int count = 0;
	for (char **at = arguments; *at != NULL; count++) {
		programs[count] = (struct program){at[0], at + 1, calloc((size_t)rounds, sizeof(double)), 0};
		while (*at != NULL && strcmp(*at, ";") != 0)
			at++;
		if (*at != NULL)
			*at++ = NULL;
	}
	return count;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	int rounds = atoi(argv[1]);
	struct timespec pause = {atoi(argv[2]) / 1000, atoi(argv[2]) % 1000 * 1000000L};
	struct program *programs = calloc((size_t)argc, sizeof *programs);
	int count = parse(argv + 3, programs, rounds);
	struct program *order[argc];
	/* Standard descriptors lead nowhere: a pipe would be given to the workload's user by some of the programs and not by others. */
	int output = dup(1), nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int each = 0; each < count; each++)
		order[each] = &programs[each];
	if (rounds < 1 || output < 0 || nowhere < 0 || dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0)
		end("set up");
	fcntl(output, F_SETFD, FD_CLOEXEC);
	srandom((unsigned)time(NULL));
	for (int round = 0; round < rounds; round++) {
		shuffle(order, count);
		for (int each = 0; each < count; each++) {
			nanosleep(&pause, NULL);
			start(order[each], round);
		}
	}
	double own = 0;
	dprintf(output, "  %-40s %9s %8s %8s %6s %9s\n", "milliseconds", "quartile", "median", "quartile", "ratio", "memory kB");
	for (struct program *each = programs; each < programs + count; each++) {
		qsort(each->milliseconds, (size_t)rounds, sizeof(double), ascending);
		double median = each->milliseconds[rounds / 2];
		if (each == programs)
			own = median;
		dprintf(output, "  %-40s %9.2f %8.2f %8.2f %6.2f %9ld\n", each->name, each->milliseconds[rounds / 4], median,
			each->milliseconds[rounds * 3 / 4], own / median, each->kilobytes);
	}
	return 0;
}
