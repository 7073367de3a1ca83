import { ways } from "../../harness/ways-out/ways.ts";
import { type Case, start } from "../harness/case.ts";
import { type Release, releases } from "../harness/kernel.ts";

/** What Docker masks today, of what there is. */
const masked = [
	...["/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug"],
	...["/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"],
];
const readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** Shell script that makes of the machine's place what Docker gives an ordinary container: by mount(8) alone, nothing of what is tested. */
const ordinaryPlace = `
mkdir /run/dev
mount -t tmpfs -o nosuid,mode=755 tmpfs /run/dev
mkdir /run/dev/pts /run/dev/shm /run/dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /run/dev/pts
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 shm /run/dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue /run/dev/mqueue
for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 /run/dev/\${node%:*} c 1 \${node#*:}; done
mknod -m 666 /run/dev/tty c 5 0
ln -s pts/ptmx /run/dev/ptmx
ln -s /proc/self/fd /run/dev/fd
[ -e /proc/kcore ] && ln -s /proc/kcore /run/dev/core
for node in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/\${node%:*} /run/dev/\${node#*:}; done
for path in ${masked.join(" ")} /sys/devices/system/cpu/cpu*/thermal_throttle; do
	[ -d $path ] && mount -t tmpfs -o ro tmpfs $path
	[ -f $path ] && mount --bind /dev/null $path
done
mount --move /run/dev /dev
for path in ${readOnly.join(" ")}; do
	[ -e $path ] && mount --bind $path $path && mount -o remount,bind,ro,nosuid,nodev,noexec $path
done
mount -o remount,bind,ro,nosuid,nodev,noexec /sys/fs/cgroup
umount -l /sys/kernel/security
mount -o remount,bind,ro,nosuid,nodev,noexec /sys
mount -o remount,nosuid,nodev,noexec /proc`;

/** None of Debian's kernels as they are booted here has these; of disks, loop devices with nothing in them. */
const missing = [
	"uevent_helper",
	"binfmt_misc",
	"powercap",
	"scsi",
	"mount-disk",
	"tun",
	"kvm",
	"TIOCSTI",
	"vsock",
	"sched_debug",
	"mount_setattr",
];
const notMissing: Partial<Record<Release, readonly string[]>> = {
	bullseye: ["sched_debug"],
	bookworm: ["mount_setattr"],
	trixie: ["mount_setattr"],
};

/** Nothing is masked, and nothing is read-only; sysfs is of the network namespace, which is not the user namespace's. */
const nothingToUnmask = ["unmask-file", "unmask-directory", "unmount-proc-sys", "remount-proc-sys", "mount_setattr", "userns-sysfs"];

/** What the masks, the read-only places and a /dev of its own close for whoever takes none of them away, which he could. */
const masks = [
	...[
		"core_pattern",
		"modprobe",
		"sysrq-trigger",
		"irq-affinity",
		"proc-write",
		"sys-write",
		"cgroup-mkdir",
		"kcore",
		"keys",
		"timer_list",
	],
	...["interrupts", "sched_debug", "firmware", "mem", "fuse", "disk", "loop-control", "dev-kmsg"],
	...["userns-proc", "userns-sysfs", "userns-bind-proc"],
];
/** No neighbour is there. */
const ofOthers = ["proc-root", "proc-cwd", "proc-mem", "proc-fd", "proc-environ", "ptrace", "ptrace-unfiltered", "pidfd_getfd", "kill"];

const neighbour = "sleep 60 &";
const tries = "/probe confinement";

/** All ways but some, on each kernel. */
function control(name: string, prepare: string, less: readonly string[]): Case[] {
	return (Object.keys(releases) as Release[]).map((release) => {
		const here = missing.filter((way) => !notMissing[release]?.includes(way));
		const gets = Object.keys(ways).filter((way) => ![...here, ...less].includes(way));
		return {
			name: `${name}, ${release}`,
			config: {},
			script: `${prepare}\nexec env -i ${tries}`,
			expected: { status: 0, gets },
			on: [release],
		};
	});
}

const filtered = (user: string) => ({ user, seccomp: "docker-default" });
/** A file handle names nothing without open_by_handle_at(2). */
const open = ["name_to_handle_at"];

/** What a container has of its own however it is started, and this machine has not. */
const privilegedPlace = `
umount -l /sys/kernel/security
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 shm /dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue`;
const confine = { confine: "docker-default" };
const daemon = { fuse: { target: "/data", command: ["/bin/hello-fs", "{mountpoint}"] } };
const background = { run: { command: ["sh", "-c", "sleep 60 &"], background: true, output: "discard" } };
/** As far as a neighbour of the same user goes in an ordinary container: he has a filter as well, and the filter lets nobody take descriptors. */
const ofNeighbour = ofOthers.filter((way) => !["ptrace-unfiltered", "pidfd_getfd"].includes(way));
const asApp = "an ordinary container's place, filter and user: no way out";
const asRoot = "an ordinary container's place, filter and root: no way out";

export const waysOut: readonly Case[] = [
	...control("all ways out are there for who holds everything", neighbour, nothingToUnmask),
	...control("masks alone stop nobody who may mount", ordinaryPlace, [...masks, ...ofOthers]),
	{
		name: asApp,
		config: filtered("app"),
		script: start(`-- ${tries} machine`, { prepare: ordinaryPlace }),
		expected: { status: 0, gets: open },
	},
	{
		name: asRoot,
		config: filtered("root"),
		script: start(`-- ${tries} machine`, { prepare: ordinaryPlace }),
		expected: { status: 0, gets: ["kpageflags", ...open, "setuid"] },
	},
	{
		name: "confine: docker-default with everything held: the same answers",
		config: { user: "app", ...confine },
		script: start(`-- ${tries} machine`, { prepare: privilegedPlace }),
		expected: { status: 0, gets: open, like: asApp },
	},
	{
		name: "confine: docker-default as root: the same answers",
		config: { user: "root", ...confine },
		script: start(`-- ${tries} machine`, { prepare: privilegedPlace }),
		expected: { status: 0, gets: ["kpageflags", ...open, "setuid"], like: asRoot },
	},
	{
		name: "confine: docker-default beside a program of root's",
		config: { user: "app", ...confine, setup: [background] },
		script: start(`-- ${tries} machine`, { prepare: privilegedPlace }),
		expected: { status: 0, gets: open, like: asApp },
	},
	{
		name: "confine: docker-default beside a daemon of the user's, which has the same walls",
		config: { user: "app", ...confine, setup: [daemon] },
		script: start(`-- ${tries} machine`, { prepare: privilegedPlace }),
		expected: { status: 0, gets: Object.keys(ways).filter((way) => [...open, ...ofNeighbour].includes(way)) },
	},
	{
		name: "confine: docker-default closes what is mounted in /sys as well",
		config: { user: "root", ...confine },
		script: start(`-- ${tries} machine`, {
			prepare: `${privilegedPlace}\nmount -t securityfs securityfs /sys/kernel/security\nmount -t debugfs debugfs /sys/kernel/debug`,
		}),
		expected: { status: 0, gets: ["kpageflags", ...open, "setuid"] },
	},
	{
		name: "confine: docker-default leaves the machine's mounts and nodes as they were",
		config: { user: "app", ...confine },
		script: `${privilegedPlace}
look() { cat /proc/self/mountinfo; ls -l /dev; cat /proc/1/status | grep NSpid; }
look > /tmp/before
/abdicate -- /bin/true
look > /tmp/after
[ $(grep -c . /tmp/before) -gt 50 ] && cmp /tmp/before /tmp/after && echo the same`,
		expected: { status: 0, stdout: ["the same"] },
	},
	{
		name: "confine: docker-default on a kernel with mount(2) alone: nothing runs",
		config: { user: "app", ...confine },
		script: `${privilegedPlace}\n/bin/old-mount /abdicate -- echo ran 2>/dev/null\necho $?`,
		expected: { status: 0, stdout: ["125"] },
	},
];
