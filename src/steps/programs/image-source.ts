import { isRegular, typeOf } from "../../files/kind.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT, S } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { type ChildPower, hasMore } from "./shapers.ts";
import { contentShaperOf } from "./taken.ts";

/**
 * A program that mounts what is in a file or on a disk takes its structures for true. Whoever can change them meanwhile decides what
 * the mount shows, to whom it belongs, and what becomes of the kernel or the daemon that reads them.
 */
export function refuseShapedImage(reads: Reads, words: readonly string[], child: ChildPower): void {
	if (!hasMore(child)) {
		return;
	}
	for (const path of words.flatMap(pathsIn)) {
		const shaper = isImage(reads, path) ? contentShaperOf(reads, path, child) : undefined;
		if (shaper !== undefined) {
			fail("STEP_FAILED", `${quoted(path)} is not mounted with more than the workload has: ${shaper}`, {
				remedy: ["keep it where only root can write, or serve it by a FUSE daemon with the workload's own user"],
			});
		}
	}
}

/** `/data/disk`, `--image=/data/disk`, `loop,file=/data/disk`. */
function pathsIn(word: string): string[] {
	return [...word.matchAll(/(?:^|[=,])(\/[^,]*)/g)].map(([, path]) => path as string);
}

function isImage(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" && (isRegular(stat) || typeOf(stat) === S.IFBLK);
}
