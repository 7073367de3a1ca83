import { sizeLimit } from "../../config/parse.ts";
import { hasAccessList } from "../../files/exact-mode.ts";
import { isRegular, notRegular } from "../../files/kind.ts";
import { isOfRootAlone } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { placeFile, writeWhole } from "../../files/place.ts";
import { isSame } from "../../files/trust.ts";
import { type Arrival, fromRoot, mustReopen, UntrustedLink, type WalkPolicy, walk } from "../../files/walk.ts";
import { fail } from "../../report/failure.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";

/** What a tool has made of a file that it has read. */
export interface Rewritten {
	readonly path: string;
	readonly before: string;
	readonly after: string;
}

/**
 * Puts the new text in the place of the old one, whole or not at all, with the mode and the owner of what was there, where that is still what was
 * read. A link is gone by where nobody else can have made it, and what it leads to is replaced. Throws a Failure; the file is as it was then.
 */
export function replaceFile(host: Host, { path, before, after }: Rewritten): void {
	try {
		const result = walk(host, fromRoot(host, path), { mayFollow: linksToFollow(host) }, (arrival) => {
			requireNear(host, arrival, path);
			requireSimple(host, arrival, path, before);
			replaceArrived(host, arrival, path, after);
			return 0;
		});
		if (result < 0) {
			throw new SyscallError("open", result);
		}
	} catch (error) {
		if (error instanceof UntrustedLink) {
			refuse(path, error.message, "name the file that is meant itself");
		}
		if (error instanceof SyscallError) {
			const { message, remedy } = errnoText(error.call, error.errno);
			fail("FILE_NOT_WRITTEN", `cannot be replaced: ${error.call}: ${message}`, { where: path, remedy });
		}
		throw error;
	}
}

/** Those that nobody but who runs this can have made, and root. */
export function linksToFollow(reads: Reads): WalkPolicy["mayFollow"] {
	const me = reads.getresuid()[1];
	return me === 0 ? isOfRootAlone : ({ stat }) => stat.uid === 0 || stat.uid === me;
}

/** Whoever made a link in a directory under review is not who says what is written elsewhere. */
function requireNear(reads: Reads, { directory }: Arrival, path: string): void {
	const [there, named] = [reads.fstat(directory), reads.statat(AT.FDCWD, splitPath(fromRoot(reads, path)).parent, 0)];
	if (typeof there === "number" || typeof named === "number" || !isSame(there, named)) {
		refuse(path, "it is a link into another directory", "name the file that is meant itself");
	}
}

/** What would be lost, or is not what was read. */
function requireSimple(reads: Reads, arrival: Arrival, path: string, before: string): void {
	const { stat, isMountPoint } = arrival.place;
	if (!isRegular(stat)) {
		refuse(path, notRegular(stat).message, "name a file");
	}
	if (isMountPoint) {
		refuse(path, "it is mounted by itself, so that nothing else can get its name", "change it where it comes from");
	}
	withDescriptor(reads, mustReopen(reads, arrival, O.RDONLY | O.NONBLOCK | O.NOCTTY), (fd) => {
		if (hasAccessList(reads, fd, stat)) {
			refuse(path, "it has an access control list, which the new file would not have", "take it away: setfacl -b FILE");
		}
		if (reads.readAll(fd, sizeLimit) !== before) {
			refuse(path, "it has been changed meanwhile", "try again");
		}
	});
}

function replaceArrived(host: Host, { directory, name, place: { stat } }: Arrival, path: string, text: string): void {
	const owner = stat.uid === host.getresuid()[1] ? undefined : stat.uid;
	const wanted = { mode: stat.mode & 0o7777, uid: owner, gid: stat.gid };
	const placed = placeFile(host, { directory, name, path, isPrivate: false }, wanted, (fd) => {
		writeWhole(host, fd, text);
		const now = host.statat(directory, name, AT.SYMLINK_NOFOLLOW);
		if (typeof now === "number" || !isSame(now, stat)) {
			throw new SyscallError("renameat2", errno.ESTALE);
		}
	});
	if (placed === undefined) {
		throw new SyscallError("renameat2", errno.ESTALE);
	}
}

function refuse(path: string, message: string, remedy: string): never {
	fail("FILE_NOT_WRITTEN", `cannot be replaced: ${message}`, { where: path, remedy: [remedy] });
}
