import { lookTrusted, statTrusted, statTrustedEntry } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { allows } from "../../files/permissions.ts";
import { O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import type { Need } from "../step.ts";

/** Root without capabilities is an ordinary owner: a directory that is closed to others on the way stops it. path_resolution(7) */
export function toReach(path: string): Need {
	return {
		anyOf: ["DAC_READ_SEARCH", "DAC_OVERRIDE"],
		certain: false,
		purpose: `to reach ${path} through directories of others`,
		unlessOpen: { path, for: "search" },
	};
}

export function toWriteBeside(path: string): Need {
	return {
		anyOf: ["DAC_OVERRIDE"],
		certain: false,
		purpose: `to write into the directory of ${path}`,
		unlessOpen: { path, for: "write" },
	};
}

const writeAndSearch = 3;

/** What runtimes and the kernel make there is root's, and open to it. */
const ofRuntime = /^\/(?:proc|sys|dev(?!\/shm))(?:\/|$)/;

/** As `toReach`, for paths where a volume may be. */
export function mayReach(...paths: readonly string[]): Need[] {
	return paths.filter((path) => !ofRuntime.test(path)).map(toReach);
}

/** As `toWriteBeside`, where something is made or goes: `/` itself is no volume. */
export function mayMake(path: string): Need[] {
	return splitPath(path).parent === "/" ? [] : mayWrite(path);
}

/** As `toWriteBeside`, where what is there may be a mount of its own that is written to. */
export function mayWrite(path: string): Need[] {
	return ofRuntime.test(path) ? [] : [toWriteBeside(path)];
}

/** As `toTakeAway`, whoever owns the directory and what is there. */
export function mayTakeAway(path: string): Need[] {
	return mayMake(path).flatMap((need) => [need, toTakeFromSticky(path)]);
}

export function toTakeFromSticky(path: string): Need {
	return { anyOf: ["FOWNER"], certain: false, purpose: `to take ${path} of somebody else from a sticky directory` };
}

/** As `toTakeAway`, of an entry that was looked at in a directory that was. */
export function toTakeFrom(above: Stat, entry: Stat, path: string, reads: Reads): Need[] {
	const self = { uid: reads.getresuid()[1], groups: [reads.getresgid()[1]] };
	const isSticky = (above.mode & S.ISVTX) !== 0 && above.uid !== self.uid && entry.uid !== self.uid;
	return [
		...(allows(above, self, writeAndSearch)
			? []
			: [{ anyOf: ["DAC_OVERRIDE"], certain: false, purpose: `to take away what is in ${path}` } as const]),
		...(isSticky ? [toTakeFromSticky(path)] : []),
	];
}

/** Whether a look ends at a closed door: what would be needed behind it is not known then. */
export function isClosed(reads: Reads, path: string): boolean {
	const fd = lookTrusted(reads, path, O.PATH);
	return fd < 0 ? fd === -errno.EACCES : withDescriptor(reads, fd, () => false);
}

/** As `toWriteBeside`, where an entry that is there goes or is replaced: one of somebody else in a sticky directory stays. */
export function toTakeAway(path: string, reads: Reads): Need[] {
	const entry = statTrustedEntry(reads, path);
	const isTaken = entry !== undefined && entry.uid !== reads.getresuid()[1] && isInSticky(path, reads);
	return [toWriteBeside(path), ...(isTaken ? [{ ...toTakeFromSticky(path), takes: path }] : [])];
}

/** Of somebody else: what has been given away there cannot be moved any more. */
export function isInSticky(path: string, reads: Reads): boolean {
	const above = statTrusted(reads, splitPath(path).parent);
	return above !== undefined && (above.mode & S.ISVTX) !== 0 && above.uid !== reads.getresuid()[1];
}
