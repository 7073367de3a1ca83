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

/**
 * Whether what may not be changed does as it is: the user may do what the wanted mode gives an owner, and nobody may do more than
 * was wanted. Without the sticky bit, whoever may write to a directory may remove what belongs to others.
 */
export function isMetAsItIs(stat: Stat, wanted: number, { uid, gid }: Owner, target: Viewer): boolean {
	const has = stat.mode & 0o7777;
	const isForUser = uid === target.uid || (uid === undefined && gid === undefined);
	const isOpener = (wanted & ~has & S.ISVTX) !== 0 && (has & othersMayWrite) !== 0;
	return isForUser && allows(stat, target, (wanted >> 6) & 7) && (has & ~S.ISVTX & ~wanted) === 0 && !isOpener;
}

/** Whether an errno says that a change is not allowed here, or unknown to the file system, rather than that it went wrong. */
export function isRefusal(error: unknown): error is SyscallError {
	return error instanceof SyscallError && error.is("EPERM", "EACCES", "EOPNOTSUPP", "ENOSYS");
}
