import { quoted } from "../report/text.ts";
import { bytesText } from "../report/units.ts";
import { AT, O } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { mountAt } from "./mountinfo.ts";

/** Which file system a path lies on, where it is mounted, and what of it is used up, as the rest of a sentence about it. `undefined` where that is not told. */
export function whatIsFull(reads: Reads, path: string): string | undefined {
	const mount = mountAt(reads, path);
	if (mount === undefined) {
		return undefined;
	}
	const { point, type } = mount;
	const space = spaceAt(reads, point);
	return `it is mounted at ${quoted(point)} (${type}${space === undefined ? "" : `, ${usedUp(space)}`})`;
}

function usedUp([size, free, entries, freeEntries]: Space): string {
	const isOutOfEntries = entries > 0 && freeEntries === 0;
	return isOutOfEntries
		? `all of its ${entries} inodes are used`
		: `${bytesText(size)} in all, ${free > 0 ? `${bytesText(free)} free now that what was unfinished is gone` : "nothing free"}`;
}

type Space = Exclude<ReturnType<Reads["space"]>, number>;

function spaceAt(reads: Reads, directory: string): Space | undefined {
	const fd = reads.openRead(AT.FDCWD, directory, O.PATH, 0);
	const space = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.space(fd));
	return typeof space === "number" ? undefined : space;
}
