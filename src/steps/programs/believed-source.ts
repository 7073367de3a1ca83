import type { Identity } from "../../identity/identity.ts";
import { toGid, toUid } from "../../identity/ids.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Reads } from "../../sys/native.ts";
import { believedFiles, isBelieved } from "../common/believed.ts";
import { toldBy } from "../common/obstacle.ts";
import { isOfSystem } from "../common/system-names.ts";
import type { Obstacle } from "../step.ts";
import { contentShaperOf, keepTaken, type Taken } from "./taken.ts";

interface Placing extends Taken {
	readonly kind: string;
	readonly target: Pick<Identity, "uid" | "groups">;
}

/** What the next start believes or runs is no more taken from where the workload writes than it is given to it. */
function refuseShapedSource({ kind, path, source, target }: Placing, reads: Reads): void {
	const isBelievedHere = isOfSystem(path) || isBelieved(path, ...believedFiles(reads));
	const root = { identity: { uid: toUid(0), gid: toGid(0), groups: [toGid(0)] }, capabilities: [], target };
	const shaper = isBelievedHere && target.uid !== 0 ? contentShaperOf(reads, source, root) : undefined;
	if (shaper !== undefined) {
		fail("STEP_FAILED", `${kind} ${quoted(path)}: what the next start believes or runs is not taken from ${quoted(source)}: ${shaper}`, {
			remedy: ["take it from where only root writes, such as the image or a secret of the runtime"],
		});
	}
}

/** The same, when it is about to be done. */
export function takeFrom(placing: Placing, reads: Reads): void {
	refuseShapedSource(placing, reads);
	keepTaken(placing);
}

export function shapedSourceObstacles(placing: Placing, reads: Reads): Obstacle[] {
	try {
		refuseShapedSource(placing, reads);
		return [];
	} catch (error) {
		return toldBy(error, placing.source);
	}
}
