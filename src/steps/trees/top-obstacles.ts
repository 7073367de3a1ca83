import { capability } from "../../capability/names.ts";
import { isDirectory } from "../../files/kind.ts";
import { isReadOnly } from "../../files/mount-facts.ts";
import { Failure } from "../../report/failure.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { SyscallError } from "../../sys/observe.ts";
import { missingMode } from "../common/mode.ts";
import { toldBy } from "../common/obstacle.ts";
import { hasOtherOwner } from "../common/owner.ts";
import { RefusedBySystem, refusal } from "../common/refusal.ts";
import { isNoWider, mayRead, mayUse } from "../common/usable.ts";
import type { Beholder, Obstacle } from "../step.ts";
import { type ExtentOf, judge, type Top, type Which, withTop } from "./tree.ts";
import { absentMeanings, type Extent, type TreeGoal } from "./tree-goal.ts";

/** What of a path alone `reachTree` would be refused, without what is below. */
export function topObstacles(
	goal: TreeGoal,
	which: Which,
	path: string,
	extentOf: ExtentOf,
	reads: Reads,
	{ target, permitted }: Beholder,
): Obstacle[] {
	try {
		withTop(goal, path, extentOf, reads, (top, extent) => {
			const error = extent === "nothing" ? undefined : refusedAtTop(goal, which, top, extent, reads, { target, permitted });
			if (error !== undefined) {
				const missing = missingMode(top.stat, goal.modes);
				const isRight = missing === undefined || (error.call !== "open" && isNoWider(top.stat, missing, error.is("EROFS")));
				const isMet = isRight && (error.is("EROFS") ? mayRead : mayUse)(top.stat, target);
				judge({ goal, top, host: reads, target }, { where: path, error, isMet, entry: top.stat });
			}
		});
		return [];
	} catch (error) {
		const told = error instanceof Failure ? error : refusal(error, { reads, path, readsOnly: true, meanings: absentMeanings(path) });
		// It is tried as the user then.
		return told instanceof RefusedBySystem ? [] : toldBy(told, path);
	}
}

function refusedAtTop(
	goal: TreeGoal,
	which: Which,
	{ fd, stat }: Top,
	extent: Extent,
	reads: Reads,
	{ target, permitted }: Beholder,
): SyscallError | undefined {
	const readable = extent === "tree" ? reads.openRead(fd, ".", O.RDONLY | O.DIRECTORY, 0) : fd;
	if (readable < 0) {
		return new SyscallError("open", readable);
	}
	if (readable !== fd) {
		reads.close(readable);
	}
	const isLeft = (which === "unusable" && mayUse(stat, target)) || (!isDirectory(stat) && stat.nlink > 1 && goal.hardLinks === "skip");
	const otherOwner = !isLeft && hasOtherOwner(stat, goal);
	const otherMode = !isLeft && missingMode(stat, goal.modes) !== undefined;
	const isRefused = {
		fchownat: otherOwner && goal.uid !== undefined && goal.uid !== stat.uid && !permitted.has(capability("CHOWN")),
		fchmod: otherMode && stat.uid !== reads.getresuid()[1] && !permitted.has(capability("FOWNER")),
	};
	if ((otherOwner || otherMode) && isReadOnly(reads, fd)) {
		return new SyscallError(otherOwner ? "fchownat" : "fchmod", errno.EROFS);
	}
	const call = (["fchownat", "fchmod"] as const).find((each) => isRefused[each]);
	return call === undefined ? undefined : new SyscallError(call, errno.EPERM);
}
