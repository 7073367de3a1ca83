import { must } from "../sys/act.ts";
import { AT, LOCK, O } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Errno, Host, Reads, Stat } from "../sys/native.ts";
import { SyscallError, withDescriptor } from "../sys/observe.ts";
import { removeLists } from "./exact-mode.ts";
import { namesOf } from "./glob.ts";
import { isDirectory, isRegular } from "./kind.ts";
import { isNamed, isTemporary, makeTemporary } from "./place.ts";
import { openDirectoryHere } from "./same-mount.ts";

/**
 * A stage is a directory for this program alone, in one that may be the workload's. Its name says nothing: whoever owns the directory
 * above can give that name to an older directory of root's. A stage is what is open, is ours, open to nobody else, and either empty or
 * marked by us from within. What is in it is never moved out as a whole, so that nothing which stays is ever marked.
 */
export const mark = ".abdicate-new-stage";
const deepest = 128;

/** A new directory that nobody else can enter, open; nothing that the directory above hands on is on it. */
export function makeDirectory(host: Host, directory: number, name: string): number | Errno {
	const made = host.mkdirat(directory, name, 0o700);
	return made < 0 ? made : openNew(host, directory, name);
}

/** EEXIST when what stands under the name by now is not as it was made. */
function openNew(host: Host, directory: number, name: string): number | Errno {
	const fd = host.open(directory, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0, 0);
	if (fd < 0) {
		return fd;
	}
	const stat = host.fstat(fd);
	if (typeof stat === "number" || !isEmpty(host, fd) || !(isOursAlone(host, stat) || hasOwnersOfItsOwn(host, fd))) {
		host.close(fd);
		return -errno.EEXIST;
	}
	try {
		removeLists(host, fd, stat);
		if (isOursAlone(host, stat) && (stat.mode & 0o700) !== 0o700) {
			// A default list may have taken away what is our own.
			must(host, "fchmod", fd, 0o700);
		}
	} catch (error) {
		host.close(fd);
		throw error;
	}
	return fd;
}

function isOursAlone(reads: Reads, stat: Stat): boolean {
	return isDirectory(stat) && stat.uid === reads.getresuid()[1] && (stat.mode & 0o077) === 0;
}

/** SMB, NFS, FUSE, 9p, FAT and NTFS may give everything one owner and one mode, whoever has made it. statfs(2) */
const withOwnersOfTheirOwn: readonly number[] = [
	0x517b, 0xff534d42, 0xfe534d42, 0x6969, 0x65735546, 0x01021997, 0x4d44, 0x2011bab0, 0x7366746e,
];

function hasOwnersOfItsOwn(reads: Reads, fd: number): boolean {
	const found = reads.fstatfs(fd);
	return typeof found !== "number" && withOwnersOfTheirOwn.includes(found[0]);
}

/** Whether an open directory is a stage that a run has left, or is at work in. */
export function isStage(reads: Reads, fd: number): boolean {
	const stat = reads.fstat(fd);
	if (typeof stat === "number" || stat.uid !== reads.getresuid()[1] || !(isOursAlone(reads, stat) || hasOwnersOfItsOwn(reads, fd))) {
		return false;
	}
	// Another container may mark it between the two looks, and be done with it between the next two.
	return Array.from({ length: 3 }).some(() => isMarked(reads, fd, stat) || isEmpty(reads, fd));
}

function isMarked(reads: Reads, stage: number, { uid }: Stat): boolean {
	const found = reads.statat(stage, mark, AT.SYMLINK_NOFOLLOW);
	return typeof found !== "number" && isDirectory(found) && found.uid === uid;
}

/** By a directory, which every file system has. */
export function markStage(host: Host, stage: number): void {
	const made = host.mkdirat(stage, mark, 0o700);
	if (made < 0 && made !== -errno.EEXIST) {
		throw new SyscallError("mkdirat", made);
	}
}

/** A stage for one directory, without waiting: what two containers make there is whole in any case. */
export function withTemporaryStage<T>(host: Host, directory: number, use: (stage: number) => T): T {
	const { name, fd } = makeTemporary(host, directory, "mkdirat", (each) => makeDirectory(host, directory, each));
	return withDescriptor(host, fd, () => {
		try {
			markStage(host, fd);
			return use(fd);
		} finally {
			removeStage(host, directory, name, fd);
		}
	});
}

/** By what is open; of the name only an empty directory is taken away. */
export function removeStage(host: Host, directory: number, name: string, stage: number): void {
	clearStage(host, stage);
	if (namesIn(host, stage).every((each) => each === mark)) {
		// Last: what could not be removed now stays known for what it is.
		host.unlinkat(stage, mark, AT.REMOVEDIR);
		host.unlinkat(directory, name, AT.REMOVEDIR);
	}
}

/** All but the mark. */
export function clearStage(host: Host, stage: number): void {
	for (const name of namesIn(host, stage)) {
		if (name !== mark) {
			removeTree(host, stage, name);
		}
	}
}

/** Removes what runs that died have left in the directory. What cannot be removed, or is not known to be theirs, is left. */
export function removeAbandoned(host: Host, directory: number): void {
	for (const name of namesIn(host, directory).filter(isTemporary)) {
		const stat = host.statat(directory, name, AT.SYMLINK_NOFOLLOW);
		if (typeof stat !== "number" && (isRegular(stat) || isDirectory(stat))) {
			const fd = host.open(directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0, 0);
			if (fd >= 0) {
				withDescriptor(host, fd, () => removeUnlocked(host, directory, name, fd));
			}
		}
	}
}

function removeUnlocked(host: Host, directory: number, name: string, fd: number): void {
	const stat = host.fstat(fd);
	if (typeof stat === "number" || host.flock(fd, LOCK.EX | LOCK.NB) !== 0) {
		return;
	}
	if (isRegular(stat)) {
		host.unlinkat(directory, name, 0);
	} else if (isDirectory(stat) && isStage(host, fd) && isNamed(host, directory, name, fd)) {
		removeStage(host, directory, name, fd);
	}
}

/** Removes an entry of a stage and all below it, by descriptor and without following a link. What is refused stays. */
function removeTree(host: Host, directory: number, name: string, depth = 0): void {
	if (host.unlinkat(directory, name, 0) >= 0 || depth === deepest) {
		return;
	}
	const fd = openDirectoryHere(host, directory, name);
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

function isEmpty(reads: Reads, directory: number): boolean {
	const fd = reads.openRead(directory, ".", O.RDONLY | O.DIRECTORY, 0);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return typeof names !== "number" && names.length === 0;
}

/** Opened anew, because reading goes on where it has stopped before. */
function namesIn(reads: Reads, directory: number): readonly string[] {
	return namesOf(reads, reads.openRead(directory, ".", O.RDONLY | O.DIRECTORY, 0));
}
