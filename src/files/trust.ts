import { S } from "../sys/constants.ts";
import type { Stat } from "../sys/native.ts";
import { isDirectory, isLink } from "./kind.ts";
import type { MountFacts } from "./mount-facts.ts";
import { othersMayWrite } from "./permissions.ts";

/** Something that was opened on the way, by an O_PATH descriptor. */
export interface Place {
	readonly fd: number;
	readonly path: string;
	readonly stat: Stat;
	readonly mount: MountFacts;
	/** Something is mounted exactly here. */
	readonly isMountPoint: boolean;
}

/** Whether two looks saw the same thing, whatever its name. */
export function isSame(one: Pick<Stat, "ino" | "dev">, other: Pick<Stat, "ino" | "dev">): boolean {
	return one.ino === other.ino && one.dev === other.dev;
}

/** Why somebody else than root could have made a place what it is; `undefined` when nobody could. The mode shows an ACL's mask. acl(5) */
export type Doubt = "server" | "owner" | "mode";

export function doubtAbout({ stat, mount }: Pick<Place, "stat" | "mount">): Doubt | undefined {
	if (!mount.isVouchedFor) {
		return "server";
	}
	if (stat.uid !== 0) {
		return "owner";
	}
	return !isLink(stat) && (stat.mode & othersMayWrite) !== 0 ? "mode" : undefined;
}

/**
 * Whether what is named in a directory is there because root put it there. Besides one that is root's alone, two of root's that others
 * may write to by their modes do, for what is root's itself and has no second name that could lie here by a link(2):
 * with the sticky bit, where nobody takes away or exchanges what is another's; and on a mount that is read-only here, as Kubernetes
 * mounts what it keeps in ConfigMaps and Secrets.
 */
export function isPutByRoot(directory: Place, entry: Place): boolean {
	const doubt = doubtAbout(directory);
	if (doubt !== "mode") {
		return doubt === undefined;
	}
	const isHeld = (directory.stat.mode & S.ISVTX) !== 0 || directory.mount.isReadOnly;
	const isOfRoot = entry.stat.uid === 0 && entry.mount.isVouchedFor;
	return isHeld && isOfRoot && (isDirectory(entry.stat) || entry.stat.nlink === 1);
}
