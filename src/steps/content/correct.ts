import { othersMayWrite } from "../../files/permissions.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { O } from "../../sys/constants.ts";
import { errnoName } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import { noted } from "../common/reached.ts";
import { isMetAsItIs, isRefusal } from "../common/usable.ts";
import type { ApplyContext, Outcome } from "../step.ts";
import type { ContentGoal, Found } from "./goal.ts";
import { statSame } from "./look.ts";
import { adjust, type Taken, write } from "./write.ts";

/**
 * The content is right. Who could write to the file may have it open, and would go on writing to it when it is another's: that takes a new
 * file, where one can be made. A refused change is no failure when the user may do what the mode grants and nobody may do more.
 */
export function correct(goal: ContentGoal, place: Taken, context: ApplyContext): Outcome | undefined {
	const { host } = context;
	const { found } = place;
	if (couldBeOpen(goal, found, host) && found.content !== undefined) {
		try {
			return write(goal, place, found.content, host);
		} catch (error) {
			if (!isRefusedHere(error)) {
				throw error;
			}
		}
	}
	return correctInPlace(goal, place, context);
}

export function couldBeOpen({ mode, uid }: ContentGoal, { stat, hasList }: Found, reads: Reads): boolean {
	const isTakenFromOthers = uid !== undefined && uid !== stat.uid && stat.uid !== reads.getresuid()[1];
	return isTakenFromOthers || (mode !== undefined && (stat.mode & othersMayWrite & (hasList ? othersMayWrite : ~mode)) !== 0);
}

function isRefusedHere(error: unknown): error is SyscallError {
	return isRefusal(error) || (error instanceof SyscallError && error.is("EROFS"));
}

function correctInPlace(goal: ContentGoal, { directory, name, found, isSecret }: Taken, { host, target }: ApplyContext): Outcome {
	const fd = must(host, "open", directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0, 0) as number;
	return withDescriptor(host, fd, () => {
		const { mode } = statSame(host, fd, found.stat, goal.path);
		const wanted = goal.mode ?? mode & 0o7777;
		try {
			const note = adjust(host, fd, found, { mode: wanted, uid: goal.uid, gid: goal.gid }, { ...goal, target, isSecret });
			return { state: "changed", detail: noted("mode or owner corrected", note) };
		} catch (error) {
			const isReadOnly = isRefusedHere(error) && error.is("EROFS");
			const isMet = isRefusedHere(error) && isMetAsItIs(found.stat, wanted, goal, target, isReadOnly);
			if (isMet && isSecret && found.hasList) {
				fail("STEP_FAILED", `${quoted(goal.path)} has an access control list that gives more than its mode, and it cannot be removed`, {
					remedy: [`setfacl --remove-all ${quoted(goal.path)}, or a mode that gives nothing to the group`],
				});
			}
			if (isMet) {
				const list = found.hasList ? "; its access control list gives more than its mode" : "";
				const refused = isReadOnly ? "read-only: its mode or owner stays" : `${errnoName(error.errno)} on its mode or owner`;
				return { state: "ok", detail: `${refused}, but the user can ${isReadOnly ? "read" : "use"} it${list}` };
			}
			throw error;
		}
	});
}
