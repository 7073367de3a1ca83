import { AT, O, RESOLVE } from "../sys/constants.ts";
import { errno, mayBeAbsent } from "../sys/errno.ts";
import type { Errno, Reads, Stat } from "../sys/native.ts";
import { SyscallError, withDescriptor } from "../sys/observe.ts";
import { doubtAbout, type Place } from "./trust.ts";
import { reopen, UntrustedLink, type WalkPolicy, walk } from "./walk.ts";

/**
 * Opens an existing path for a privileged step, without following any link that the workload could have made or could have brought
 * here. Images do have links of their own (/var/run to /run): one is followed when it and every directory on the whole way to it belong
 * to root alone; one in a directory of root's can still be moved where a directory above is the workload's.
 * The flags are those of open(2); writing flags are refused. Throws UntrustedLink; every other failure is an errno.
 */
export function openTrusted(reads: Reads, path: string, flags: number): number | Errno {
	const direct = reads.openRead(AT.FDCWD, path, flags, RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS);
	return mayHaveLinks(direct) ? walk(reads, path, { mayFollow: isOfRootAlone }, (arrival) => reopen(reads, arrival, flags)) : direct;
}

/** As `openTrusted`, but the last component is never followed: with O_PATH the descriptor may be that of a link. */
export function openTrustedEntry(reads: Reads, path: string, flags: number): number | Errno {
	const direct = reads.openRead(AT.FDCWD, path, flags | O.NOFOLLOW, RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS);
	const policy: WalkPolicy = { followLast: false, mayFollow: isOfRootAlone };
	return mayHaveLinks(direct) ? walk(reads, path, policy, (arrival) => reopen(reads, arrival, flags)) : direct;
}

/** Root's link, reached by a way that is root's alone. Where others may write, the sticky bit does not keep them from bringing one. */
export function isOfRootAlone(link: Place, directory: Place, isFixed: boolean): boolean {
	return isFixed && doubtAbout(link) === undefined && doubtAbout(directory) === undefined;
}

/** The same for what is only read: root's links in a sticky directory, or on a read-only mount, are gone by as well. Kubernetes mounts Secrets so. */
export function isOfRoot(link: Place, _directory: Place, isFixed: boolean): boolean {
	return isFixed && doubtAbout(link) === undefined;
}

/** What an old kernel or a sandbox without openat2(2) answers also leads to the walk. */
function mayHaveLinks(result: number | Errno): boolean {
	return result === -errno.ELOOP || mayBeAbsent(result);
}

/** As `openTrusted`, but a failure is thrown. */
export function mustOpenTrusted(reads: Reads, path: string, flags: number): number {
	return mustOpen(openTrusted(reads, path, flags));
}

export function mustOpenTrustedEntry(reads: Reads, path: string, flags: number): number {
	return mustOpen(openTrustedEntry(reads, path, flags));
}

function mustOpen(fd: number | Errno): number {
	if (fd < 0) {
		throw new SyscallError("open", fd);
	}
	return fd;
}

/** The state of an entry, links not followed; `undefined` when it cannot be reached in a way that is trusted. */
export function statTrustedEntry(reads: Reads, path: string): Stat | undefined {
	return statOpened(reads, lookTrustedEntry(reads, path, O.PATH));
}

/** As `statTrustedEntry`, through links that are root's alone. */
export function statTrusted(reads: Reads, path: string): Stat | undefined {
	return statOpened(reads, lookTrusted(reads, path, O.PATH));
}

function statOpened(reads: Reads, fd: number | Errno): Stat | undefined {
	const stat = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.fstat(fd));
	return typeof stat === "number" ? undefined : stat;
}

/** As `openTrusted`, for a look: a link that is not gone by is ELOOP, and reported when the step does its work. */
export function lookTrusted(reads: Reads, path: string, flags: number): number | Errno {
	return unlessUntrusted(() => openTrusted(reads, path, flags));
}

/** The same as `openTrustedEntry`. */
export function lookTrustedEntry(reads: Reads, path: string, flags: number): number | Errno {
	return unlessUntrusted(() => openTrustedEntry(reads, path, flags));
}

function unlessUntrusted(open: () => number | Errno): number | Errno {
	try {
		return open();
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return -errno.ELOOP;
		}
		throw error;
	}
}

/**
 * Whether a path leads to the same directory whenever it is looked up: all that is on the way is root's alone. Its own owner can still
 * change what is in it.
 */
export function isFixedPath(reads: Reads, directory: string): boolean {
	return walk(reads, directory, { mayFollow: isOfRootAlone }, ({ isFixed }) => isFixed) === true;
}

/** Whether nobody but root can bring anything into it, or another directory into its place. */
export function isRootsAlone(reads: Reads, directory: string): boolean {
	return walk(reads, directory, { mayFollow: isOfRootAlone }, ({ place, isFixed }) => isFixed && doubtAbout(place) === undefined) === true;
}
