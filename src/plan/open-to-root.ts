import { isDirectory } from "../files/kind.ts";
import { allows, type Viewer } from "../files/permissions.ts";
import { AT, S } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";

/** Directories as steps will have made them. */
export type PlannedModes = ReadonlyMap<
	string,
	{ readonly mode: number; readonly uid: number | undefined; readonly gid: number | undefined }
>;

const root: Viewer = { uid: 0, groups: [0] };
const search = 1;
const readAndSearch = 5;
const writeAndSearch = 3;

/**
 * Whether root without capabilities, an ordinary owner, can walk to a path and read what is there, or make it in its directory. By the
 * permission bits; what cannot be looked at counts as closed, what does not exist as open. path_resolution(7)
 */
export function isOpenToRoot(reads: Reads, path: string, purpose: "search" | "write", planned: PlannedModes): boolean {
	const parents = parentsOf(path);
	const isPassable = parents.every((parent) => isOpen(reads, parent, search, planned));
	if (purpose === "search") {
		return isPassable && isOpen(reads, path, readAndSearch, planned);
	}
	const deepest = parents.findLast((parent) => planned.has(parent) || typeof reads.statat(AT.FDCWD, parent, 0) !== "number") ?? "/";
	return isPassable && isOpen(reads, deepest, writeAndSearch, planned);
}

/** `/`, `/a` and `/a/b` for `/a/b/c`. */
function parentsOf(path: string): string[] {
	const names = path.split("/").filter((name) => name !== "");
	return ["/", ...names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join("/")}`)];
}

function isOpen(reads: Reads, path: string, bits: number, planned: PlannedModes): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const { mode, uid, gid } = { ...(typeof stat === "number" ? { mode: S.IFDIR | 0o755, uid: 0, gid: 0 } : stat), ...planned.get(path) };
	const isPassed = typeof stat === "number" || isDirectory(stat);
	return !isPassed || allows({ mode, uid: uid ?? root.uid, gid: gid ?? 0 }, root, bits);
}
