import { destination } from "../../files/destination.ts";
import { isWithin } from "../../files/path-text.ts";
import { quoted } from "../../report/text.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { type ChildPower, shaperOf } from "./shapers.ts";

/** What a step makes at a path of what is at another. */
export interface Taken {
	readonly path: string;
	readonly source: string;
}

const takenByNow: Taken[] = [];

/** As long as this process is there: owners tell nothing of whose content it was. */
export function keepTaken(taken: Taken): void {
	takenByNow.push(taken);
}

const foreseen = new WeakMap<Reads, readonly Taken[]>();

/** For who looks with these at what steps will have made by then. */
export function foresee(reads: Reads, taken: readonly Taken[]): void {
	foreseen.set(reads, taken);
}

/** As `shaperOf`, of all that it was taken from as well. */
export function contentShaperOf(
	reads: Reads,
	path: string,
	child: ChildPower,
	taken = foreseen.get(reads) ?? takenByNow,
): string | undefined {
	const shaper = shaperOf(reads, path, child);
	if (shaper !== undefined || taken.length === 0) {
		return shaper;
	}
	const at = destination(reads, path);
	const isThere = (where: string) => typeof reads.statat(AT.FDCWD, where, 0) !== "number";
	for (const [index, each] of taken.entries()) {
		const to = destination(reads, each.path);
		const source = `${each.source}${at.slice(to.length)}`;
		// What is gone with all that it was taken with was there; of a directory that is still there it may never have been.
		const isTaken = isWithin(at, to) && (isThere(source) || !isThere(each.source));
		const found = isTaken ? contentShaperOf(reads, source, child, taken.slice(0, index)) : undefined;
		if (found !== undefined) {
			return `a step takes it from ${quoted(source)}, and ${found}`;
		}
	}
	return undefined;
}
