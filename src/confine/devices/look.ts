import { isDirectory, isLink } from "../../files/kind.ts";
import { AT, O, ST } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { type DeviceNode, nodeOf } from "./node.ts";

export const deviceDirectory = "/dev";

/** statfs(2): file systems that hold no nodes but the terminals of their own, or none at all. */
const withoutNodes: readonly number[] = [0x1cd1, 0x1980_0202, 0x9584_58f6];
const deepest = 8;

/** Every node below /dev that can be opened, in the order of the directories; whose directory is closed to this process is not seen. */
export function findNodes(reads: Reads): DeviceNode[] {
	const fd = reads.openRead(AT.FDCWD, deviceDirectory, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0);
	return fd === -errno.ENOENT ? [] : withDescriptor(reads, mustRead("open /dev", fd), () => nodesIn(reads, fd, deviceDirectory, 0));
}

function nodesIn(reads: Reads, fd: number, path: string, depth: number): DeviceNode[] {
	const [magic, flags] = mustRead("fstatfs", reads.fstatfs(fd)) as [number, number];
	if (withoutNodes.includes(magic)) {
		return [];
	}
	const isClosed = (flags & ST.NODEV) !== 0;
	return mustRead("getdents64", reads.readDirectory(fd)).flatMap((name) => {
		const at = `${path}/${name}`;
		const stat = reads.statat(fd, name, AT.SYMLINK_NOFOLLOW);
		if (typeof stat === "number" || isLink(stat)) {
			return [];
		}
		if (isDirectory(stat)) {
			return depth < deepest ? below(reads, fd, name, at, depth) : [];
		}
		const node = nodeOf(at, stat);
		// A node with a mount of its own has the flags of that.
		return node === undefined || (isClosed && isOnNodev(reads, fd, name)) ? [] : [node];
	});
}

function below(reads: Reads, above: number, name: string, path: string, depth: number): DeviceNode[] {
	const fd = reads.openRead(above, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0);
	return fd < 0 ? [] : withDescriptor(reads, fd, () => nodesIn(reads, fd, path, depth + 1));
}

function isOnNodev(reads: Reads, directory: number, name: string): boolean {
	const fd = reads.openRead(directory, name, O.PATH | O.NOFOLLOW, 0);
	const system = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.fstatfs(fd));
	return typeof system !== "number" && (system[1] & ST.NODEV) !== 0;
}
