import { isDirectory } from "../../files/kind.ts";
import { allows, othersMayWrite, type Viewer } from "../../files/permissions.ts";
import { S } from "../../sys/constants.ts";
import type { Stat } from "../../sys/native.ts";
import { SyscallError } from "../../sys/observe.ts";
import type { Owner } from "./owner.ts";

/** Whether an identity without capabilities may read, write and, for directories, enter: by the permission bits. */
export function mayUse(stat: Stat, identity: Viewer): boolean {
	return allows(stat, identity, isDirectory(stat) ? 7 : 6);
}

/** The same without writing, which nobody may do to what is mounted read-only. */
export function mayRead(stat: Stat, identity: Viewer): boolean {
	return allows(stat, identity, isDirectory(stat) ? 5 : 4);
}

/**
 * Whether what may not be changed does as it is: the user may do what the wanted mode gives an owner, and nobody may do more than
 * was wanted. Without the sticky bit, whoever may write to a directory may remove what belongs to others. Where all is read-only, who may
 * write does not count.
 */
export function isMetAsItIs(stat: Stat, wanted: number, owner: Owner, target: Viewer, isReadOnly = false): boolean {
	const possible = isReadOnly ? ~everybodyWrites : ~0;
	return maySuffice(stat, wanted & possible, owner, target) && isNoWider(stat, wanted, isReadOnly);
}

/** Whether nobody may do more than was wanted. */
export function isNoWider(stat: Stat, wanted: number, isReadOnly: boolean): boolean {
	const has = stat.mode & 0o7777 & (isReadOnly ? ~everybodyWrites : ~0);
	const isOpener = (wanted & ~has & S.ISVTX) !== 0 && (has & othersMayWrite) !== 0;
	return (has & ~S.ISVTX & ~wanted) === 0 && !isOpener;
}

/** Whether the user may do what the wanted mode gives an owner, where that was to be the user. */
export function maySuffice(stat: Stat, wanted: number, { uid, gid }: Owner, target: Viewer): boolean {
	const isForUser = uid === target.uid || (uid === undefined && gid === undefined);
	return isForUser && allows(stat, target, (wanted >> 6) & 7);
}

const everybodyWrites = 0o222;

/** Whether an errno says that a change is not allowed here, or unknown to the file system, rather than that it went wrong. */
export function isRefusal(error: unknown): error is SyscallError {
	return error instanceof SyscallError && error.is("EPERM", "EACCES", "EOPNOTSUPP", "ENOSYS");
}
