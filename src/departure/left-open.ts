import { type DeviceNode, nodeOf } from "../confine/devices/node.ts";
import { ownedBySystem } from "../confine/paths/systems.ts";
import { isDirectory } from "../files/kind.ts";
import { mountIdOf, tableOf } from "../files/mount-facts.ts";
import type { MountLine } from "../files/mountinfo.ts";
import { isWithin } from "../files/path-text.ts";
import { fail } from "../report/failure.ts";
import { printable } from "../report/text.ts";
import { AT, O } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";

/** What of an open file leads past a wall. */
export interface Forbidden {
	readonly ofSystem: boolean;
	/** What was opened at or below one of these lies under what covers it. */
	readonly paths: readonly string[];
	isForeign(node: DeviceNode): boolean;
}

/**
 * A program that a step has left running has what it opened before the walls stood, and whoever may look into it opens the same by
 * /proc/PID/cwd, root and fd. Asked as the workload, for which the kernel refuses the programs of others. proc_pid_fd(5)
 */
export function requireNothingLeft(reads: Reads, where: string, forbidden: Forbidden): void {
	const self = reads.readlinkat(AT.FDCWD, "/proc/self");
	const pids = namesIn(reads, "/proc").filter((name) => /^\d+$/.test(name) && name !== self);
	if (pids.length === 0) {
		return;
	}
	for (const pid of pids) {
		// As it sees them itself: a daemon may have mounts of its own, in which masks appear as well. One that does not see its root's tells nothing.
		const mounts = mountsOf(reads, pid);
		const links = ["cwd", "root", ...namesIn(reads, `/proc/${pid}/fd`).map((name) => `fd/${name}`)];
		const found = links.find((link) => isLeft(reads, `/proc/${pid}/${link}`, mounts, forbidden));
		if (found !== undefined) {
			const name = readProc(reads, `${pid}/comm`);
			const program = typeof name === "string" ? printable(name.trim()) : "a program";
			fail("CONFINE_REFUSED", `${program}, which runs as the workload's user, has open what is closed: /proc/${pid}/${found}`, {
				where,
				remedy: ["let it run as another user: run: {user: ...}", "or let it close that, and cd /, before it goes into the background"],
			});
		}
	}
}

interface Mounts {
	readonly table: readonly MountLine[];
	/** Whether the table has every mount that there is: what stands above the process's root is not among them. */
	readonly isWhole: boolean;
}

function mountsOf(reads: Reads, pid: string): Mounts {
	const table = tableOf(reads, pid);
	const root = reads.openRead(AT.FDCWD, `/proc/${pid}/root`, O.PATH, 0);
	const id = root < 0 ? undefined : withDescriptor(reads, root, () => mountIdOf(reads, root));
	return { table, isWhole: table.some((each) => each.id === id) };
}

/** What is gone by now, or is another's, has nothing for the workload. */
function namesIn(reads: Reads, directory: string): readonly string[] {
	const fd = reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY, 0);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return typeof names === "number" ? [] : names;
}

function isLeft(reads: Reads, link: string, { table, isWhole }: Mounts, { ofSystem, paths, isForeign }: Forbidden): boolean {
	const name = paths.length === 0 ? 0 : reads.readlinkat(AT.FDCWD, link);
	if (typeof name === "string" && paths.some((each) => isWithin(name, each))) {
		return true;
	}
	const fd = reads.openRead(AT.FDCWD, link, O.PATH, 0);
	return (
		fd >= 0 &&
		withDescriptor(reads, fd, () => {
			const id = mountIdOf(reads, fd);
			const mount = table.find((each) => each.id === id);
			// A server that does not answer would keep the look waiting.
			if (mount !== undefined && /^(?:fuse|nfs|cifs|9p|ceph)/.test(mount.type)) {
				return false;
			}
			const stat = mustRead("fstat", reads.fstat(fd));
			const node = typeof stat === "number" ? undefined : nodeOf(link, stat);
			if (node !== undefined) {
				return isForeign(node);
			}
			const [magic] = mustRead("fstatfs", reads.fstatfs(fd)) as [number, number];
			// A mount that is no more of the start, as the old /dev, has everything below it.
			return (ofSystem && ownedBySystem(magic)) || (isWhole && mount === undefined && typeof stat !== "number" && isDirectory(stat));
		})
	);
}
