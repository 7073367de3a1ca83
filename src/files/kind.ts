import type { Problem } from "../report/problem.ts";
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

/** Of what was to be read as a file, as the rest of a sentence that begins with its path. */
export function notRegular(stat: Stat): Problem {
	return isDirectory(stat)
		? {
				message: "is a directory and not a file",
				remedy: [
					"docker run --volume FILE:PATH makes a directory of a FILE that is not there on the host: put the file there, and remove the directory | kubernetes: volumeMounts.subPath: KEY mounts one file of a ConfigMap or Secret, which are directories",
					"or name a file in it",
				],
			}
		: { message: "is not a regular file" };
}
