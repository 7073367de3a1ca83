import { expandPattern, isPattern, type ListNames, mustListNames, namesOf } from "../../files/glob.ts";
import { lookTrusted, lookTrustedEntry } from "../../files/open.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { unlessAbsent, withDescriptor } from "../../sys/observe.ts";
import { toReach } from "../common/reach.ts";
import { type Refused, refusal } from "../common/refusal.ts";
import type { Need } from "../step.ts";

/** What a pattern names now, as far as can be told. A link among the directories of a pattern is passed over, unless it is root's alone. */
export function findTrusted(reads: Reads, pattern: string): string[] {
	return expand(reads, pattern, {
		list: (directory) => namesOf(reads, openDirectory(reads, directory)),
		isThere: (path) => {
			const fd = lookTrustedEntry(reads, path, O.PATH);
			return fd >= 0 && withDescriptor(reads, fd, () => true);
		},
	});
}

/** As `findTrusted`, but what cannot be told is not taken for nothing being there. */
export function mustFindTrusted(reads: Reads, pattern: string, { readsOnly = false }: Pick<Refused, "readsOnly"> = {}): string[] {
	return expand(reads, pattern, {
		list: (directory) =>
			telling({ reads, path: directory, readsOnly }, () => mustListNames(reads, unlessUntrusted(openDirectory(reads, directory)))),
		isThere: (path) =>
			telling({ reads, path, readsOnly }, () => {
				const fd = unlessAbsent("open", unlessUntrusted(lookTrustedEntry(reads, path, O.PATH)));
				return fd !== undefined && withDescriptor(reads, fd, () => true);
			}),
	});
}

function telling<T>(place: Refused, look: () => T): T {
	try {
		return look();
	} catch (error) {
		throw refusal(error, place);
	}
}

/** What a link that is not gone by leads to is not among what a pattern names. */
function unlessUntrusted(fd: number): number {
	return fd === -errno.ELOOP ? -errno.ENOENT : fd;
}

function openDirectory(reads: Reads, path: string): number {
	return lookTrusted(reads, path, O.RDONLY | O.DIRECTORY);
}

/** What looking takes. */
export function toFind(pattern: string): Need[] {
	return isPattern(pattern) ? [toReach(fixedPart(pattern))] : [];
}

/** The directory that the first component with `*` or `?` is looked for in. */
function fixedPart(pattern: string): string {
	const names = pattern.split("/").filter((name) => name !== "");
	const first = names.findIndex(isPattern);
	return `/${names.slice(0, first).join("/")}`;
}

interface Looks {
	readonly list: ListNames;
	/** Of what a pattern has come to: the last part of it may be no pattern, and what was listed may be gone. */
	readonly isThere: (path: string) => boolean;
}

function expand(reads: Reads, pattern: string, { list, isThere }: Looks): string[] {
	return isPattern(pattern) ? expandPattern(reads, pattern, list).filter(isThere) : [pattern];
}
