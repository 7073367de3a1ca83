import { isDirectory } from "../../files/kind.ts";
import { mustOpenTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { openEntryHere } from "../../files/same-mount.ts";
import { O, OVERFLOW_ID, RESOLVE } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";

/** What mkfs makes at the top of an ext file system: nobody's content, root's, and closed to everybody else. */
export const lostAndFound = "lost+found";

/** Whether it is there, in a directory that is the top of a mount, as the file system has it. What was given to somebody since is like any other. */
export function hasLostAndFound(reads: Reads, directory: number): boolean {
	const fd = openEntryHere(reads, directory, lostAndFound);
	const stat = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.fstat(fd));
	const isOfRoot = typeof stat !== "number" && (stat.uid === 0 || stat.uid === OVERFLOW_ID);
	return isOfRoot && isDirectory(stat) && (stat.mode & 0o777) === 0o700 && isTopOfMount(reads, directory);
}

/** As `hasLostAndFound`, for what a pattern has found. */
export function isLostAndFound(reads: Reads, path: string): boolean {
	const { parent, name } = splitPath(path);
	return (
		name === lostAndFound &&
		withDescriptor(reads, mustOpenTrusted(reads, parent, O.PATH | O.DIRECTORY), (directory) => hasLostAndFound(reads, directory))
	);
}

/** As the kernel knows without asking a server. openat2(2) */
function isTopOfMount(reads: Reads, directory: number): boolean {
	const above = reads.openRead(directory, "..", O.PATH | O.DIRECTORY, RESOLVE.NO_XDEV);
	return above < 0 ? above === -errno.EXDEV : withDescriptor(reads, above, () => false);
}
