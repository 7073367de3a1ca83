import type { Viewer } from "../../files/permissions.ts";
import { readFor } from "../../files/read.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import type { Obstacle } from "../step.ts";
import { absent, toldBy } from "./obstacle.ts";
import { refusal } from "./refusal.ts";

/** No file of ours is longer, in bytes. */
export const contentLimit = 1_048_576;

/** A whole file that is meant to be read, not too long, and nothing that the viewer should not see where it has a say in what lies there. */
export function readSource(reads: Reads, path: string, viewer: Viewer): string {
	try {
		const content = readFor(reads, path, viewer, contentLimit, "root's");
		if (typeof content === "string") {
			return content;
		}
		if (content.refused !== undefined) {
			throw content.refused;
		}
		return fail("STEP_FAILED", `${quoted(path)} ${content.message}`, { remedy: content.remedy });
	} catch (error) {
		throw refusal(error, {
			reads,
			path,
			readsOnly: true,
			meanings: { EFBIG: { message: `it is longer than ${contentLimit} bytes` }, ...absentMeanings },
		});
	}
}

const missing = {
	message: "there is no such file",
	remedy: ["mount it there, make it by a step before this one, or write the path that it has"],
};
const absentMeanings = { ENOENT: missing, ENOTDIR: missing };

export function sourceObstacles(reads: Reads, path: string, viewer: Viewer, isClose: boolean): Obstacle[] {
	const found = absent(reads, path, "open", { meanings: absentMeanings });
	if (found.length > 0 || !isClose) {
		return found;
	}
	try {
		readSource(reads, path, viewer);
		return [];
	} catch (error) {
		// It is there, and what a step before copies there is not to be read yet.
		return toldBy(error, path).filter(({ refused }) => refused?.code !== errno.ENOENT);
	}
}
