/* By calls that change the kernel or run code in it. Those that would harm are given what the kernel refuses only behind its check of privilege. */
#define _GNU_SOURCE
#include "../ways.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/io.h>
#include <sys/personality.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *init_module(void) { return unless_passed("init_module", syscall(SYS_init_module, NULL, 0, ""), ENOEXEC); }
static const char *finit_module(void) { return unless_passed("finit_module", syscall(SYS_finit_module, -1, "", 0), EBADF); }
static const char *delete_module(void) { return unless_passed("delete_module", syscall(SYS_delete_module, "no-such-module", O_NONBLOCK), ENOENT); }
static const char *kexec_load(void) { return unless_passed("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0x1000), EINVAL); }
static const char *kexec_file(void) { return unless_passed("kexec_file_load", syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0x1000), EINVAL); }
/* Without the magic numbers, which nothing is done without. */
static const char *reboot_call(void) { return unless_passed("reboot", syscall(SYS_reboot, 0, 0, 0, NULL), EINVAL); }
static const char *swap(void) { return unless_passed("swapon", swapon("/no-such-file", 0), ENOENT); }
static const char *accounting(void) { return unless_passed("acct", syscall(SYS_acct, "/no-such-file"), ENOENT); }
static const char *quota(void) { return unless_passed("quotactl", quotactl(QCMD(Q_QUOTAOFF, USRQUOTA), "/no-such-file", 0, NULL), ENOENT); }
/* Neither a time nor a zone: nothing is set. */
static const char *set_time(void) { return unless_passed("settimeofday", syscall(SYS_settimeofday, NULL, NULL), 0); }

static const char *adjust_time(void)
{
	struct timex no_such_tick = {.modes = ADJ_TICK, .tick = 1};
	return unless_passed("adjtimex", adjtimex(&no_such_tick), EINVAL);
}

static const char *hostname(void)
{
	struct utsname host;
	uname(&host);
	return unless_passed("sethostname", sethostname(host.nodename, strlen(host.nodename)), 0);
}

static const char *io_ports(void) { return unless_passed("ioperm", ioperm(0x80, 1, 1), 0); }
static const char *io_level(void) { return unless_passed("iopl", iopl(3), 0); }

static const char *load_program(enum bpf_prog_type type)
{
	static const struct bpf_insn none[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr attributes = {
		.prog_type = type, .insns = (uintptr_t)none, .insn_cnt = sizeof none / sizeof *none, .license = (uintptr_t)"GPL"};
	return unless_passed("bpf", syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes), 0);
}

static const char *bpf_filter(void) { return load_program(BPF_PROG_TYPE_SOCKET_FILTER); }
static const char *bpf_trace(void) { return load_program(BPF_PROG_TYPE_TRACEPOINT); }

static const char *perf(void)
{
	struct perf_event_attr clock = {.type = PERF_TYPE_SOFTWARE, .size = sizeof clock, .config = PERF_COUNT_SW_CPU_CLOCK, .disabled = 1};
	return unless_passed("perf_event_open", syscall(SYS_perf_event_open, &clock, -1, 0, -1, 0), 0);
}

static const char *faults(void) { return unless_passed("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC), 0); }

static const char *ring(void)
{
	struct io_uring_params none = {0};
	return unless_passed("io_uring_setup", syscall(SYS_io_uring_setup, 1, &none), 0);
}

static const char *events(void) { return unless_passed("fanotify_init", fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY), 0); }
static const char *layout(void) { return unless_passed("personality", personality(ADDR_NO_RANDOMIZE), 0); }

/* Into a keyring that ends with this process. */
static const char *add_key(void)
{
	return unless_passed("add_key", syscall(SYS_add_key, "user", "way", "x", 1, KEY_SPEC_PROCESS_KEYRING), 0);
}

static const char *user_keyring(void)
{
	return unless_passed("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0), 0);
}

static const char *ask_key(void)
{
	return unless_passed("request_key", syscall(SYS_request_key, "user", "no-such-key", NULL, 0), ENOKEY);
}

/* A file that runtimes mount from the machine's disk. */
static const char *anchor(void) { return access("/etc/hosts", F_OK) == 0 ? "/etc/hosts" : "/"; }

/* The root of that disk, of which the inode is 2. */
static const char *by_handle(void)
{
	struct {
		struct file_handle head;
		uint32_t inode[2];
	} handle = {{.handle_bytes = 8, .handle_type = 1}, {2, 0}};
	int place = open(anchor(), O_RDONLY | O_CLOEXEC);
	int fd = (int)syscall(SYS_open_by_handle_at, place, &handle, O_RDONLY | O_CLOEXEC);
	struct stat meta;
	if (fd >= 0 && fstat(fd, &meta) == 0)
		return got("inode %ld of another root", (long)meta.st_ino);
	return unless_passed("open_by_handle_at", fd, errno == EOPNOTSUPP ? EOPNOTSUPP : ESTALE);
}

static const char *to_handle(void)
{
	char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	struct file_handle *handle = (struct file_handle *)space;
	int mount;
	handle->handle_bytes = MAX_HANDLE_SZ;
	return unless_passed("name_to_handle_at", name_to_handle_at(AT_FDCWD, anchor(), handle, &mount, 0), EOPNOTSUPP);
}

static const char *root_id(void) { return unless_passed("setresuid", setresuid(0, 0, 0), 0); }

static const char *capabilities(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	uint32_t one = 1u << CAP_SYS_ADMIN;
	struct __user_cap_data_struct data[2] = {{one, one, 0}, {0, 0, 0}};
	return unless_passed("capset", syscall(SYS_capset, &header, data), 0);
}

/* Of NET_RAW, on a file of its own. */
static const char *file_capability(void)
{
	static const uint32_t value[5] = {0x02000001, 1u << CAP_NET_RAW, 0, 0, 0};
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
	return fd < 0 ? refused("open") : unless_passed("fsetxattr", fsetxattr(fd, "security.capability", value, sizeof value, 0), 0);
}

static const struct way list[] = {
	{"init_module", init_module, 0},
	{"finit_module", finit_module, 0},
	{"delete_module", delete_module, 0},
	{"kexec_load", kexec_load, 0},
	{"kexec_file_load", kexec_file, 0},
	{"reboot", reboot_call, 0},
	{"swapon", swap, 0},
	{"acct", accounting, 0},
	{"quotactl", quota, 0},
	{"settimeofday", set_time, 0},
	{"adjtimex", adjust_time, 0},
	{"sethostname", hostname, 0},
	{"ioperm", io_ports, 0},
	{"iopl", io_level, 0},
	{"bpf-filter", bpf_filter, 0},
	{"bpf-trace", bpf_trace, 0},
	{"perf_event_open", perf, 0},
	{"userfaultfd", faults, 0},
	{"io_uring_setup", ring, 0},
	{"fanotify_init", events, 0},
	{"personality", layout, 0},
	{"add_key", add_key, 0},
	{"keyctl", user_keyring, 0},
	{"request_key", ask_key, 0},
	{"open_by_handle_at", by_handle, 0},
	{"name_to_handle_at", to_handle, 0},
	{"setuid", root_id, 0},
	{"capset", capabilities, 0},
	{"file-capability", file_capability, 0},
};

const struct ways kernel_ways = WAYS(list);
