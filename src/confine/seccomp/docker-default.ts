import type { CapabilityName } from "../../capability/names.ts";
import type { Action, Circumstances, Condition, Profile, ProfileRule } from "./profile.ts";

/** The Docker whose default profile this has the effect of: that of its package moby/profiles/seccomp, v0.2.3. */
export const dockerDefaultVersion = "29.7.2";

/** Where a call is refused that Docker's own filter lets pass, and why. */
export const hardenings = [
	{
		call: "socket",
		what: "the address family is compared as the int that the kernel takes, by its lower 32 bits",
		why: "AF_ALG and AF_VSOCK with anything in the upper half are the same families to the kernel",
	},
] as const;

/** By what they are for. Calls that no architecture of this program has are left out. */
const allowed = `
open openat openat2 creat close close_range dup dup2 dup3 fcntl fcntl64 flock ioctl
read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek _llseek
sendfile sendfile64 splice tee vmsplice copy_file_range readahead fadvise64 fadvise64_64
fsync fdatasync sync syncfs sync_file_range truncate truncate64 ftruncate ftruncate64 fallocate
io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64 ioprio_get ioprio_set

stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 access faccessat faccessat2
chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat lchown lchown32 umask
utime utimes utimensat utimensat_time64 futimesat name_to_handle_at statmount listmount
getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat
listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
mkdir mkdirat rmdir mknod mknodat link linkat symlink symlinkat readlink readlinkat unlink unlinkat
rename renameat renameat2 chdir fchdir getcwd getdents getdents64

select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64
epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2
eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark

pipe pipe2 socketpair socketcall bind connect listen accept accept4 shutdown getsockname getpeername getsockopt setsockopt
send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64
ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget
mq_open mq_unlink mq_notify mq_getsetattr mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64

brk mmap mmap2 munmap mremap mprotect madvise msync mincore mlock mlock2 mlockall munlock munlockall mseal remap_file_pages
memfd_create memfd_secret membarrier cachestat map_shadow_stack pkey_alloc pkey_free pkey_mprotect
futex futex_time64 futex_wait futex_waitv futex_wake futex_requeue get_robust_list set_robust_list rseq
get_thread_area set_thread_area set_tid_address

execve execveat exit exit_group fork vfork wait4 waitid waitpid process_mrelease pidfd_open pidfd_send_signal
kill tkill tgkill pause alarm restart_syscall sigaltstack sigprocmask sigreturn uretprobe
rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
rt_sigtimedwait_time64
getpid getppid gettid getpgid getpgrp setpgid getsid setsid getrlimit ugetrlimit setrlimit prlimit64 getrusage
getpriority setpriority prctl seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler sched_setscheduler
sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64 sched_yield

getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getgroups getgroups32
getresuid getresuid32 getresgid getresgid32 setuid setuid32 setgid setgid32 setgroups setgroups32 setreuid setreuid32
setregid setregid32 setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 capget capset

time times gettimeofday adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
clock_nanosleep clock_nanosleep_time64 nanosleep getitimer setitimer timer_create timer_delete timer_getoverrun
timer_gettime timer_gettime64 timer_settime timer_settime64
getcpu getrandom sysinfo uname`;

const allowedOnArm = "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls";

/** What is allowed in addition to who keeps a capability: without it the kernel would mostly refuse the call anyhow. */
const opened: readonly (readonly [CapabilityName, string])[] = [
	["DAC_READ_SEARCH", "open_by_handle_at"],
	[
		"SYS_ADMIN",
		`bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr
		mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2
		unshare`,
	],
	["SYS_BOOT", "reboot"],
	["SYS_CHROOT", "chroot"],
	["SYS_MODULE", "delete_module init_module finit_module"],
	["SYS_PACCT", "acct"],
	["SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"],
	["SYS_RAWIO", "iopl ioperm"],
	["SYS_TIME", "settimeofday stime clock_settime clock_settime64"],
	["SYS_TTY_CONFIG", "vhangup"],
	["SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"],
	["SYSLOG", "syslog"],
	["BPF", "bpf"],
	["PERFMON", "perf_event_open"],
];

/** CLONE_NEW of NS, CGROUP, UTS, IPC, USER, PID and NET. clone(2) */
const newNamespaces = 0x7e020000n;
const familyOfKernelCrypto = 38n;
const familyOfMachines = 40n;
/** PER_LINUX and PER_LINUX32, each also with UNAME26; the last one only asks. personality(2) */
const personalities = [0n, 0x8n, 0x20000n, 0x20008n, 0xffffffffn];

const ENOSYS = 38;
const allow: Action = { kind: "allow" };
const always: Circumstances = { capabilities: [], architectures: [] };
const withAdmin: Circumstances = { ...always, capabilities: ["SYS_ADMIN"] };

const none = { action: allow, conditions: [], includes: always, excludes: always };

function rule(names: string, more: Partial<ProfileRule> = {}): ProfileRule {
	return { ...none, ...more, names: names.trim().split(/\s+/) };
}

function argument(operator: Condition["operator"], value: bigint, more: Partial<Condition> = {}): readonly Condition[] {
	return [{ index: 0, operator, value, ...more }];
}

/** A rule for each of the three: two conditions on one argument in one rule would be read as "one of them". */
const families = [
	argument("<", familyOfKernelCrypto, { width: 32 }),
	argument("==", familyOfKernelCrypto + 1n, { width: 32 }),
	argument(">", familyOfMachines, { width: 32 }),
];

/** Docker's default profile for the architectures that this program is made for, in words of our own, with the hardenings. */
export const dockerDefault: Profile = {
	defaultAction: { kind: "errno", value: 1 },
	flags: undefined,
	architectures: undefined,
	archMap: [
		{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
		{ architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
	],
	rules: [
		rule(allowed),
		// Before 4.8 a tracer could change the call after the filter had seen it.
		rule("process_vm_readv process_vm_writev ptrace", { includes: { ...always, minKernel: [4, 8] } }),
		...families.map((conditions) => rule("socket", { conditions })),
		...personalities.map((value) => rule("personality", { conditions: argument("==", value) })),
		rule(allowedOnArm, { includes: { ...always, architectures: ["arm", "arm64"] } }),
		rule("arch_prctl modify_ldt", { includes: { ...always, architectures: ["amd64"] } }),
		...opened.map(([capability, names]) => rule(names, { includes: { ...always, capabilities: [capability] } })),
		rule("clone", { conditions: argument("masked ==", 0n, { mask: newNamespaces }), excludes: withAdmin }),
		// Programs then call clone, whose flags a filter can see: EPERM would make them give up.
		rule("clone3", { action: { kind: "errno", value: ENOSYS }, excludes: withAdmin }),
	],
};
