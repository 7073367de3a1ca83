import { byteLength } from "../report/bytes.ts";
import { must } from "../sys/act.ts";
import { AT, LOCK, O, RENAME_NOREPLACE, S } from "../sys/constants.ts";
import { errno, mayBeAbsent } from "../sys/errno.ts";
import type { Errno, Host, Reads, Stat } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { removeLists, requirePrivate, type Wanted } from "./exact-mode.ts";
import { typeOf } from "./kind.ts";
import { isSame } from "./trust.ts";

/** What is being made has such a name until it is complete. Its maker holds a lock on it: what nobody has locked was left by a run that died. */
const prefix = ".abdicate-new-";
/** As a pattern. */
export const temporaryNames = `${prefix}*`;
const mostAttempts = 8;

/** Where a file gets its place. */
export interface FilePlace {
	readonly directory: number;
	readonly name: string;
	/** For a message. */
	readonly path: string;
	/** Nobody but those who are written may ever read it, whatever its mode gives to a group. */
	readonly isPrivate: boolean;
}

/** A new entry under its private name, open and locked. */
export interface Temporary {
	readonly name: string;
	readonly fd: number;
}

/** Tries names until one is free. `make` gives an open descriptor, or an errno. */
export function makeTemporary(host: Host, directory: number, call: string, make: (name: string) => number | Errno): Temporary {
	for (let attempt = 0; ; attempt++) {
		const name = `${prefix}${host.getpid()}-${Math.floor(host.clock())}-${attempt}`;
		const fd = make(name);
		if (fd >= 0 && isKept(host, directory, name, fd)) {
			return { name, fd };
		}
		if (fd >= 0) {
			host.close(fd);
		} else if ((fd !== -errno.EEXIST && fd !== -errno.ENOENT) || attempt === mostAttempts) {
			throw new SyscallError(call, fd);
		}
	}
}

/** Another container may take it for abandoned, and away, until it is locked. Where there are no locks nobody can. */
function isKept(host: Host, directory: number, name: string, fd: number): boolean {
	if (host.flock(fd, LOCK.EX | LOCK.NB) === -errno.EAGAIN) {
		return false;
	}
	return isNamed(host, directory, name, fd);
}

/**
 * Gives what is in a place of ours its name, where that is free; EEXIST where it is not. File systems of servers and old filters do not
 * know of the flag: there it is looked at before. rename(2)
 */
export function renameNew(host: Host, from: Named, to: Named): number | Errno {
	const move = (flags: number) => host.renameat2(from.directory, from.name, to.directory, to.name, flags);
	const result = move(RENAME_NOREPLACE);
	if (result >= 0) {
		// A filter may answer that it is done.
		const placed = host.statat(to.directory, to.name, AT.SYMLINK_NOFOLLOW);
		return typeof placed === "number" ? placed : result;
	}
	if (result !== -errno.EINVAL && !mayBeAbsent(result)) {
		return result;
	}
	const found = host.statat(to.directory, to.name, AT.SYMLINK_NOFOLLOW);
	return found === -errno.ENOENT ? move(0) : typeof found === "number" ? found : -errno.EEXIST;
}

export interface Named {
	readonly directory: number;
	readonly name: string;
}

/** Whether a name stands for what is open. */
export function isNamed(reads: Reads, directory: number, name: string, fd: number): boolean {
	return statNamed(reads, directory, name, fd) !== undefined;
}

/** What is open, as long as the name stands for it. */
function statNamed(reads: Reads, directory: number, name: string, fd: number): Stat | undefined {
	const [held, found] = [reads.fstat(fd), reads.statat(directory, name, AT.SYMLINK_NOFOLLOW)];
	return typeof held !== "number" && typeof found !== "number" && isSame(held, found) ? found : undefined;
}

/** Gives what has just been made to its owner. Ids that are undefined stay this process's own. */
export function setModeAndOwner(host: Host, fd: number, { mode, uid, gid }: Wanted): void {
	// Until now nobody else could open it. The group goes first, so that the one that the directory above hands on cannot either; but one
	// that is none of ours would cost the set-group-ID bit without a word. chmod(2)
	const first = (mode & S.ISGID) !== 0 ? host.getresgid()[1] : gid;
	if (first !== undefined) {
		must(host, "fchown", fd, undefined, first);
	}
	// While it is ours: afterwards a change of mode would need FOWNER.
	must(host, "fchmod", fd, mode);
	if (uid !== undefined || (gid !== undefined && gid !== first)) {
		must(host, "fchown", fd, uid, gid);
	}
}

/** For what cannot be opened otherwise, a link or a device: what stands under the name has to be what was made there. */
export function setOwnerOf(host: Host, { directory, name, type }: Made, { uid, gid }: Pick<Wanted, "uid" | "gid">): void {
	const fd = must(host, "open", directory, name, O.PATH | O.NOFOLLOW, 0, 0) as number;
	withDescriptor(host, fd, () => {
		const stat = mustRead("fstat", host.fstat(fd));
		if (typeOf(stat) !== type || stat.nlink !== 1) {
			throw new SyscallError("fchownat", errno.EEXIST);
		}
		if (uid !== undefined || gid !== undefined) {
			must(host, "fchownat", fd, "", uid, gid, AT.EMPTY_PATH);
		}
	});
}

interface Made {
	readonly directory: number;
	readonly name: string;
	/** S_IFMT of its mode. */
	readonly type: number;
}

/**
 * Makes a file complete under a private name, then gives it its own. Mode and owner are final before the first byte is in it, and are what
 * is written: no entry of a list beside them. Returns what the file system has made of it, and `undefined` when its name stands for
 * something else by then, because somebody who can write to the directory has exchanged one of the two names. Throws SyscallError; nothing
 * is left behind then.
 */
export function placeFile(
	host: Host,
	{ directory, name, path, isPrivate }: FilePlace,
	wanted: Wanted,
	fill: (fd: number) => void,
): Stat | undefined {
	const temporary = makeTemporary(host, directory, "open", (each) =>
		host.open(directory, each, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, wanted.mode & 0o600, 0),
	);
	return withDescriptor(host, temporary.fd, (fd) => {
		moveToPlace(host, directory, temporary.name, name, () => {
			removeLists(host, fd, { mode: S.IFREG });
			setModeAndOwner(host, fd, wanted);
			if (isPrivate || (wanted.mode & S.IROTH) === 0) {
				requirePrivate(mustRead("fstat", host.fstat(fd)), wanted, path);
			}
			fill(fd);
			must(host, "fsync", fd);
		});
		return statNamed(host, directory, name, fd);
	});
}

/**
 * Puts a link where one is: it cannot be changed. Its private name is always the same, so that the next run finds it. False as of
 * `placeFile`.
 */
export function placeLink(host: Host, directory: number, name: string, to: string): boolean {
	const temporary = `${prefix}${name}`;
	host.unlinkat(directory, temporary, 0);
	must(host, "symlinkat", to, directory, temporary);
	moveToPlace(host, directory, temporary, name);
	return host.readlinkat(directory, name) === to;
}

/** In one step, once it is complete: whoever looks finds the old or the new. What cannot have the name goes. */
function moveToPlace(host: Host, directory: number, temporary: string, name: string, complete?: () => void): void {
	try {
		complete?.();
		must(host, "renameat2", directory, temporary, directory, name, 0);
	} catch (error) {
		host.unlinkat(directory, temporary, 0);
		throw error;
	}
}

/** Writes all of the text, or throws. */
export function writeWhole(host: Host, fd: number, text: string): void {
	if (text !== "" && (must(host, "write", fd, text) as number) !== byteLength(text)) {
		throw new SyscallError("write", errno.ENOSPC);
	}
}

/** What is being made, or was left by a run that died. */
export function isTemporary(name: string): boolean {
	return name.startsWith(prefix);
}
