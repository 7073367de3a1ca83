import { isMagicOf } from "../../files/file-systems.ts";
import { isDirectory, isLink } from "../../files/kind.ts";
import type { MountLine } from "../../files/mountinfo.ts";
import { AT, O, ST } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { type DeviceNode, nodeOf } from "./node.ts";

export const deviceDirectory = "/dev";

const deepest = 8;

/** File systems that hold no nodes but the terminals of their own, or none at all. */
function isWithoutNodes(magic: number): boolean {
	return isMagicOf(magic, "devpts", "mqueue");
}

/** What stands for the nodes of a directory that is not listed, or lies too deep: any may be there. */
const unknown = { type: "c", rdev: "?", mode: 0, uid: 0, gid: 0 } as const;

export function isUnknown({ rdev }: Pick<DeviceNode, "rdev">): boolean {
	return rdev === unknown.rdev;
}

/**
 * Every node below /dev that can be opened, in the order of the directories. One that is not to be listed counts as having some, and to the
 * workload itself (`byWorkload`) where it can be searched, or is its own.
 */
export function findNodes(reads: Reads, byWorkload: boolean): DeviceNode[] {
	const fd = reads.openRead(AT.FDCWD, deviceDirectory, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0);
	return fd === -errno.ENOENT
		? []
		: withDescriptor(reads, mustRead("open /dev", fd), () => nodesIn({ reads, byWorkload }, fd, deviceDirectory, 0));
}

/** Single nodes that are mounted elsewhere, and can be opened there. */
export function nodesElsewhere(table: readonly MountLine[], reads: Reads): DeviceNode[] {
	const files = table.filter(
		({ root, point, flags }) => root !== "/" && !point.startsWith(`${deviceDirectory}/`) && !flags.includes("nodev"),
	);
	return files.flatMap(({ point }) => {
		const stat = reads.statat(AT.FDCWD, point, AT.SYMLINK_NOFOLLOW);
		return (typeof stat === "number" ? undefined : nodeOf(point, stat)) ?? [];
	});
}

interface Looker {
	readonly reads: Reads;
	readonly byWorkload: boolean;
}

function nodesIn(looker: Looker, fd: number, path: string, depth: number): DeviceNode[] {
	const { reads, byWorkload } = looker;
	const [magic, flags] = mustRead("fstatfs", reads.fstatfs(fd)) as [number, number];
	if (isWithoutNodes(magic)) {
		return [];
	}
	const isClosed = (flags & ST.NODEV) !== 0;
	return mustRead("getdents64", reads.readDirectory(fd)).flatMap((name) => {
		const at = `${path}/${name}`;
		const stat = reads.statat(fd, name, AT.SYMLINK_NOFOLLOW);
		if (stat === -errno.EACCES && !byWorkload && !isClosed) {
			return [{ path: at, ...unknown }];
		}
		if (typeof stat === "number" || isLink(stat)) {
			return [];
		}
		if (isDirectory(stat)) {
			return below(looker, fd, name, at, depth);
		}
		const node = nodeOf(at, stat);
		// A node with a mount of its own has the flags of that.
		return node === undefined || (isClosed && isOnNodev(reads, fd, name)) ? [] : [node];
	});
}

function below(looker: Looker, above: number, name: string, path: string, depth: number): DeviceNode[] {
	const { reads } = looker;
	const fd = depth < deepest ? reads.openRead(above, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0) : -errno.EACCES;
	if (fd < 0) {
		return fd === -errno.ENOENT || hidesNothing(looker, above, name) ? [] : [{ path: `${path}/*`, ...unknown }];
	}
	return withDescriptor(reads, fd, () => nodesIn(looker, fd, path, depth + 1));
}

/** Whether what cannot be listed is of no use to the workload; its own it can open by chmod(2). */
function hidesNothing({ reads, byWorkload }: Looker, above: number, name: string): boolean {
	const fd = reads.openRead(above, name, O.PATH | O.DIRECTORY | O.NOFOLLOW, 0);
	if (fd < 0) {
		return fd === -errno.ENOENT;
	}
	return withDescriptor(reads, fd, () => {
		const [system, stat] = [reads.fstatfs(fd), reads.fstat(fd)];
		if (typeof system === "number" || typeof stat === "number") {
			return false;
		}
		const isSearched = stat.uid === reads.getresuid()[1] || reads.faccessat(above, name, 1) === 0;
		return isWithoutNodes(system[0]) || (system[1] & ST.NODEV) !== 0 || (byWorkload && !isSearched);
	});
}

function isOnNodev(reads: Reads, directory: number, name: string): boolean {
	const fd = reads.openRead(directory, name, O.PATH | O.NOFOLLOW, 0);
	const system = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.fstatfs(fd));
	return typeof system !== "number" && (system[1] & ST.NODEV) !== 0;
}
