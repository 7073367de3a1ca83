import { usualNodes } from "../../confine/devices/node.ts";
import { initialNamespaces } from "../../confine/initial-namespaces.ts";
import { readOnlyByDocker } from "../../confine/paths/docker-default.ts";
import { S } from "../../sys/constants.ts";
import type { ImaginedStart } from "./imagined-start.ts";

/** What a runtime and the kernel put around an image, without a machine to ask. */

/** Something that the runtime makes; a link has where it leads, a file its text. */
export interface Made {
	readonly mode: number;
	readonly rdev?: string;
	readonly text?: string;
	readonly link?: string;
	readonly uid?: number;
	readonly gid?: number;
	/** Only where the image has nothing. */
	readonly isSpare?: true;
	/** Of the image's directory, where it has one. */
	readonly takesMode?: true;
}

export interface Mount {
	readonly id: string;
	readonly point: string;
	readonly type: string;
	readonly magic: number;
	readonly isReadOnly: boolean;
	/** Nothing of the image shows there. */
	readonly covers: boolean;
}

const magics: Readonly<Record<string, number>> = {
	overlay: 0x794c7630,
	ext4: 0xef53,
	tmpfs: 0x01021994,
	proc: 0x9fa0,
	sysfs: 0x62656572,
	cgroup2: 0x63677270,
	devpts: 0x1cd1,
	mqueue: 0x19800202,
};

const directory = S.IFDIR | 0o755;
const file = S.IFREG | 0o644;

/** Of the image's own names, what every runtime mounts a file at. */
const filesOfRuntime = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];

export function mountsOf({ isOpen, isReadOnly, volumes, fsGroup }: ImaginedStart): readonly Mount[] {
	const closed = !isOpen;
	const table: [point: string, type: string, isReadOnly: boolean, covers: boolean][] = [
		["/", "overlay", isReadOnly, false],
		["/proc", "proc", false, true],
		...(closed ? readOnlyByDocker.map((point): [string, string, boolean, boolean] => [point, "proc", true, true]) : []),
		["/dev", "tmpfs", false, true],
		["/dev/pts", "devpts", false, true],
		["/dev/mqueue", "mqueue", false, true],
		["/dev/shm", "tmpfs", false, true],
		["/sys", "sysfs", closed, true],
		["/sys/fs/cgroup", "cgroup2", closed, true],
		...filesOfRuntime.map((point): [string, string, boolean, boolean] => [point, "ext4", isReadOnly, false]),
		...volumes.map(({ path, type }): [string, string, boolean, boolean] => [path, type, false, type === "tmpfs" || fsGroup !== undefined]),
	];
	return table.map(([point, type, readOnly, covers], index) => ({
		id: `${index + 100}`,
		point,
		type,
		magic: magics[type] ?? 0,
		isReadOnly: readOnly,
		covers,
	}));
}

/** proc_pid_mountinfo(5) */
function mountTable(mounts: readonly Mount[]): string {
	return mounts
		.map(({ id, point, type, isReadOnly }) => {
			const mode = isReadOnly ? "ro" : "rw";
			return `${id} 99 0:${id} ${rootOf(point, type)} ${point.replaceAll(" ", "\\040")} ${mode} - ${type} ${type} rw\n`;
		})
		.join("");
}

/** What of its file system is mounted. */
function rootOf(point: string, type: string): string {
	return type === "proc" ? point.slice("/proc".length) || "/" : type === "ext4" ? point : "/";
}

/** By their paths, in what is mounted; directories on the way follow from them. */
export function madeBy(start: ImaginedStart, mounts: readonly Mount[], program: string): ReadonlyMap<string, Made> {
	const device = (path: string, rdev: string, type: number = S.IFCHR): [string, Made] => [path, { mode: type | 0o666, rdev }];
	const ids = "         0          0 4294967295\n";
	const links = Object.entries({ fd: "", stdin: "/0", stdout: "/1", stderr: "/2" });
	return new Map<string, Made>([
		...mounts.filter(({ covers }) => covers).map(({ point }): [string, Made] => [point, { mode: modeOf(point) }]),
		...filesOfRuntime.map((path): [string, Made] => [path, { mode: file }]),
		...start.volumes.map(({ path, type }): [string, Made] => volumeAt(path, type, start)),
		["/proc/sys/net/ipv4/ip_unprivileged_port_start", { mode: file, text: `${start.firstFreePort}\n` }],
		...Object.entries(start.settings).map(([path, value]): [string, Made] => [path, { mode: file, text: `${value}\n` }]),
		["/proc/self/uid_map", { mode: file, text: ids }],
		["/proc/self/gid_map", { mode: file, text: ids }],
		["/proc/self/setgroups", { mode: file, text: "allow\n" }],
		["/proc/self/cgroup", { mode: file, text: "0::/\n" }],
		["/proc/self/mountinfo", { mode: file, text: mountTable(mounts) }],
		["/proc/self/exe", { mode: S.IFLNK | 0o777, link: program }],
		// In namespaces of its own, but for that of users.
		...Object.entries(initialNamespaces).map(([kind, number]): [string, Made] => [
			`/proc/self/ns/${kind}`,
			{ mode: S.IFLNK | 0o777, link: `${kind}:[${kind === "user" || kind === "time" ? number : number - 1000}]` },
		]),
		["/proc/self/fd", { mode: directory }],
		["/proc/self/fdinfo", { mode: directory }],
		["/proc/1", { mode: S.IFLNK | 0o777, link: "self" }],
		...usualNodes.map(({ path, rdev }) => device(path, rdev)),
		...start.devices.map((path) => device(path, numbersOf[path] ?? "0:0", path.startsWith("/dev/loop0") ? S.IFBLK : S.IFCHR)),
		...links.map(([name, fd]): [string, Made] => [`/dev/${name}`, { mode: S.IFLNK | 0o777, link: `/proc/self/fd${fd}` }]),
		["/dev/ptmx", { mode: S.IFLNK | 0o777, link: "pts/ptmx" }],
		device("/dev/pts/ptmx", "5:2"),
		...(start.isOpen ? [...usuallyMasked, ...readOnlyByDocker] : readOnlyByDocker).map((path): [string, Made] => [
			path,
			{ mode: /\/(?:interrupts|kcore|keys|sysrq-trigger|timer_list)$/.test(path) ? file : directory },
		]),
	]);
}

/** Of what runtimes mask, what every kernel has. */
const usuallyMasked = ["/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"];

function modeOf(point: string): number {
	return point === "/dev/shm" || point === "/dev/mqueue" ? S.IFDIR | 0o1777 : directory;
}

/** Docker copies into a volume what the image has there; what is made with an fsGroup is empty. A Pod's tmpfs is a volume, any other has the mode of what it covers. */
function volumeAt(path: string, type: string, { fsGroup, runtime }: ImaginedStart): [string, Made] {
	if (type === "tmpfs" && runtime !== "kubernetes") {
		return [path, { mode: S.IFDIR | 0o1777, takesMode: true }];
	}
	if (fsGroup !== undefined) {
		return [path, { mode: S.IFDIR | 0o2777, gid: fsGroup }];
	}
	return [path, type === "tmpfs" ? { mode: S.IFDIR | 0o777 } : { mode: directory, isSpare: true }];
}

/** Of those that steps ask for; admin-guide/devices of the kernel. */
const numbersOf: Readonly<Record<string, string>> = {
	"/dev/fuse": "10:229",
	"/dev/kmsg": "1:11",
	"/dev/loop-control": "10:237",
	"/dev/loop0": "7:0",
	"/dev/net/tun": "10:200",
	"/dev/kvm": "10:232",
};

/** What of /proc only the machine here can tell, and is taken from it where it is Linux. */
const ofMachine = ["/proc/meminfo", "/proc/filesystems", "/proc/partitions", "/proc/modules", "/proc/sys"];

export function isOfMachine(path: string): boolean {
	return ofMachine.some((each) => path === each || path.startsWith(`${each}/`));
}
