import { must } from "../sys/act.ts";
import { AT, LOCK, O, RESOLVE, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { namesOf } from "../sys/glob.ts";
import type { Errno, Host } from "../sys/native.ts";
import { SyscallError, withDescriptor } from "../sys/observe.ts";
import type { Owner } from "./owner.ts";

/** What is being made has such a name until it is complete. Its maker holds a lock on it: what nobody has locked was left by a run that died. */
const prefix = ".abdicate-new-";
const mostAttempts = 8;
const deepest = 128;

export interface Wanted extends Owner {
	readonly mode: number;
}

/** A new entry under its private name, open and locked. */
export interface Temporary {
	readonly name: string;
	readonly fd: number;
}

/** For what holds no lock, one for each name. */
export function privateName(name: string): string {
	return `${prefix}${name}`;
}

/** Tries names until one is free. `make` gives an open descriptor, or an errno. */
export function makeTemporary(host: Host, directory: number, call: string, make: (name: string) => number | Errno): Temporary {
	for (let attempt = 0; ; attempt++) {
		const name = privateName(`${host.getpid()}-${Math.floor(host.clock())}-${attempt}`);
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
	const [held, found] = [host.fstat(fd), host.statat(directory, name, AT.SYMLINK_NOFOLLOW)];
	return typeof held !== "number" && typeof found !== "number" && held.ino === found.ino && held.dev === found.dev;
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

/**
 * Makes a file complete under a private name, then gives it its own. Mode and owner are final before the first byte is in it.
 * Throws SyscallError; nothing is left behind then.
 */
export function placeFile(host: Host, directory: number, name: string, wanted: Wanted, fill: (fd: number) => void): void {
	const temporary = makeTemporary(host, directory, "open", (each) =>
		host.open(directory, each, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, wanted.mode & 0o600, 0),
	);
	withDescriptor(host, temporary.fd, (fd) => {
		try {
			setModeAndOwner(host, fd, wanted);
			fill(fd);
			must(host, "fsync", fd);
			must(host, "renameat2", directory, temporary.name, directory, name, 0);
		} catch (error) {
			host.unlinkat(directory, temporary.name, 0);
			throw error;
		}
	});
}

/** Writes all of the text, or throws. */
export function writeWhole(host: Host, fd: number, text: string): void {
	if (text !== "" && (must(host, "write", fd, text) as number) !== byteLength(text)) {
		throw new SyscallError("write", errno.ENOSPC);
	}
}

/** Bytes of the text as it crosses the border: UTF-8, with U+DC80..U+DCFF alone for a single byte. */
export function byteLength(text: string): number {
	let bytes = 0;
	for (const character of text) {
		const code = character.codePointAt(0) as number;
		if (code < 0x80 || (code >= 0xdc80 && code <= 0xdcff)) {
			bytes += 1;
		} else if (code < 0x800) {
			bytes += 2;
		} else {
			bytes += code < 0x10000 ? 3 : 4;
		}
	}
	return bytes;
}

/** Removes what runs that died have left in the directory. What cannot be removed is left. */
export function removeAbandoned(host: Host, directory: number): void {
	const names = namesOf(host, host.open(directory, ".", O.RDONLY | O.DIRECTORY, 0, 0));
	for (const name of names.filter(isTemporary)) {
		const fd = host.open(directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK, 0, 0);
		if (fd >= 0) {
			withDescriptor(host, fd, () => {
				if (host.flock(fd, LOCK.EX | LOCK.NB) === 0) {
					removeTree(host, directory, name);
				}
			});
		}
	}
}

/** Removes an entry and all below it, by descriptor and without following a link. What is refused stays. */
export function removeTree(host: Host, directory: number, name: string, depth = 0): void {
	if (host.unlinkat(directory, name, 0) >= 0 || depth === deepest) {
		return;
	}
	const fd = host.open(directory, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0, RESOLVE.NO_XDEV);
	if (fd < 0) {
		return;
	}
	withDescriptor(host, fd, () => {
		const names = host.readDirectory(fd);
		for (const each of typeof names === "number" ? [] : names) {
			removeTree(host, fd, each, depth + 1);
		}
	});
	host.unlinkat(directory, name, AT.REMOVEDIR);
}

export function isTemporary(name: string): boolean {
	return name.startsWith(prefix);
}
