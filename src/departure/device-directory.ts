import { mountsBelow } from "../confine/devices/mounts.ts";
import { nodeOf } from "../confine/devices/node.ts";
import type { DevicesPart, PlannedNode } from "../confine/devices/part.ts";
import { isDirectory, isLink, isRegular, typeOf } from "../files/kind.ts";
import { mountIdOf, tableOf } from "../files/mount-facts.ts";
import type { MountLine } from "../files/mountinfo.ts";
import { mustOpenTrusted } from "../files/open.ts";
import { splitPath } from "../files/path-text.ts";
import { openBelow } from "../files/same-mount.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { AT, O, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host, Stat } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { cloneWhole, newTerminals } from "./mount-tree.ts";

/** The new /dev while it is made, beside the old one. */
export interface Directories {
	readonly old: number;
	readonly made: number;
	/** Takes both descriptors. */
	attach(tree: number, target: number): void;
}

/** Everything that the new /dev has. */
export function fillDevices(host: Host, part: DevicesPart, directories: Directories): void {
	const { made } = directories;
	for (const node of part.nodes) {
		if (node.by === "mknod") {
			makeNode(host, made, node);
		} else {
			bindNode(host, directories, node, part.late.includes(node.path));
		}
	}
	for (const mount of mountsBelow(tableOf(host))) {
		if (mount.type !== "devtmpfs" && !(part.isMachines && mount.point === terminals)) {
			carryMount(host, directories, mount);
		}
	}
	if (part.isMachines) {
		directories.attach(newTerminals(host, observeUserNamespace(host) === undefined ? "5" : undefined), makePlace(host, made, "pts", true));
	} else {
		carryEntries(host, directories);
	}
	makeLinks(host, made);
}

const terminals = "/dev/pts";

function makeNode(host: Host, made: number, { path, type, rdev, mode, uid, gid }: PlannedNode): void {
	const name = below(path);
	makeParents(host, made, name);
	const [major, minor] = rdev.split(":").map(Number) as [number, number];
	must(host, "mknodat", made, name, (type === "c" ? S.IFCHR : S.IFBLK) | mode, major, minor);
	if (uid !== 0 || gid !== 0) {
		must(host, "fchownat", made, name, uid, gid, AT.SYMLINK_NOFOLLOW);
	}
}

/** The old one, looked at once more by the descriptor that is bound. */
function bindNode(host: Host, { made, attach }: Directories, { path, type, rdev }: PlannedNode, isLate: boolean): void {
	const fd = mustOpenTrusted(host, path, O.PATH);
	withDescriptor(host, fd, () => {
		const found = nodeOf(path, mustRead<Stat>("fstat", host.fstat(fd)));
		if (found === undefined || (!isLate && (found.type !== type || found.rdev !== rdev))) {
			fail(
				"CONFINE_REFUSED",
				`${quoted(path)} is ${found === undefined ? "no device" : "another device"} now than when the start was planned`,
				{
					where: "drop devices",
					remedy: ["see which step changes it"],
				},
			);
		}
		attach(cloneWhole(host, fd), makePlace(host, made, below(path), false));
	});
}

/** Directories, files and sockets, where no other mount hides them; a device is there only where it is named. */
function carryMount(host: Host, { old, made, attach }: Directories, { point, id }: MountLine): void {
	const fd = openBelow(host, old, below(point));
	if (fd === -errno.ENOENT || fd === -errno.ENOTDIR) {
		return;
	}
	withDescriptor(host, mustRead<number>("open", fd), () => {
		const stat = mustRead<Stat>("fstat", host.fstat(fd));
		if (mountIdOf(host, fd) === id && (isCarried(stat) || isDirectory(stat))) {
			attach(cloneWhole(host, fd), makePlace(host, made, below(point), isDirectory(stat)));
		}
	});
}

/** What was put into the old one itself, by the image, the runtime or a step: links, and files and sockets as they are. */
function carryEntries(host: Host, { old, made, attach }: Directories): void {
	const names = withDescriptor(host, mustRead<number>("open", host.openRead(old, ".", O.RDONLY | O.DIRECTORY, 0)), (fd) =>
		mustRead<string[]>("getdents64", host.readDirectory(fd)),
	);
	for (const name of names) {
		const fd = mustRead<number>("open", host.openRead(old, name, O.PATH | O.NOFOLLOW, 0));
		withDescriptor(host, fd, () => {
			const stat = mustRead<Stat>("fstat", host.fstat(fd));
			if (host.statat(made, name, AT.SYMLINK_NOFOLLOW) !== -errno.ENOENT) {
				return;
			}
			if (isLink(stat)) {
				must(host, "symlinkat", mustRead<string>("readlinkat", host.readlinkat(old, name)), made, name);
			} else if (isCarried(stat)) {
				attach(cloneWhole(host, fd), makePlace(host, made, name, false));
			}
		});
	}
}

function isCarried(stat: Stat): boolean {
	return isRegular(stat) || typeOf(stat) === S.IFSOCK;
}

/** As runtimes make them. */
const links = [
	["fd", "/proc/self/fd"],
	["stdin", "/proc/self/fd/0"],
	["stdout", "/proc/self/fd/1"],
	["stderr", "/proc/self/fd/2"],
	["core", "/proc/kcore"],
	["ptmx", "pts/ptmx"],
] as const;

function makeLinks(host: Host, made: number): void {
	for (const [name, target] of links.filter(([name, target]) => name !== "core" || typeof host.statat(AT.FDCWD, target, 0) !== "number")) {
		const result = host.symlinkat(target, made, name);
		if (result !== -errno.EEXIST) {
			mustRead("symlinkat", result);
		}
	}
}

/** Where something is to be mounted, opened. */
function makePlace(host: Host, made: number, path: string, isForDirectory: boolean): number {
	makeParents(host, made, path);
	if (isForDirectory) {
		makeDirectory(host, made, path);
	} else {
		const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW;
		host.close(must(host, "open", made, path, flags, 0o644, 0) as number);
	}
	return mustRead("open", host.openRead(made, path, O.PATH | O.NOFOLLOW, 0));
}

function makeParents(host: Host, made: number, path: string): void {
	const { parent } = splitPath(`/${path}`);
	if (parent !== "/") {
		makeParents(host, made, parent.slice(1));
		makeDirectory(host, made, parent.slice(1));
	}
}

function makeDirectory(host: Host, made: number, path: string): void {
	const result = host.mkdirat(made, path, 0o755);
	if (result !== -errno.EEXIST) {
		mustRead("mkdirat", result);
	}
}

function below(path: string): string {
	return path.slice("/dev/".length);
}
