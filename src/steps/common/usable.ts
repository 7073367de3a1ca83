import type { Identity } from "../../identity/identity.ts";
import { S } from "../../sys/constants.ts";
import type { Stat } from "../../sys/native.ts";
import { SyscallError } from "../../sys/observe.ts";
import type { Owner } from "./owner.ts";

/** Whether an identity without capabilities may read, write and, for directories, enter: by the permission bits. path_resolution(7) */
export function mayUse({ uid, gid, mode }: Stat, identity: Pick<Identity, "uid" | "groups">): boolean {
	const wanted = (mode & S.IFMT) === S.IFDIR ? 7 : 6;
	return (bitsFor({ uid, gid, mode }, identity) & wanted) === wanted;
}

/** Whether it could change the content: a directory's, unless each entry there is its owner's alone. */
export function mayWrite({ uid, gid, mode }: Stat, identity: Pick<Identity, "uid" | "groups">): boolean {
	const isGuarded = (mode & S.IFMT) === S.IFDIR && (mode & S.ISVTX) !== 0;
	// An owner can give itself the permission.
	return uid === identity.uid || (!isGuarded && (bitsFor({ uid, gid, mode }, identity) & 2) !== 0);
}

/** Whether the permission bits allow an identity all of these: 4 reading, 2 writing, 1 executing. */
function grants(stat: Pick<Stat, "uid" | "gid" | "mode">, identity: Pick<Identity, "uid" | "groups">, bits: number): boolean {
	return (bitsFor(stat, identity) & bits & 7) === (bits & 7);
}

/**
 * Whether what may not be changed does as it is: the user may do what the wanted mode gives an owner, and nobody may do more than
 * was wanted. Without the sticky bit, whoever may write to a directory may remove what belongs to others.
 */
export function isMetAsItIs(stat: Stat, wanted: number, { uid, gid }: Owner, target: Pick<Identity, "uid" | "groups">): boolean {
	const has = stat.mode & 0o7777;
	const isForUser = uid === target.uid || (uid === undefined && gid === undefined);
	const isOpener = (wanted & ~has & S.ISVTX) !== 0 && (has & 0o022) !== 0;
	return isForUser && grants(stat, target, wanted >> 6) && (has & ~S.ISVTX & ~wanted) === 0 && !isOpener;
}

/** Whether an errno says that a change is not allowed here, or unknown to the file system, rather than that it went wrong. */
export function isRefusal(error: unknown): error is SyscallError {
	return error instanceof SyscallError && error.is("EPERM", "EACCES", "EOPNOTSUPP", "ENOSYS");
}

function bitsFor({ uid, gid, mode }: Pick<Stat, "uid" | "gid" | "mode">, identity: Pick<Identity, "uid" | "groups">): number {
	if (uid === identity.uid) {
		return mode >> 6;
	}
	return identity.groups.some((each) => each === gid) ? mode >> 3 : mode;
}
