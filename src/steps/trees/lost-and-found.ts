import { isDirectory } from "../../files/kind.ts";
import { mustOpenTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { AT, O, RESOLVE } from "../../sys/constants.ts";
import { errno, mayBeAbsent } from "../../sys/errno.ts";
import type { Errno, Reads, Stat } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";

/** What mkfs makes at the top of an ext file system: nobody's content, root's, and closed to everybody else. */
export const lostAndFound = "lost+found";

/** How the kernel shows an owner that the user namespace does not have. user_namespaces(7) */
const overflowId = 65_534;

/** Whether it is there, in a directory that is the top of a mount, as the file system has it. What was given to somebody since is like any other. */
export function hasLostAndFound(reads: Reads, directory: number): boolean {
	const stat = statHere(reads, directory);
	const isOfRoot = typeof stat !== "number" && (stat.uid === 0 || stat.uid === overflowId);
	return isOfRoot && isDirectory(stat) && (stat.mode & 0o777) === 0o700 && isTopOfMount(reads, directory);
}

/** A mount of that name is another's, whose server may never answer. */
function statHere(reads: Reads, directory: number): Stat | Errno {
	const fd = reads.openRead(directory, lostAndFound, O.PATH | O.NOFOLLOW, RESOLVE.NO_XDEV);
	if (fd < 0) {
		return mayBeAbsent(fd) ? reads.statat(directory, lostAndFound, AT.SYMLINK_NOFOLLOW) : fd;
	}
	return withDescriptor(reads, fd, () => reads.fstat(fd));
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
