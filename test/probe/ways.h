/*
 * Ways out of a container: each is tried in a child of its own, in a form that changes nothing on the machine even where it works. An answer is one
 * line: `CALL: ERRNO` where it was refused, `got ...` where it was not, `none ...` where there was nothing to try it on.
 */
#ifndef WAYS_H
#define WAYS_H

#include <stddef.h>

struct way {
	const char *name;
	/** Prints nothing, and returns the answer. */
	const char *(*attempt)(void);
	/** Wants a mount namespace of its own where it can have one, so that what it mounts is gone with it. */
	int mounts;
};

struct ways {
	const struct way *list;
	size_t count;
};

extern const struct ways proc_ways, mount_ways, device_ways, kernel_ways, process_ways, network_ways, machine_ways;

/** The answer with the errno of a call that was refused. */
const char *refused(const char *call);
const char *got(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Refused unless it worked, or failed in `passed`, which the kernel says only behind the check of privilege. */
const char *unless_passed(const char *call, long result, int passed);
/** Opens for writing and writes back what it reads, which changes nothing. */
const char *rewrite(const char *file);
/** Opens for reading, and says how much is there. */
const char *contents(const char *file);
/** A new directory below /tmp, which `attempt`'s parent removes. */
const char *fresh_directory(void);
/** The number of the first disk that /proc/partitions has; 0 for none. */
unsigned long first_disk(void);
/** The mount namespace before the way got its own. */
extern char own_mounts[64];
/** The process that reports, whose children try. */
extern int reporter;

/** Prints one object: the answer of every way by its name. */
void put_ways(const struct ways *const *groups);

/** Prints one object: see place.c. */
void put_place(void);

/** JSON. */
void put_string(const char *text);

#define WAYS(list) {(list), sizeof(list) / sizeof *(list)}

#endif
