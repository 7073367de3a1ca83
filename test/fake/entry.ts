import { CAP, type FakeProcess, isCapable } from "./process.ts";

/** A file as a test writes it down; what is left out belongs to root and has the usual mode of its kind. */
export interface FakeEntry {
	readonly kind: "file" | "directory" | "link" | "fifo" | "device" | "socket";
	readonly uid: number;
	readonly gid: number;
	/** Permission bits with setuid, setgid and sticky. */
	readonly mode: number;
	/** The text of a file, the target of a link. */
	readonly content: string;
	/** File capabilities. capabilities(7) */
	readonly capabilities?: { readonly permitted: bigint; readonly inheritable: bigint; readonly effective: boolean };
	/** Lies on a file system that is mounted read-only. */
	readonly readOnly?: boolean;
	/** Magic number of the file system that it lies on. statfs(2) */
	readonly system?: number;
	/** How many names it has; one unless it is written down. */
	readonly nlink?: number;
	/** All have the same unless one is to be told apart. */
	readonly ino?: bigint;
}

/** Bits of `wanted` as in access(2): 4 read, 2 write, 1 execute or search. generic_permission, path_resolution(7) */
export function mayAccess(process: FakeProcess, entry: FakeEntry, wanted: number): boolean {
	const groups = [process.gids[1], ...process.groups];
	const shift = entry.uid === process.uids[1] ? 6 : groups.includes(entry.gid) ? 3 : 0;
	if (((entry.mode >> shift) & wanted) === wanted) {
		return true;
	}
	const isDirectory = entry.kind === "directory";
	if (isCapable(process, CAP.DAC_READ_SEARCH) && (isDirectory ? (wanted & 2) === 0 : wanted === 4)) {
		return true;
	}
	return isCapable(process, CAP.DAC_OVERRIDE) && (isDirectory || (wanted & 1) === 0 || (entry.mode & 0o111) !== 0);
}
