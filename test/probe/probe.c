/*
 * The witness of the end-to-end tests: says, as JSON, what the kernel thinks of this very process, and tries forbidden acts.
 * Static and without any file of its own, so that it also runs in an empty image without /proc.
 *
 *   probe                          one object: the state of the process; ends with the status PROBE_EXIT, or 0
 *   probe try ACT [ARG] [-- ...]   an array, one {act, ok, errno} per act; each act runs in a child of its own
 *   probe confinement [machine]    `state`, `place` (place.c) and `ways` (ways.h) of this process, one object; with those that only an emulated
 *                                  machine survives
 *   probe serve [PORT]             prints the state, then answers `ok NAME` on every LISTEN_FDS socket (or on PORT)
 *   probe sleep                    prints the state, then waits; a signal is reported and ends it with 128+n
 *   probe exit N | kill N          ends with that status, or by that signal
 *   probe exec PROGRAM [ARG...]    becomes PROGRAM
 */
#define _GNU_SOURCE
#include "ways.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- JSON ---- */

void put_string(const char *text)
{
	if (text == NULL) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < 0x20)
			printf("\\u%04x", *at);
		else
			putchar(*at);
	}
	putchar('"');
}

static void put_strings(const char *key, char **list)
{
	printf("\"%s\":[", key);
	for (char **at = list; *at != NULL; at++) {
		if (at != list)
			putchar(',');
		put_string(*at);
	}
	fputs("],", stdout);
}

static void put_hex(const char *key, uint64_t value, const char *after)
{
	printf("\"%s\":\"%016llx\"%s", key, (unsigned long long)value, after);
}

/* ---- state ---- */

static void put_ids(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;
	getresuid(&ruid, &euid, &suid);
	getresgid(&rgid, &egid, &sgid);
	printf("\"resuid\":[%u,%u,%u],\"resgid\":[%u,%u,%u],", ruid, euid, suid, rgid, egid, sgid);
	/* A file system id that stays behind would open files as root: setfsuid(-1) only asks. */
	printf("\"fsuid\":%u,\"fsgid\":%u,", (unsigned)syscall(SYS_setfsuid, -1), (unsigned)syscall(SYS_setfsgid, -1));
}

static int by_number(const void *left, const void *right)
{
	gid_t a = *(const gid_t *)left, b = *(const gid_t *)right;
	return a < b ? -1 : a > b;
}

static void put_groups(void)
{
	static gid_t list[65536];
	int count = getgroups(65536, list);
	if (count > 0)
		qsort(list, (size_t)count, sizeof *list, by_number);
	fputs("\"groups\":[", stdout);
	for (int i = 0; i < count; i++)
		printf(i == 0 ? "%u" : ",%u", list[i]);
	fputs("],", stdout);
}

static int last_cap(void)
{
	int cap = 0;
	while (cap < 64 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0)
		cap++;
	return cap - 1;
}

static void get_sets(uint64_t *inheritable, uint64_t *permitted, uint64_t *effective)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};
	if (syscall(SYS_capget, &header, data) != 0) {
		perror("capget");
		exit(70);
	}
	*inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*effective = data[0].effective | (uint64_t)data[1].effective << 32;
}

static void put_caps(void)
{
	uint64_t inheritable, permitted, effective, bounding = 0, ambient = 0;
	int last = last_cap();
	get_sets(&inheritable, &permitted, &effective);
	for (int cap = 0; cap <= last; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			bounding |= UINT64_C(1) << cap;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
			ambient |= UINT64_C(1) << cap;
	}
	fputs("\"caps\":{", stdout);
	put_hex("inheritable", inheritable, ",");
	put_hex("permitted", permitted, ",");
	put_hex("effective", effective, ",");
	put_hex("bounding", bounding, ",");
	put_hex("ambient", ambient, "},");
	printf("\"lastCap\":%d,", last);
}

static const char *file_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "directory";
	case S_IFCHR: return "char";
	case S_IFBLK: return "block";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	case S_IFLNK: return "link";
	default: return "anonymous";
	}
}

static const char *const access_names[] = {"read", "write", "both", "path"};

static void put_fd(int fd)
{
	struct stat meta;
	char name[64], target[4096];
	int flags = fcntl(fd, F_GETFL);
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(name, target, sizeof target - 1);
	if (length >= 0)
		target[length] = '\0';
	const char *type = fstat(fd, &meta) == 0 ? file_type(meta.st_mode) : "unknown";
	printf("{\"fd\":%d,\"type\":\"%s\",\"access\":\"%s\",\"uid\":%u,\"gid\":%u,\"mode\":\"%04o\",\"target\":", fd, type,
	       (flags & O_PATH) != 0 ? "path" : access_names[flags & O_ACCMODE], meta.st_uid, meta.st_gid, meta.st_mode & 07777);
	put_string(length >= 0 ? target : NULL);
	putchar('}');
}

static void put_fds(void)
{
	const char *separator = "";
	fputs("\"fds\":[", stdout);
	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		fputs(separator, stdout);
		put_fd(fd);
		separator = ",";
	}
	fputs("],", stdout);
}

static void put_signals(void)
{
	uint64_t mask = 0;
	const char *separator = "";
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
	put_hex("signalMask", mask, ",");
	fputs("\"ignoredSignals\":[", stdout);
	for (int signal = 1; signal <= 64; signal++) {
		/* The raw call, because libc hides 32 and 33. The handler is the first field of the kernel's structure. */
		uintptr_t action[8] = {0};
		if (syscall(SYS_rt_sigaction, signal, NULL, action, sizeof mask) == 0 && action[0] == (uintptr_t)SIG_IGN) {
			printf("%s%d", separator, signal);
			separator = ",";
		}
	}
	fputs("],", stdout);
}

static void put_limit(rlim_t value)
{
	if (value == RLIM_INFINITY)
		fputs("\"unlimited\"", stdout);
	else
		printf("%llu", (unsigned long long)value);
}

static void put_limits(void)
{
	static const struct { int resource; const char *name; } known[] = {
		{RLIMIT_AS, "as"}, {RLIMIT_CORE, "core"}, {RLIMIT_CPU, "cpu"}, {RLIMIT_DATA, "data"}, {RLIMIT_FSIZE, "fsize"},
		{RLIMIT_LOCKS, "locks"}, {RLIMIT_MEMLOCK, "memlock"}, {RLIMIT_MSGQUEUE, "msgqueue"}, {RLIMIT_NICE, "nice"},
		{RLIMIT_NOFILE, "nofile"}, {RLIMIT_NPROC, "nproc"}, {RLIMIT_RSS, "rss"}, {RLIMIT_RTPRIO, "rtprio"},
		{RLIMIT_RTTIME, "rttime"}, {RLIMIT_SIGPENDING, "sigpending"}, {RLIMIT_STACK, "stack"},
	};
	fputs("\"limits\":{", stdout);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct rlimit limit = {0, 0};
		/* Not by prlimit64, which a test may have taken away. */
		syscall(SYS_getrlimit, known[i].resource, &limit);
		printf("%s\"%s\":[", i == 0 ? "" : ",", known[i].name);
		put_limit(limit.rlim_cur);
		putchar(',');
		put_limit(limit.rlim_max);
		putchar(']');
	}
	fputs("},", stdout);
}

/* Null without /proc, and for kernels before 5.9. */
static void put_filters(void)
{
	char line[256];
	long filters = -1;
	FILE *status = fopen("/proc/self/status", "re");
	while (status != NULL && fgets(line, sizeof line, status) != NULL)
		sscanf(line, "Seccomp_filters: %ld", &filters);
	if (status != NULL)
		fclose(status);
	if (filters < 0)
		fputs("\"seccompFilters\":null,", stdout);
	else
		printf("\"seccompFilters\":%ld,", filters);
}

static void put_process(void)
{
	char cwd[4096];
	struct utsname host;
	int death_signal = 0;
	mode_t mask = umask(0);
	umask(mask);
	prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
	uname(&host);
	printf("\"securebits\":%d,\"noNewPrivs\":%d,\"seccomp\":%d,\"keepCaps\":%d,\"dumpable\":%d,", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0),
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0), prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0),
	       prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	printf("\"umask\":\"%04o\",\"pid\":%d,\"ppid\":%d,\"pgid\":%d,\"sid\":%d,\"pdeathsig\":%d,\"nice\":%d,\"hasProc\":%s,", mask, getpid(),
	       getppid(), getpgid(0), getsid(0), death_signal, getpriority(PRIO_PROCESS, 0), access("/proc/self/status", F_OK) == 0 ? "true" : "false");
	put_filters();
	/* Landlock tells nobody that it is there. */
	printf("\"opensRoot\":%s,", open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0 ? "true" : "false");
	fputs("\"hostname\":", stdout);
	put_string(host.nodename);
	fputs(",\"cwd\":", stdout);
	put_string(getcwd(cwd, sizeof cwd));
}

static void put_state(char **argv)
{
	putchar('{');
	put_ids();
	put_groups();
	put_caps();
	put_fds();
	put_signals();
	put_limits();
	put_strings("argv", argv);
	put_strings("env", environ);
	put_process();
	putchar('}');
	fflush(stdout);
}

static void put_line(char **argv)
{
	put_state(argv);
	putchar('\n');
	fflush(stdout);
}

/* The state first: what is tried changes nothing of it, but that is what the tests show. */
static void put_confinement(char **argv)
{
	const struct ways *groups[] = {
		&proc_ways, &mount_ways, &device_ways, &kernel_ways, &process_ways, &network_ways, argv[2] == NULL ? NULL : &machine_ways, NULL,
	};
	fputs("{\"state\":", stdout);
	put_state(argv);
	fputs(",\"place\":", stdout);
	put_place();
	fputs(",\"ways\":", stdout);
	put_ways(groups);
	puts("}");
	fflush(stdout);
}

/* ---- acts: 0 for success, -1 with errno ---- */

static char content[65536];

static int number(const char *text, int otherwise)
{
	return text == NULL ? otherwise : atoi(text);
}

static int try_setuid0(const char *arg) { (void)arg; return setresuid(0, 0, 0); }
static int try_setgid0(const char *arg) { (void)arg; return setresgid(0, 0, 0); }
static int try_setgroups(const char *arg) { (void)arg; gid_t root = 0; return setgroups(1, &root); }
static int try_chown(const char *arg) { return lchown(arg, 0, 0); }
static int try_chroot(const char *arg) { return chroot(arg == NULL ? "/" : arg); }
static int try_kill(const char *arg) { return kill(number(arg, 1), 0); }
static int try_ptrace(const char *arg) { return (int)ptrace(PTRACE_SEIZE, number(arg, getppid()), NULL, NULL); }
static int try_unshare_user(const char *arg) { (void)arg; return unshare(CLONE_NEWUSER); }
static int try_unshare_mount(const char *arg) { (void)arg; return unshare(CLONE_NEWNS); }
static int try_raw_socket(const char *arg) { (void)arg; return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 ? -1 : 0; }
static int try_open(const char *arg) { return open(arg, O_RDONLY) < 0 ? -1 : 0; }
static int try_truncate(const char *arg) { return truncate(arg, 0); }
static int try_mkdir(const char *arg) { return mkdir(arg, 0755); }
static int try_securebits(const char *arg) { return prctl(PR_SET_SECUREBITS, number(arg, 0), 0, 0, 0); }
static int try_ambient(const char *arg) { return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number(arg, 0), 0, 0); }

static int try_mount(const char *arg)
{
	const char *target = arg == NULL ? "/tmp" : arg;
	return mount("probe", target, "tmpfs", 0, NULL) == 0 ? umount(target) : -1;
}

static int try_sethostname(const char *arg)
{
	struct utsname host;
	uname(&host);
	const char *name = arg == NULL ? host.nodename : arg;
	return sethostname(name, strlen(name));
}

static int try_mknod(const char *arg)
{
	return mknod(arg, S_IFCHR | 0600, makedev(1, 3)) == 0 ? unlink(arg) : -1;
}

static int try_bind(const char *arg)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(arg, 80))};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return bind(fd, (struct sockaddr *)&any, sizeof any);
}

static int try_write(const char *arg)
{
	int fd = open(arg, O_WRONLY | O_CREAT | O_APPEND, 0644);
	return fd < 0 || write(fd, "probe\n", 6) != 6 ? -1 : 0;
}

static int try_read(const char *arg)
{
	int fd = open(arg, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, content, sizeof content - 1);
	return length < 0 ? -1 : 0;
}

static int try_capset_all(const char *arg)
{
	(void)arg;
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	uint64_t all = (UINT64_C(1) << (last_cap() + 1)) - 1;
	uint32_t low = (uint32_t)all, high = (uint32_t)(all >> 32);
	struct __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
	return (int)syscall(SYS_capset, &header, data);
}

static const struct act {
	const char *name;
	int (*run)(const char *arg);
} acts[] = {
	{"setuid0", try_setuid0},       {"setgid0", try_setgid0},
	{"setgroups", try_setgroups},   {"chown", try_chown},
	{"chroot", try_chroot},         {"kill", try_kill},
	{"ptrace", try_ptrace},         {"unshare-user", try_unshare_user},
	{"raw-socket", try_raw_socket}, {"unshare-mount", try_unshare_mount},
	{"open", try_open},             {"mkdir", try_mkdir},
	{"securebits", try_securebits}, {"ambient", try_ambient},
	{"mount", try_mount},           {"sethostname", try_sethostname},
	{"mknod", try_mknod},           {"bind", try_bind},
	{"write", try_write},           {"read", try_read},
	{"capset-all", try_capset_all}, {"truncate", try_truncate},
};

static const struct act *find_act(const char *name)
{
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, name) == 0)
			return &acts[i];
	fprintf(stderr, "probe: no act %s\n", name);
	exit(64);
}

/* In a child, so that an act that works cannot change the outcome of the next. */
static void put_act(const struct act *act, const char *arg)
{
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		int failed = act->run(arg) != 0 ? errno : 0;
		fputs("{\"act\":", stdout);
		put_string(act->name);
		printf(",\"ok\":%s,\"errno\":", failed == 0 ? "true" : "false");
		put_string(failed == 0 ? NULL : strerrorname_np(failed));
		if (act->run == try_read && failed == 0) {
			fputs(",\"content\":", stdout);
			put_string(content);
		}
		putchar('}');
		fflush(stdout);
		_exit(0);
	}
	int status;
	waitpid(child, &status, 0);
	if (!WIFEXITED(status)) {
		printf("{\"act\":");
		put_string(act->name);
		printf(",\"ok\":false,\"errno\":\"signal %d\"}", WTERMSIG(status));
	}
}

static int try_all(char **words)
{
	const char *separator = "[";
	while (*words != NULL) {
		const struct act *act = find_act(*words++);
		const char *arg = *words != NULL && strcmp(*words, "--") != 0 ? *words++ : NULL;
		fputs(separator, stdout);
		put_act(act, arg);
		separator = ",";
		if (*words == NULL)
			break;
		if (strcmp(*words++, "--") != 0) {
			fprintf(stderr, "probe: expected -- after %s\n", act->name);
			return 64;
		}
		if (*words != NULL && strcmp(*words, "try") == 0)
			words++;
	}
	puts("]");
	return 0;
}

/* ---- services ---- */

static int listen_on(int port)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0 || listen(fd, 16) != 0) {
		perror("probe: bind");
		exit(71);
	}
	return fd;
}

static void answer(int fd, const char *name)
{
	char text[512], received[512];
	int type = 0;
	socklen_t size = sizeof type;
	int length = snprintf(text, sizeof text, "ok %s\n", name);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if (type == SOCK_DGRAM) {
		struct sockaddr_storage peer;
		socklen_t peer_size = sizeof peer;
		if (recvfrom(fd, received, sizeof received, 0, (struct sockaddr *)&peer, &peer_size) >= 0)
			sendto(fd, text, (size_t)length, 0, (struct sockaddr *)&peer, peer_size);
		return;
	}
	int client = accept(fd, NULL, NULL);
	if (client >= 0) {
		ssize_t ignored = write(client, text, (size_t)length);
		(void)ignored;
		close(client);
	}
}

static int serve(char **argv)
{
	static struct pollfd fds[64];
	static const char *names[64];
	const char *own_pid = getenv("LISTEN_PID"), *given = getenv("LISTEN_FDS"), *list = getenv("LISTEN_FDNAMES");
	int count = 0;
	if (argv[2] != NULL) {
		fds[0] = (struct pollfd){listen_on(atoi(argv[2])), POLLIN, 0};
		names[0] = argv[2];
		count = 1;
	} else {
		if (given == NULL || own_pid == NULL || atoi(own_pid) != getpid()) {
			fprintf(stderr, "probe: LISTEN_FDS=%s LISTEN_PID=%s is not for pid %d\n", given ? given : "", own_pid ? own_pid : "", getpid());
			return 72;
		}
		char *rest = list == NULL ? NULL : strdup(list);
		for (count = 0; count < atoi(given) && count < 64; count++) {
			char *name = rest == NULL ? NULL : strsep(&rest, ":");
			names[count] = name == NULL ? "unknown" : name;
			fds[count] = (struct pollfd){3 + count, POLLIN, 0};
		}
	}
	put_line(argv);
	for (;;) {
		if (poll(fds, (nfds_t)count, -1) < 0 && errno != EINTR)
			return 73;
		for (int i = 0; i < count; i++)
			if ((fds[i].revents & POLLIN) != 0)
				answer(fds[i].fd, names[i]);
	}
}

static volatile sig_atomic_t received_signal;

static void on_signal(int signal)
{
	received_signal = signal;
}

static int wait_for_signal(char **argv)
{
	static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	sigset_t none;
	put_line(argv);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		signal(caught[i], on_signal);
	sigemptyset(&none);
	/* Ready only now: who waits for this line may send a signal. */
	puts("ready");
	fflush(stdout);
	while (received_signal == 0)
		pause();
	printf("signal %s\n", sigabbrev_np(received_signal));
	return 128 + received_signal;
}

static int die_by(int number)
{
	sigset_t one;
	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(number);
	return 74;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	if (strcmp(verb, "try") == 0)
		return try_all(argv + 2);
	if (strcmp(verb, "serve") == 0)
		return serve(argv);
	if (strcmp(verb, "sleep") == 0)
		return wait_for_signal(argv);
	if (strcmp(verb, "exit") == 0 && argc > 2)
		return atoi(argv[2]);
	if (strcmp(verb, "kill") == 0 && argc > 2)
		return die_by(atoi(argv[2]));
	if (strcmp(verb, "exec") == 0 && argc > 2) {
		execv(argv[2], argv + 2);
		perror("probe: exec");
		return 75;
	}
	if (strcmp(verb, "confinement") == 0)
		put_confinement(argv);
	else
		put_line(argv);
	return getenv("PROBE_EXIT") == NULL ? 0 : atoi(getenv("PROBE_EXIT"));
}
