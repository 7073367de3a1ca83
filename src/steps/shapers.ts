import { readAccounts } from "../identity/account-files.ts";
import type { Identity } from "../identity/identity.ts";
import { quoted } from "../report/text.ts";
import { AT, O, S } from "../sys/constants.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { UntrustedLink, walkTrusted } from "../sys/paths.ts";
import type { ChildIdentity } from "./child-identity.ts";
import { mayWrite } from "./usable.ts";

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

interface Place {
	readonly stat: Stat;
	readonly path: string;
}

/**
 * Who else than root decides what is found at a path, in words; `undefined` when nobody does. Every directory on the way counts, with
 * the entry itself. The sticky bit keeps others from exchanging what is in a directory; it lets them add to it, so it does not count
 * for the last directory, unless `mayBeAddedTo`.
 */
export function shaperOf(reads: Reads, path: string, child: ChildPower, { mayBeAddedTo = false } = {}): string | undefined {
	const way: Place[] = [];
	try {
		const fd = walkTrusted(reads, path, O.PATH, { visit: (stat, each) => way.push({ stat, path: each }) });
		if (fd >= 0) {
			reads.close(fd);
		} else if (fd !== -errno.ENOENT) {
			return `${quoted(path)} cannot be looked at: ${errnoName(fd)}`;
		}
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return error.message;
		}
		throw error;
	}
	const last = mayBeAddedTo ? -1 : way.findLastIndex(({ stat }) => isDirectory(stat));
	for (const [index, place] of way.entries()) {
		const found = writerOf(reads, place.stat, child, index === last);
		if (found !== undefined) {
			return `${found} can write to ${quoted(place.path)}`;
		}
	}
	return undefined;
}

/** As `shaperOf` for an entry of a directory whose way is known to be root's: only a link leads to another. */
export function entryShaper(
	reads: Reads,
	directory: number,
	{ name, path }: { readonly name: string; readonly path: string },
	child: ChildPower,
) {
	const stat = reads.statat(directory, name, AT.SYMLINK_NOFOLLOW);
	if (typeof stat === "number" || (stat.mode & S.IFMT) === S.IFLNK) {
		return shaperOf(reads, path, child);
	}
	const writer = writerOf(reads, stat, child, true);
	return writer === undefined ? undefined : `${writer} can write to ${quoted(path)}`;
}

function isDirectory({ mode }: Stat): boolean {
	return (mode & S.IFMT) === S.IFDIR;
}

/** How the kernel shows an owner that has no number here. user_namespaces(7) */
const unmappedUid = 65_534;

/** By the permission bits and the account files. An owner can give itself the permission. */
function writerOf(reads: Reads, stat: Stat, child: ChildPower, isAddedTo: boolean): string | undefined {
	const mode = isAddedTo ? stat.mode & ~S.ISVTX : stat.mode;
	if (mayWrite({ ...stat, mode }, child.target)) {
		return "the workload";
	}
	if (!isHarmless(stat.uid, child)) {
		return `uid ${stat.uid}${stat.uid === unmappedUid ? " (or an owner that this user namespace does not map)" : ""}`;
	}
	const isGuarded = isDirectory(stat) && (mode & S.ISVTX) !== 0;
	if (isGuarded || (mode & 0o022) === 0) {
		return undefined;
	}
	return (mode & 0o002) !== 0 ? "everybody" : outsiderIn(reads, stat.gid, child);
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
