import { O } from "../sys/constants.ts";
import { expandPattern, isPattern, namesOf } from "../sys/glob.ts";
import type { Reads } from "../sys/native.ts";
import { openTrusted, statTrustedEntry, UntrustedLink } from "../sys/paths.ts";

/** What a pattern names now. A link among the directories of a pattern is passed over, unless it is root's alone. */
export function findTrusted(reads: Reads, pattern: string): string[] {
	if (!isPattern(pattern)) {
		return [pattern];
	}
	return expandPattern(
		reads,
		pattern,
		(directory) => unlessUntrusted(() => namesOf(reads, openTrusted(reads, directory, O.RDONLY | O.DIRECTORY))) ?? [],
	).filter((path) => statTrustedEntry(reads, path) !== undefined);
}

function unlessUntrusted<T>(use: () => T): T | undefined {
	try {
		return use();
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return undefined;
		}
		throw error;
	}
}
