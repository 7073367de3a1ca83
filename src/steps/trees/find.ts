import { expandPattern, isPattern, namesOf } from "../../files/glob.ts";
import { lookTrusted, lookTrustedEntry } from "../../files/open.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import { isDead } from "../common/dead-mount.ts";
import { toReach } from "../common/reach.ts";
import { type Refused, refusal } from "../common/refusal.ts";
import type { Need } from "../step.ts";

/** What a pattern names now. A link among the directories of a pattern is passed over, unless it is root's alone. */
export function findTrusted(reads: Reads, pattern: string): string[] {
	return expand(reads, pattern, () => []);
}

/** As `findTrusted`, but that the directory of the first pattern may not be read is not taken for nothing being there. */
export function mustFindTrusted(reads: Reads, pattern: string, { readsOnly = false }: Pick<Refused, "readsOnly"> = {}): string[] {
	return expand(reads, pattern, (directory, code) => {
		if (code === -errno.EACCES && directory === fixedPart(pattern)) {
			throw refusal(new SyscallError("open", code), { reads, path: directory, readsOnly });
		}
		return [];
	});
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

function expand(reads: Reads, pattern: string, refused: (directory: string, code: number) => readonly string[]): string[] {
	if (!isPattern(pattern)) {
		return [pattern];
	}
	const list = (directory: string) => {
		const fd = lookTrusted(reads, directory, O.RDONLY | O.DIRECTORY);
		return fd < 0 ? refused(directory, fd) : namesOf(reads, fd);
	};
	return expandPattern(reads, pattern, list).filter((path) => isFound(reads, path));
}

/** Of the top of a mount whose server is gone nothing can be told but its name: that is for the step to say. */
function isFound(reads: Reads, path: string): boolean {
	const fd = lookTrustedEntry(reads, path, O.PATH);
	return fd >= 0 && withDescriptor(reads, fd, () => !isGone(reads.fstat(fd)));
}

function isGone(stat: object | number): boolean {
	return typeof stat === "number" && !isDead(stat);
}
