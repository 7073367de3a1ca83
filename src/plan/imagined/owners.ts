import { namesOf } from "../../files/glob.ts";
import { AT, O, S } from "../../sys/constants.ts";
import type { Reads, Stat } from "../../sys/native.ts";

/** Whom the files of an unpacked image belong to. */
export interface Owners {
	inImage(path: string, stat: Stat, isDirectory: boolean): Stat;
	/** Whoever unpacked it could give nothing away, so that all of it is its own; undefined where the owners are the image's. */
	readonly unpackedBy: number | undefined;
}

/** As they are, where the root is this very one. */
export const ownersHere: Owners = { inImage: (_, stat) => stat, unpackedBy: undefined };

/**
 * In an image what lies in / is root's, whatever is below. Where it belongs to one other user instead, that user unpacked it without the right to give
 * files away: what is that user's was root's, or anybody's. The directory that it was unpacked into is root's in any case, and open, as runtimes make it.
 */
export function ownersIn(reads: Reads, directory: string): Owners {
	const fd = reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY, 0);
	const found = namesOf(reads, fd).flatMap((name) => {
		const stat = reads.statat(AT.FDCWD, `${directory}/${name}`, AT.SYMLINK_NOFOLLOW);
		return typeof stat === "number" ? [] : [stat.uid];
	});
	const [first] = found;
	const unpackedBy = first !== 0 && found.every((uid) => uid === first) ? first : undefined;
	return {
		unpackedBy,
		inImage: (path, stat) => {
			const [uid, gid] = unpackedBy !== undefined && stat.uid === unpackedBy ? [0, 0] : [stat.uid, stat.gid];
			return path === "/" ? { ...stat, mode: S.IFDIR | 0o755, uid: 0, gid: 0 } : { ...stat, uid, gid };
		},
	};
}
