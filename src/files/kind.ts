import { S } from "../sys/constants.ts";
import type { Stat } from "../sys/native.ts";

type Typed = Pick<Stat, "mode">;

/** One of S_IFREG and its like. inode(7) */
export function typeOf({ mode }: Typed): number {
	return mode & S.IFMT;
}

export function isRegular(stat: Typed): boolean {
	return typeOf(stat) === S.IFREG;
}

export function isDirectory(stat: Typed): boolean {
	return typeOf(stat) === S.IFDIR;
}

export function isLink(stat: Typed): boolean {
	return typeOf(stat) === S.IFLNK;
}

/** A character or a block device. */
export function isDevice(stat: Typed): boolean {
	return [S.IFCHR, S.IFBLK].includes(typeOf(stat) as never);
}
