import { type Acl, type AclEntry, writersAcl } from "../../files/acl.ts";
import { isDirectory, isLink } from "../../files/kind.ts";
import { type MountFacts, whyNotVouchedFor } from "../../files/mount-facts.ts";
import { isOfRoot, isOfRootAlone } from "../../files/open.ts";
import { mayChange, othersMayWrite } from "../../files/permissions.ts";
import { doubtAbout, type Place } from "../../files/trust.ts";
import { UntrustedLink, type WalkPolicy, walk } from "../../files/walk.ts";
import { readAccounts } from "../../identity/account-files.ts";
import type { Identity } from "../../identity/identity.ts";
import { quoted } from "../../report/text.ts";
import { AT, OVERFLOW_ID, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Errno, Reads, Stat } from "../../sys/native.ts";
import { PROC_SUPER_MAGIC } from "../../sys/proc.ts";
import type { ChildIdentity } from "../common/child-identity.ts";

/** What a program of a step runs with, and for which workload. */
export interface ChildPower {
	readonly identity: ChildIdentity;
	readonly capabilities: readonly string[];
	readonly target: Pick<Identity, "uid" | "groups">;
}

/** Whether it has anything that the workload has not. From a workload that is root nothing could be kept. */
export function hasMore({ identity, capabilities, target }: ChildPower): boolean {
	const isTarget = identity.uid === target.uid && identity.groups.every((each) => target.groups.includes(each));
	return target.uid !== 0 && (!isTarget || capabilities.length > 0);
}

/**
 * Who else than root decides what is found at a path, in words; `undefined` when nobody does. Every directory on the way counts, with
 * the entry itself. The sticky bit keeps others from exchanging what is in a directory; it lets them add to it, so it does not count
 * for the last directory, unless `mayBeAddedTo`.
 */
export function shaperOf(reads: Reads, path: string, child: ChildPower, { mayBeAddedTo = false } = {}): string | undefined {
	const way: Seen[] = [];
	const visit = (place: Place): undefined => {
		if (!isLink(place.stat)) {
			way.push({ ...place, acl: writersAcl(reads, place.fd, place.stat) });
		}
	};
	let served: string | undefined;
	const mayEnter = (mount: MountFacts, _: boolean, at: string): Errno | undefined => {
		if (isProc(mount.type)) {
			served = `${quoted(at)} is /proc, where a path leads every process elsewhere`;
		} else if (!mount.isVouchedFor) {
			served = `${quoted(at)} ${whyNotVouchedFor(mount)}`;
		}
		return served === undefined ? undefined : -errno.EACCES;
	};
	const mayFollow: WalkPolicy["mayFollow"] = (link, directory, isFixed) =>
		isKept(directory) ? isOfRoot(link, directory, isFixed) : isOfRootAlone(link, directory, isFixed);
	try {
		const found = walk(reads, path, { mayFollow, mayEnter, visit }, () => 0);
		if (served !== undefined) {
			return served;
		}
		if (found < 0 && found !== -errno.ENOENT) {
			return `${quoted(path)} cannot be looked at: ${errnoText("open", found).message}`;
		}
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return error.message;
		}
		throw error;
	}
	const last = mayBeAddedTo ? -1 : way.findLastIndex(({ stat }) => isDirectory(stat));
	for (const [index, place] of way.entries()) {
		const found = isKept(place) ? undefined : writerOf(reads, place, child, index === last);
		if (found !== undefined) {
			return `${found} can write to ${quoted(place.path)}`;
		}
	}
	return undefined;
}

/** Whether a path leads through /proc, where it is another one for the program than for us. */
export function leadsThroughProc(reads: Reads, path: string): boolean {
	let isThere = false;
	const mayEnter = ({ type, isServed }: MountFacts): Errno | undefined => {
		isThere ||= isProc(type);
		return isThere || isServed ? -errno.EACCES : undefined;
	};
	walk(reads, path, { mayFollow: () => true, mayEnter }, () => 0);
	return isThere;
}

/** By the name of the type, or statfs(2)'s number. */
function isProc(type: string): boolean {
	return type === "proc" || type === `0x${PROC_SUPER_MAGIC.toString(16)}`;
}

/** Root's, and not writable from this container whatever its mode says: as Kubernetes mounts a ConfigMap, whose directory everybody may write to. */
function isKept(place: Place): boolean {
	return place.mount.isReadOnly && place.stat.uid === 0 && doubtAbout(place) !== "server" && !place.mount.isWritableElsewhere();
}

/** As `shaperOf` for an entry of a directory whose way is known to be root's: only a link leads to another, and only few have a list. */
export function entryShaper(
	reads: Reads,
	directory: number,
	{ name, path }: { readonly name: string; readonly path: string },
	child: ChildPower,
): string | undefined {
	const stat = reads.statat(directory, name, AT.SYMLINK_NOFOLLOW);
	if (typeof stat === "number" || isLink(stat) || (stat.mode & S.IWGRP) !== 0) {
		return shaperOf(reads, path, child);
	}
	const writer = writerOf(reads, { stat, acl: "none" }, child, true);
	return writer === undefined ? undefined : `${writer} can write to ${quoted(path)}`;
}

interface Seen extends Place {
	/** Looked for only where the mode's group bits, the most that it can give, allow writing. */
	readonly acl: Acl;
}

/** By the permission bits, the access control list and the account files. An owner can give itself the permission. */
function writerOf(reads: Reads, { stat, acl }: Pick<Seen, "stat" | "acl">, child: ChildPower, isAddedTo: boolean): string | undefined {
	const mode = isAddedTo ? stat.mode & ~S.ISVTX : stat.mode;
	if (mayChange({ ...stat, mode }, acl, child.target)) {
		return "the workload";
	}
	if (!isHarmless(stat.uid, child)) {
		return `uid ${stat.uid}${stat.uid === OVERFLOW_ID ? " (or an owner that this user namespace does not map)" : ""}`;
	}
	const isGuarded = isDirectory(stat) && (mode & S.ISVTX) !== 0;
	if (isGuarded || (mode & othersMayWrite) === 0) {
		return undefined;
	}
	return (mode & 0o002) !== 0 ? "everybody" : outsiderBy(reads, stat, acl, child);
}

/** Whoever the list names may be anybody; without one it is those of the group. */
function outsiderBy(reads: Reads, { gid }: Stat, acl: Acl, child: ChildPower): string | undefined {
	if (acl === "unknown") {
		return "an access control list that cannot be read";
	}
	const named = acl === "none" ? undefined : acl.find(({ tag, id, bits }) => (bits & 2) !== 0 && isNamed(tag, id, child));
	return named === undefined ? outsiderIn(reads, gid, child) : `${named.tag} ${named.id}, by its access control list,`;
}

function isNamed(tag: AclEntry["tag"], id: number, child: ChildPower): boolean {
	return tag === "group" || (tag === "user" && !isHarmless(id, child));
}

/** Root decides everything, and what a program may do without capabilities its own user may do as well. */
function isHarmless(uid: number, { identity, capabilities }: ChildPower): boolean {
	return uid === 0 || (capabilities.length === 0 && uid === identity.uid);
}

/**
 * A group that has nobody in it opens nothing, such as Debian's staff. Accounts whose own group is root's count for nothing: they are
 * the names of old that Alpine and Fedora have, such as `halt`.
 */
function outsiderIn(reads: Reads, gid: number, child: ChildPower): string | undefined {
	const accounts = readAccounts(reads);
	const names = [...accounts.membersOf(gid), ...(gid === 0 ? [] : accounts.usersInGroup(gid))];
	const outsider = names.find((name) => {
		const uid = accounts.userByName(name)?.uid;
		return uid === undefined || !isHarmless(uid, child);
	});
	return outsider === undefined ? undefined : `${quoted(outsider)}, of group ${gid},`;
}
