import { isDirectory } from "../files/kind.ts";
import { directoriesTo } from "../files/path-text.ts";
import { allows, type Viewer } from "../files/permissions.ts";
import { AT, S } from "../sys/constants.ts";
import type { Reads, Stat } from "../sys/native.ts";

/** Directories as steps will have made them. */
export type PlannedModes = ReadonlyMap<
	string,
	{ readonly mode: number; readonly uid: number | undefined; readonly gid: number | undefined }
>;

/** What steps before have made of what is at a path. */
export type Foreseen = (path: string, stat: Stat) => Stat;

export const root: Viewer = { uid: 0, groups: [0] };
const search = 1;
const readAndSearch = 5;
const writeAndSearch = 3;

/**
 * Whether who holds no capability, as root without any, can walk to a path and read what is there, or make it in its directory. By the
 * permission bits; what cannot be looked at counts as closed, what does not exist as open. path_resolution(7)
 */
export function isOpenTo(
	viewer: Viewer,
	reads: Reads,
	path: string,
	purpose: "search" | "write",
	planned: PlannedModes,
	foreseen: Foreseen = (_, stat) => stat,
): boolean {
	const isOpen = (each: string, bits: number) => isOpenAt(viewer, reads, each, bits, planned, foreseen);
	const parents = directoriesTo(path);
	const isPassable = parents.every((parent) => isOpen(parent, search));
	if (purpose === "search") {
		return isPassable && isOpen(path, readAndSearch);
	}
	const deepest = parents.findLast((parent) => planned.has(parent) || typeof reads.statat(AT.FDCWD, parent, 0) !== "number") ?? "/";
	return isPassable && isOpen(deepest, writeAndSearch);
}

/** Whether root without capabilities can read a directory that was looked at, and what is in it. */
export function isReadByRoot(stat: Stat): boolean {
	return allows(stat, root, readAndSearch);
}

function isOpenAt(viewer: Viewer, reads: Reads, path: string, bits: number, planned: PlannedModes, foreseen: Foreseen): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const { mode, uid, gid } = {
		...(typeof stat === "number" ? { mode: S.IFDIR | 0o755, uid: 0, gid: 0 } : foreseen(path, stat)),
		...planned.get(path),
	};
	const isPassed = typeof stat === "number" || isDirectory(stat);
	return !isPassed || allows({ mode, uid: uid ?? viewer.uid, gid: gid ?? viewer.groups[0] ?? 0 }, viewer, bits);
}
