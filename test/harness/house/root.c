/* The root of a house, one operation after the other; a path inside is looked up as the house will see it, links included. */
#include "house.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int root = -1;

static int look_up(const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static int must_look_up(const char *path, int flags)
{
	int fd = look_up(path, flags);
	if (fd < 0)
		fail("open %s", path);
	return fd;
}

static int parent_of(const char *path, const char **name);

static void make_directory(const char *path)
{
	const char *name;
	if (look_up(path, O_PATH) >= 0)
		return;
	int parent = parent_of(path, &name);
	if (mkdirat(parent, name, 0755) != 0)
		fail("mkdir %s", path);
}

/* The directory that a path is in, made with all above it as runtimes make them. */
static int parent_of(const char *path, const char **name)
{
	char above[4096];
	snprintf(above, sizeof above, "%s", path);
	for (char *slash = strchr(above + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		make_directory(above);
		*slash = '/';
	}
	char *last = strrchr(above, '/');
	*name = path + (last - above) + 1;
	last[last == above] = '\0';
	return must_look_up(above, O_PATH | O_DIRECTORY);
}

/* Where something is mounted: the path's descriptor, made as a directory or a file if nothing is there. */
static int target(const char *path, int is_directory)
{
	const char *name;
	int fd = look_up(path, O_PATH);
	if (fd >= 0)
		return fd;
	int parent = parent_of(path, &name);
	if (is_directory ? mkdirat(parent, name, 0755) != 0 : mknodat(parent, name, S_IFREG | 0644, 0) != 0)
		fail("make %s", path);
	return must_look_up(path, O_PATH);
}

static const char *by_fd(int fd)
{
	static char names[2][32];
	static int turn;
	char *name = names[turn ^= 1];
	snprintf(name, sizeof names[0], "/proc/self/fd/%d", fd);
	return name;
}

static void mount_at(const char *source, int at, const char *type, unsigned long flags, const char *data, const char *path)
{
	if (mount(source, by_fd(at), type, flags, data) != 0)
		fail("mount at %s", path);
}

static void do_overlay(char **words, const char *scratch)
{
	char options[8192];
	if (mount("house", scratch, "tmpfs", 0, "mode=755") != 0 || chdir(scratch) != 0)
		fail("mount tmpfs at %s", scratch);
	if (mkdir("upper", 0755) != 0 || mkdir("work", 0755) != 0 || mkdir("root", 0755) != 0 || mkdir("files", 0755) != 0)
		fail("mkdir in %s", scratch);
	snprintf(options, sizeof options, "lowerdir=%s,upperdir=upper,workdir=work", words[0]);
	if (mount("overlay", "root", "overlay", 0, options) != 0)
		fail("mount overlay of %s", words[0]);
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void do_mount(char **words, const char *scratch)
{
	(void)scratch;
	mount_at(words[1], target(words[2], 1), words[0], strtoul(words[3], NULL, 10), words[4], words[2]);
}

/* Memory, with the mode of the directory it lies over if there is one. */
static void do_tmpfs(char **words, const char *scratch)
{
	(void)scratch;
	struct stat before;
	int over = look_up(words[0], O_PATH);
	int was_there = over >= 0 && fstat(over, &before) == 0;
	mount_at("tmpfs", target(words[0], 1), "tmpfs", strtoul(words[1], NULL, 10), words[2], words[0]);
	if (was_there && chmod(by_fd(must_look_up(words[0], O_PATH)), before.st_mode & 07777) != 0)
		fail("chmod %s", words[0]);
}

static void do_bind(char **words, const char *scratch)
{
	(void)scratch;
	struct stat source;
	if (stat(words[0], &source) != 0)
		fail("stat %s", words[0]);
	int at = target(words[1], S_ISDIR(source.st_mode));
	mount_at(words[0], at, NULL, MS_BIND | MS_REC, NULL, words[1]);
	mount_at(NULL, must_look_up(words[1], O_PATH), NULL, MS_REC | MS_PRIVATE, NULL, words[1]);
}

/* A file of the house alone, as a mount of its own. */
static void do_file(char **words, const char *scratch)
{
	char name[64];
	static int number;
	snprintf(name, sizeof name, "files/%d", number++);
	FILE *file = fopen(name, "we");
	if (file == NULL || fputs(words[1], file) < 0 || fclose(file) != 0)
		fail("write %s", words[0]);
	do_bind((char *[]){name, words[0]}, scratch);
}

/* The mount at a path, or if there is none the path mounted on itself, with other flags. */
static void do_remount(char **words, const char *scratch)
{
	(void)scratch;
	mount_at(NULL, must_look_up(words[0], O_PATH), NULL, MS_BIND | MS_REMOUNT | strtoul(words[1], NULL, 10), NULL, words[0]);
}

/* Read-only for everybody, if it is there; what it was mounted with stays. */
static void do_readonly(char **words, const char *scratch)
{
	(void)scratch;
	int at = look_up(words[0], O_PATH);
	if (at < 0 && errno == ENOENT)
		return;
	mount_at(by_fd(at), at, NULL, MS_BIND | MS_REC, NULL, words[0]);
	mount_at(NULL, must_look_up(words[0], O_PATH), NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, words[0]);
}

/* Nothing to see, if it is there. */
static void do_mask(char **words, const char *scratch)
{
	(void)scratch;
	struct stat what;
	int at = look_up(words[0], O_PATH);
	if (at < 0 && errno == ENOENT)
		return;
	if (fstat(at, &what) != 0)
		fail("stat %s", words[0]);
	if (S_ISDIR(what.st_mode))
		mount_at("tmpfs", at, "tmpfs", MS_RDONLY, NULL, words[0]);
	else
		mount_at(by_fd(must_look_up("/dev/null", O_PATH)), at, NULL, MS_BIND, NULL, words[0]);
}

static void do_node(char **words, const char *scratch)
{
	(void)scratch;
	const char *name;
	int parent = parent_of(words[0], &name);
	mode_t before = umask(0);
	mode_t type = words[1][0] == 'b' ? S_IFBLK : S_IFCHR;
	if (mknodat(parent, name, type | (mode_t)strtoul(words[2], NULL, 8), makedev((unsigned)atoi(words[3]), (unsigned)atoi(words[4]))) != 0)
		fail("mknod %s", words[0]);
	umask(before);
}

static void do_link(char **words, const char *scratch)
{
	(void)scratch;
	const char *name;
	int parent = parent_of(words[1], &name);
	if (symlinkat(words[0], parent, name) != 0)
		fail("link %s", words[1]);
}

static void do_write(char **words, const char *scratch)
{
	(void)scratch;
	int fd = must_look_up(words[0], O_WRONLY | O_TRUNC);
	if (write(fd, words[1], strlen(words[1])) != (ssize_t)strlen(words[1]) || close(fd) != 0)
		fail("write %s to %s", words[1], words[0]);
}

static void do_remove(char **words, const char *scratch)
{
	(void)scratch;
	const char *name;
	int parent = parent_of(words[0], &name);
	if (unlinkat(parent, name, 0) != 0)
		fail("remove %s", words[0]);
}

/* A program of the machine, as a file of root's. */
static void do_copy(char **words, const char *scratch)
{
	(void)scratch;
	const char *name;
	struct stat meta;
	int from = open(words[0], O_RDONLY | O_CLOEXEC), parent = parent_of(words[1], &name);
	int to = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (from < 0 || to < 0 || fstat(from, &meta) != 0)
		fail("copy %s to %s", words[0], words[1]);
	for (off_t done = 0; done < meta.st_size;)
		if (sendfile(to, from, &done, (size_t)(meta.st_size - done)) <= 0)
			fail("copy %s", words[0]);
	close(to);
}

static void do_hostname(char **words, const char *scratch)
{
	(void)scratch;
	if (sethostname(words[0], strlen(words[0])) != 0)
		fail("sethostname");
}

static void do_loopback(char **words, const char *scratch)
{
	(void)words, (void)scratch;
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &request) != 0)
		fail("lo up");
}

static const struct operation {
	const char *name;
	int words;
	void (*run)(char **words, const char *scratch);
} operations[] = {
	{"overlay", 1, do_overlay},   {"mount", 5, do_mount}, {"tmpfs", 3, do_tmpfs}, {"bind", 2, do_bind}, {"file", 2, do_file},   {"remount", 2, do_remount},
	{"readonly", 1, do_readonly}, {"mask", 1, do_mask},   {"node", 5, do_node}, {"link", 2, do_link},   {"write", 2, do_write},
	{"remove", 1, do_remove},
	{"copy", 2, do_copy},         {"hostname", 1, do_hostname}, {"loopback", 0, do_loopback},
};

static const struct operation *find(const char *name)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	errno = 0;
	fail("no operation %s", name);
}

char **build(const char *scratch, char **words)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		fail("mount / private");
	while (*words != NULL && strcmp(*words, "--") != 0) {
		const struct operation *operation = find(*words++);
		for (int i = 0; i < operation->words; i++)
			if (words[i] == NULL)
				fail("%s takes %d words", operation->name, operation->words);
		operation->run(words, scratch);
		words += operation->words;
	}
	/* Both at one place: the old root lies over the new one and goes away. pivot_root(2) */
	if (root < 0 || fchdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		fail("pivot_root");
	return *words == NULL ? words : words + 1;
}
