import { isDirectory } from "../../files/kind.ts";
import { AT, O, RESOLVE } from "../../sys/constants.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { hasLostAndFound, lostAndFound } from "./lost-and-found.ts";

/** So many entries are looked at, those near the top first, that it costs the same for any tree. */
const mostSeen = 256;
/** A directory with more names than a listing should take; its own size, which tells about how many there are. */
const mostListed = 128 * 1024;

/**
 * The first entry that another user owns than the top, as far as the look goes; `undefined` where there is none. What another mount shows is
 * passed over, and so is what cannot be looked at.
 */
export function otherOwned(reads: Reads, top: number, { uid }: Stat): string | undefined {
	let seen = 0;
	const directories = ["."];
	for (let path = directories.shift(); path !== undefined && seen < mostSeen; path = directories.shift()) {
		const fd = reads.openRead(top, path, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_XDEV);
		const found = fd < 0 ? [] : withDescriptor(reads, fd, () => entriesOf(reads, fd, mostSeen - seen));
		seen += found.length;
		for (const [name, stat] of found) {
			if (stat.uid !== uid) {
				return `${path}/${name}`.slice(2);
			}
			if (isDirectory(stat)) {
				directories.push(`${path}/${name}`);
			}
		}
	}
	return undefined;
}

function entriesOf(reads: Reads, fd: number, most: number): (readonly [name: string, stat: Stat])[] {
	const self = reads.fstat(fd);
	const names = typeof self === "number" || self.size > mostListed ? [] : reads.readDirectory(fd);
	const left = hasLostAndFound(reads, fd) ? lostAndFound : undefined;
	return (typeof names === "number" ? [] : names).slice(0, most).flatMap((name) => {
		const stat = name === left ? -1 : reads.statat(fd, name, AT.SYMLINK_NOFOLLOW);
		return typeof stat === "number" || (typeof self !== "number" && stat.dev !== self.dev) ? [] : [[name, stat] as const];
	});
}
