import { errnoName } from "../../sys/errno.ts";
import { type Decision, isErrno, sameAction } from "./decision.ts";
import type { Action } from "./profile.ts";
import type { Ruling } from "./ruling.ts";
import type { SeccompSetting } from "./setting.ts";
import type { Summary } from "./template.ts";

/** What a program for who keeps nothing does with the calls of the machine's own ABI. */
export function summaryOf(
	ruling: Ruling,
	kinds: readonly string[],
	largest: number | undefined,
	{ allow, deny }: Pick<SeccompSetting, "allow" | "deny">,
): Summary {
	const isNewerOther = largest !== undefined && !sameAction(ruling.otherwise, ruling.beyond);
	return {
		counts: countsOf(kinds),
		rest: [
			`else ${actionWords(ruling.otherwise)}${isNewerOther ? `, newer ones ${actionWords(ruling.beyond)}` : ""}`,
			...(allow.length === 0 ? [] : [`allowed: ${allow.join(", ")}`]),
			...(deny.length === 0 ? [] : [`denied: ${deny.join(", ")}`]),
		].join("; "),
	};
}

/** How often there is each, without what is the same as the default. */
export function countsOf(kinds: readonly string[]): Readonly<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const kind of kinds.filter((each) => each !== asDefault)) {
		counts[kind] = (counts[kind] ?? 0) + 1;
	}
	return counts;
}

/** Of a call about which nothing is said. */
const asDefault = "";

/** `allowed`, `with conditions`, `ENOSYS` */
export function kindOf({ alternatives, otherwise }: Decision, ruling: Ruling): string {
	if (alternatives.some(({ action }) => !sameAction(action, otherwise))) {
		return "with conditions";
	}
	return sameAction(otherwise, ruling.otherwise) ? asDefault : actionWords(otherwise);
}

/** `EPERM`, `kills the process` */
function actionWords(action: Action): string {
	switch (action.kind) {
		case "errno":
			return isErrno(action, 0) ? "not done, with success as the answer" : errnoName(action.value);
		case "allow":
			return "allowed";
		case "log":
			return "allowed and logged";
		case "trap":
			return "SIGSYS";
		case "kill-thread":
			return "the end of the thread";
		case "kill-process":
			return "the end of the process";
	}
}
