import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { O } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host, Reads, Stat } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { accessList } from "./acl.ts";
import { isDirectory, isLink } from "./kind.ts";
import { mustOpenTrustedEntry } from "./open.ts";
import { octal } from "./permissions.ts";

/**
 * A directory with a default ACL hands it on to all that is made in it, as an access ACL and, to directories, as a default one. The group
 * bits of the mode are then the mask of that list: chmod(2) wakes entries for users who were never meant. acl(5)
 */
export const defaultList = "system.posix_acl_default";
const group = 0o070;

export interface Wanted {
	readonly mode: number;
	/** `undefined` for this process's own. */
	readonly uid: number | undefined;
	readonly gid: number | undefined;
}

/** Whether others than the mode says have access: where its group bits are empty, no entry of a list gives anything. */
export function hasAccessList(reads: Reads, fd: number, stat: Pick<Stat, "mode">): boolean {
	return !isLink(stat) && (stat.mode & group) !== 0 && typeof reads.getxattr(fd, accessList) === "string";
}

/** As `hasAccessList`, of a path that is looked at quietly. */
export function hasAccessListAt(reads: Reads, path: string): boolean {
	try {
		return withDescriptor(reads, mustOpenTrustedEntry(reads, path, O.PATH), (fd) =>
			hasAccessList(reads, fd, mustRead("fstat", reads.fstat(fd))),
		);
	} catch {
		return false;
	}
}

/** Whether what is made in a directory gets a list; where that cannot be asked it may. */
export function handsOnLists(reads: Reads, directory: number): boolean {
	const list = reads.getxattr(directory, defaultList);
	return typeof list === "string" || list === -errno.ENOSYS;
}

/** Before a mode is set that could wake it. */
export function removeAccessList(host: Host, fd: number): void {
	remove(host, fd, accessList);
}

/** From something just made, which the directory above has handed them on to. */
export function removeLists(host: Host, fd: number, stat: Pick<Stat, "mode">): void {
	remove(host, fd, accessList);
	if (isDirectory(stat)) {
		remove(host, fd, defaultList);
	}
}

/** One that the kernel says is gone may be there still. */
function remove(host: Host, fd: number, list: string): void {
	if (typeof host.getxattr(fd, list) !== "string") {
		return;
	}
	must(host, "removexattr", fd, list);
	if (typeof host.getxattr(fd, list) === "string") {
		throw new SyscallError("removexattr", errno.EOPNOTSUPP, "the file system keeps the access control list");
	}
}

/**
 * What was made, looked at once: a file system that keeps no owners or modes answers as if it did. Only what is for one owner alone has to
 * be so.
 */
export function requirePrivate(now: Stat, { mode, uid, gid }: Wanted, path: string): void {
	const isWider = (now.mode & 0o7777 & ~mode) !== 0;
	const isOfOthers = (uid !== undefined && uid !== now.uid) || (gid !== undefined && gid !== now.gid);
	if (isWider || isOfOthers) {
		failBecame(path, { mode, uid, gid }, now);
	}
}

export function failBecame(path: string, wanted: Wanted, now: Stat): never {
	fail("STEP_FAILED", `${quoted(path)}: ${became(wanted, now)}`, {
		remedy: ["choose a place on a file system that keeps modes and owners: a tmpfs, say"],
	});
}

/** `the file system made mode 0400, owner 1000:1000, into mode 0777, owner 0:0` */
export function became({ mode, uid, gid }: Wanted, now: Stat): string {
	const wanted = { mode, uid: uid ?? now.uid, gid: gid ?? now.gid };
	return `the file system made ${modeAndOwner(wanted)}, into ${modeAndOwner(now)}`;
}

export function modeAndOwner({ mode, uid, gid }: Pick<Stat, "mode" | "uid" | "gid">): string {
	return `mode ${octal(mode & 0o7777)}, owner ${uid}:${gid}`;
}
