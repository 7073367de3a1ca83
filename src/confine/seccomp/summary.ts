import { errnoName } from "../../sys/errno.ts";
import { keyOf, type Stretch } from "./assemble.ts";
import type { Action } from "./profile.ts";
import type { SeccompSetting } from "./setting.ts";

/** `EPERM but for 372 calls; allowed: chroot; denied: bpf` */
export function summaryOf(
	otherwise: Action,
	decisions: readonly Stretch[],
	{ allow, deny }: Pick<SeccompSetting, "allow" | "deny">,
): string {
	const usual = keyOf({ alternatives: [], otherwise });
	const others = decisions.filter(({ decision }) => keyOf(decision) !== usual).length;
	return [
		`${actionWords(otherwise)} but for ${others} ${others === 1 ? "call" : "calls"}`,
		...(allow.length === 0 ? [] : [`allowed: ${allow.join(", ")}`]),
		...(deny.length === 0 ? [] : [`denied: ${deny.join(", ")}`]),
	].join("; ");
}

/** `EPERM`, `kills the process` */
function actionWords(action: Action): string {
	switch (action.kind) {
		case "errno":
			return action.value === 0 ? "does nothing, and says that it was done," : errnoName(action.value);
		case "allow":
			return "allowed";
		case "log":
			return "allowed and logged";
		case "trap":
			return "SIGSYS";
		case "kill-thread":
			return "kills the thread";
		case "kill-process":
			return "kills the process";
	}
}
