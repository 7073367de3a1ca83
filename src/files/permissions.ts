import { S } from "../sys/constants.ts";
import type { Stat } from "../sys/native.ts";
import type { Acl, AclEntry } from "./acl.ts";
import { isDirectory } from "./kind.ts";

/** Permission bits as they are written: 0755. */
export function octal(bits: number): string {
	return bits.toString(8).padStart(4, "0");
}

/** On whose behalf something is looked at. */
export interface Viewer {
	readonly uid: number;
	readonly groups: readonly number[];
}

/** Who sees only what everybody does. */
export const anybody: Viewer = { uid: -1, groups: [] };

/** What of an identity decides what it may see. */
export function viewerOf({ uid, groups }: Viewer): Viewer {
	return { uid, groups };
}

type Owned = Pick<Stat, "mode" | "uid" | "gid">;

/** What an identity without capabilities may do: 4 read, 2 write, 1 execute or search; of an unknown list only what the mode shows. path_resolution(7), acl(5) */
export function bitsFor(stat: Owned, acl: Acl, viewer: Viewer): number {
	if (stat.uid === viewer.uid) {
		return (stat.mode >> 6) & 7;
	}
	return typeof acl === "string" ? bitsByMode(stat, viewer) : bitsByAcl(stat, acl, viewer);
}

function bitsByMode({ gid, mode }: Owned, { groups }: Viewer): number {
	return (groups.includes(gid) ? mode >> 3 : mode) & 7;
}

/** The bits by which a group or everybody may write. */
export const othersMayWrite = 0o022;

/** Whether anybody at all may execute it. */
export function isExecutable({ mode }: Pick<Stat, "mode">): boolean {
	return (mode & 0o111) !== 0;
}

/** Whether the mode alone allows it all of these bits. path_resolution(7) */
export function allows(stat: Owned, viewer: Viewer, bits: number): boolean {
	return (bitsFor(stat, "none", viewer) & bits) === bits;
}

/** The first kind of entry that is about the viewer decides; of several groups each grants what it grants. */
function bitsByAcl({ gid }: Owned, acl: readonly AclEntry[], { uid, groups }: Viewer): number {
	const mask = acl.find(({ tag }) => tag === "mask")?.bits ?? 7;
	const own = acl.find(({ tag, id }) => tag === "user" && id === uid);
	if (own !== undefined) {
		return own.bits & mask;
	}
	const ofGroups = acl.filter(
		({ tag, id }) => (tag === "group of the file" && groups.includes(gid)) || (tag === "group" && groups.includes(id)),
	);
	return ofGroups.length > 0
		? ofGroups.reduce((sum, { bits }) => sum | (bits & mask), 0)
		: (acl.find(({ tag }) => tag === "other")?.bits ?? 0);
}

/** Whether it could change the content: a directory's, unless each entry there is its owner's alone. */
export function mayChange(stat: Owned, acl: Acl, viewer: Viewer): boolean {
	const isGuarded = isDirectory(stat) && (stat.mode & S.ISVTX) !== 0;
	// The mode's group bits are the most that a list gives to anybody it names.
	const mayBeNamed = acl === "unknown" && (stat.mode & S.IWGRP) !== 0;
	// An owner can give itself the permission.
	return stat.uid === viewer.uid || (!isGuarded && (mayBeNamed || (bitsFor(stat, acl, viewer) & 2) !== 0));
}

/** Whether a change lets the viewer do something of these bits that it could not. An owner can give itself all. */
export function opens(before: Owned, acl: Acl, after: Owned, viewer: Viewer, bits: number): boolean {
	const bitsOf = (stat: Owned, list: Acl) => (stat.uid === viewer.uid ? 7 : bitsFor(stat, list, viewer));
	return viewer.uid !== 0 && (bitsOf(after, "none") & ~bitsOf(before, acl) & bits) !== 0;
}
