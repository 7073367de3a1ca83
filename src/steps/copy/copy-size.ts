import { isDirectory } from "../../files/kind.ts";
import type { Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import type { CopyAction } from "./copy-action.ts";
import { deepest, type Entry, namesBut, openDirectory, statEntry } from "./copy-tree.ts";
import { withSource } from "./seed.ts";

const block = 4096;

/** What a copy takes where each entry has blocks of its own, as on a tmpfs; a file with several names as often as it has some. `undefined` where it cannot be read. */
export function bytesToCopy(action: CopyAction, reads: Reads): number | undefined {
	try {
		return withSource(action, reads, (from) => bytesOf(reads, from, action.exclude, 0));
	} catch (error) {
		if (error instanceof SyscallError) {
			return undefined;
		}
		throw error;
	}
}

function bytesOf(reads: Reads, entry: Pick<Entry, "directory" | "name">, exclude: readonly string[], depth: number): number {
	const stat = statEntry(reads, entry.directory, entry.name);
	if (stat === undefined) {
		return 0;
	}
	if (!isDirectory(stat) || depth > deepest) {
		return Math.ceil(stat.size / block) * block;
	}
	return withDescriptor(reads, openDirectory(reads, entry), (directory) =>
		namesBut(reads, directory, exclude).reduce((sum, name) => sum + bytesOf(reads, { directory, name }, exclude, depth + 1), block),
	);
}
