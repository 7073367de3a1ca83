/** A way out of a container, which test/probe/ways tries under this name. */
export interface Way {
	/** What is done. */
	readonly tries: string;
	/** What it is worth where it works. */
	readonly gives: string;
}

const way = (tries: string, gives: string): Way => ({ tries, gives });

const code = "a program of its own that the kernel runs as root of the machine";
const unmasked = "/proc without masks: what is read-only is written";
const everything = "all processes, keys and logs of the machine";

/** By files of /proc and /sys. */
const files = {
	core_pattern: way("write /proc/sys/kernel/core_pattern", code),
	modprobe: way("write /proc/sys/kernel/modprobe", code),
	"sysrq-trigger": way("open /proc/sysrq-trigger to write", "the machine restarted, crashed or its processes killed"),
	uevent_helper: way("write /sys/kernel/uevent_helper", code),
	binfmt_misc: way("open /proc/sys/fs/binfmt_misc/register to write", "an interpreter of its own for programs of others"),
	"irq-affinity": way("write /proc/irq/default_smp_affinity", "the machine's interrupts moved"),
	"proc-write": way("open any file of /proc/sys, bus, fs, irq to write", "a setting of the machine"),
	"sys-write": way("open any file of /sys/kernel, fs, module, power to write", "a device or a driver of the machine"),
	"cgroup-mkdir": way("make a cgroup", "its own limits lifted"),
	kcore: way("read /proc/kcore", "the machine's memory"),
	keys: way("read /proc/keys", "which keys others have"),
	timer_list: way("read /proc/timer_list", "what others do, and addresses of the kernel"),
	interrupts: way("read /proc/interrupts", "what others type, by its times"),
	sched_debug: way("read /proc/sched_debug", "the processes of the machine"),
	kpageflags: way("read /proc/kpageflags", "what the machine's memory is used for"),
	kallsyms: way("read addresses in /proc/kallsyms", "where to aim at in the kernel"),
	kmsg: way("read /proc/kmsg", "the kernel's log"),
	syslog: way("syslog(2)", "the kernel's log"),
	firmware: way("list /sys/firmware", "the machine's tables and variables"),
	powercap: way("list /sys/devices/virtual/powercap", "what others compute, by the power it takes"),
	scsi: way("list /proc/scsi", "disks taken from the machine"),
};

const mounts = {
	"mount-proc": way("mount proc", unmasked),
	"mount-sysfs": way("mount sysfs", "/sys to write"),
	"mount-tmpfs": way("mount tmpfs", "another file in the place of one that a privileged program reads"),
	"mount-debugfs": way("mount debugfs", "the insides of drivers"),
	"mount-tracefs": way("mount tracefs", "what every process calls"),
	"mount-bpf": way("mount bpf", "programs that others have pinned"),
	"mount-cgroup2": way("mount cgroup2", "its own limits lifted"),
	release_agent: way("mount a hierarchy of cgroups and write its release_agent", code),
	"unmask-file": way("umount /proc/keys", everything),
	"unmask-directory": way("umount /sys/firmware", "the machine's tables and variables"),
	"unmount-proc-sys": way("umount /proc/sys", unmasked),
	"remount-proc-sys": way("remount /proc/sys to write", unmasked),
	"remount-sys": way("remount /sys to write", "a device or a driver of the machine"),
	mount_setattr: way("mount_setattr(2) on /proc/sys, to write", unmasked),
	"bind-over": way("bind over /proc/sys", "settings that others read, hidden"),
	"bind-proc": way("bind /proc alone to another place", unmasked),
	propagation: way("make all mounts shared", "mounts that reach others"),
	open_tree: way("open_tree(2), a copy of /proc without what lies on it", unmasked),
	fsopen: way('fsopen("proc")', unmasked),
	"mount-disk": way("make a node of the machine's disk and mount it", "every file of the machine"),
	pivot_root: way("pivot_root(2)", "another root"),
	chroot: way("chroot(2)", "another root, and out of one by a descriptor"),
	"userns-proc": way("unshare -Urpf --mount-proc", unmasked),
	"userns-sysfs": way("sysfs in a user namespace", "/sys to write"),
	"userns-bind-proc": way("in a user namespace, bind /proc alone to another place", unmasked),
};

const devices = {
	"mknod-disk": way("make a node of the machine's disk and open it", "every file of the machine"),
	"mknod-mem": way("make a node of the machine's memory and open it", "the machine's memory"),
	"mknod-kmsg": way("make a node of the kernel's log and open it", "the kernel's log"),
	mknod: way("make a node of /dev/null and open it", "nodes, of whatever the device cgroup lets through"),
	disk: way("open any block device of /dev", "every file of the machine"),
	mem: way("open /dev/mem", "the machine's memory"),
	fuse: way("open /dev/fuse", "file systems that it serves itself, once it can mount"),
	tun: way("open /dev/net/tun", "a network interface"),
	"loop-control": way("open /dev/loop-control", "files as disks"),
	kvm: way("open /dev/kvm", "a large part of the kernel to attack"),
	"dev-kmsg": way("read /dev/kmsg", "the kernel's log"),
	TIOCSTI: way("type into the terminal of the start", "commands of whoever looks on"),
};

const calls = {
	init_module: way("init_module(2)", "code in the kernel"),
	finit_module: way("finit_module(2)", "code in the kernel"),
	delete_module: way("delete_module(2)", "a driver or a security module taken away"),
	kexec_load: way("kexec_load(2)", "another kernel"),
	kexec_file_load: way("kexec_file_load(2)", "another kernel"),
	reboot: way("reboot(2)", "the machine stopped"),
	swapon: way("swapon(2)", "memory of others, in a file of its own"),
	acct: way("acct(2)", "a file of the machine's written by the kernel"),
	quotactl: way("quotactl(2)", "limits of others lifted"),
	settimeofday: way("settimeofday(2)", "the machine's clock"),
	adjtimex: way("adjtimex(2)", "the machine's clock"),
	sethostname: way("sethostname(2)", "the name that logs and neighbours go by"),
	ioperm: way("ioperm(2)", "devices, past the kernel"),
	iopl: way("iopl(2)", "devices, past the kernel"),
	"bpf-filter": way("bpf(2), a filter of sockets", "the verifier to attack"),
	"bpf-trace": way("bpf(2), a program of a tracepoint", "memory of the kernel and of others"),
	perf_event_open: way("perf_event_open(2) for all of a processor", "what others compute"),
	userfaultfd: way("userfaultfd(2)", "time to win races in the kernel"),
	io_uring_setup: way("io_uring_setup(2)", "calls past a filter, and much of the kernel to attack"),
	fanotify_init: way("fanotify_init(2)", "which files others open, and a say in it"),
	personality: way("personality(2), addresses that are not random", "easier attacks on what it executes"),
	add_key: way("add_key(2)", "memory of the kernel, and keys beside those of others"),
	keyctl: way("keyctl(2), the keyring of its uid", "keys of other containers with that uid"),
	request_key: way("request_key(2)", "a program that the kernel runs as root of the machine"),
	open_by_handle_at: way("open_by_handle_at(2), inode 2 of the disk that /etc/hosts is on", "every file of the machine"),
	name_to_handle_at: way("name_to_handle_at(2)", "numbers to guess others from"),
	setuid: way("setresuid(0, 0, 0)", "root's files"),
	capset: way("capset(2), SYS_ADMIN", "all that takes it"),
	"file-capability": way("give a file a capability", "a capability at the next exec"),
};

const processes = {
	"proc-root": way(
		"open /proc/PID/root of another process",
		"the mounts that it has, without masks: a start with a program of the workload's user that stands in /proc, /sys or the old /dev is refused",
	),
	"proc-cwd": way(
		"open /proc/PID/cwd of another process",
		"the mounts that it has, without masks: a start with a program of the workload's user that stands in /proc, /sys or the old /dev is refused",
	),
	"proc-mem": way("open /proc/PID/mem of another process to write", "its privilege"),
	"proc-fd": way(
		"open /proc/PID/fd of another process",
		"its files: none of /proc, /sys, cgroups and no device but /dev/fuse, where it runs as the workload's user",
	),
	"proc-environ": way("open /proc/PID/environ of another process", "its secrets"),
	ptrace: way("trace another process", "its privilege"),
	"ptrace-unfiltered": way("trace another process that has no filter", "all calls of the kernel"),
	pidfd_getfd: way("pidfd_getfd(2) from another process", "its files"),
	kill: way("send another process a signal", "its end"),
	"unshare-user": way("unshare(2), a user namespace", "all capabilities in it, and much of the kernel to attack"),
	"unshare-mount": way("unshare(2), a mount namespace", "mounts of its own"),
	"unshare-net": way("unshare(2), a network namespace", "a network without rules"),
	"unshare-cgroup": way("unshare(2), a cgroup namespace", "a hierarchy to mount"),
	"clone-user": way("clone(2), a user namespace", "all capabilities in it"),
	"clone3-user": way("clone3(2), a user namespace", "all capabilities in it"),
	"setns-mnt": way("setns(2) to the mounts of PID 1", "the mounts that it has"),
	"setns-net": way("setns(2) to the network of PID 1", "the network that it has"),
	"setns-uts": way("setns(2) to the hostname of PID 1", "the name that it has"),
};

const network = {
	"raw-socket": way("a raw socket", "packets with an address of others"),
	"packet-socket": way("a packet socket", "what others send"),
	vsock: way("a socket to the hypervisor, AF_VSOCK", "services that trust the machine"),
	audit: way("listen to the audit log", "what others do"),
	netlink: way("change a network interface", "the machine's network, or its own without rules"),
};

/** All of them, in the order in which they are tried. */
export const ways: Readonly<Record<string, Way>> = { ...files, ...mounts, ...devices, ...calls, ...processes, ...network };

/** A version of Docker. */
type Version = readonly [major: number, minor: number];

/**
 * What an ordinary container gets of them, and why that is no way out by itself: some until a version of Docker, which is what `docker-default`
 * has, some since one.
 */
export const openToday: Readonly<Record<string, { readonly reason: string; readonly until?: Version; readonly since?: Version }>> = {
	interrupts: { reason: "Docker masks it since 28.1", until: [28, 1] },
	io_uring_setup: { reason: "Docker's filter refuses it since 25.0", until: [25, 0] },
	vsock: { reason: "Docker's filter refuses it since 29.4", until: [29, 4] },
	name_to_handle_at: { reason: "Docker's filter allows it since 24.0; only open_by_handle_at opens what it names", since: [24, 0] },
};

/** What the report of a confined workload has otherwise than that of an ordinary container, and why. */
export const reportDifferences = {
	securebits: "no exec gives a program of root's anything back; a runtime does not lock that",
	environment: "USER and LOGNAME agree with the user, beside HOME",
	descriptors: "what the start was given lies on the mounts of the start, of which nothing else is to be seen",
	"older Docker": "docker-default masks /proc/interrupts, as Docker does since 28.1",
	"masks of directories": "nothing in them is executed, either",
	"masks of files": "they are a part of the new /dev, in which nothing is executed",
	propagation: "what a program of a step mounts is there for the others; a slave stays one, so that nothing reaches the machine",
} as const;
