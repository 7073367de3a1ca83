import type { Diagnostic } from "../../report/failure.ts";
import type { Reads } from "../../sys/native.ts";
import { observeRuntime } from "../../sys/runtime.ts";

/** What the machine where somebody writes a file seldom has, and its image does. */
const ofImages: readonly string[] = ["USER_UNKNOWN", "GROUP_UNKNOWN", "COMMAND_NOT_FOUND"];

const unpacked = "for an image instead of this machine: docker export $(docker create IMAGE) | tar -x -C DIR, then plan --root DIR";

/** Outside of any container a plan is seldom meant for who asks, where that one is not root or the image's users and programs are missing. */
export function withUnpacked(problems: readonly Diagnostic[], reads: Reads): readonly Diagnostic[] {
	const isForeign = reads.getresuid()[1] !== 0 || problems.some(({ code }) => ofImages.includes(code));
	const isContainer = !["systemd", undefined].includes(observeRuntime(reads));
	const last = problems.at(-1);
	return last === undefined || !isForeign || isContainer
		? problems
		: [...problems.slice(0, -1), { ...last, remedy: [...(last.remedy ?? []), unpacked] }];
}
