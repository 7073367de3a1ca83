/* Shared by the files of `house`; see main.c. */
#pragma once
#define _GNU_SOURCE
#include <sys/types.h>

/* Says what failed, with errno if it is set, and ends the process with 125. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* root.c: does the operations at the front of `words` and gives the first word after `--`. `scratch` is where the root comes to be. */
char **build(const char *scratch, char **words);

/* process.c: the same for what a process is given; ends in execve, so it never returns. */
__attribute__((noreturn)) void become(char **words);

/* process.c: every signal as who starts anew has it; some starters leave one ignored that the C library keeps to itself. */
void reset_signals(void);

/* stdio.c */
struct stdio {
	int inside[3];  /* what the program gets */
	int outside[3]; /* our ends */
	/* The first of both is -1 for an input that is nothing: then /dev/null is opened with these. */
	int null_flags;
};
struct stdio open_stdio(int has_input, int null_flags);
void take_stdio(const struct stdio *stdio);
/* Once the house's own /dev/null is to be seen: an input that is nothing is that one. */
void replace_no_input(void);
/* Copies until both outputs have ended. */
void pump(struct stdio *stdio);
