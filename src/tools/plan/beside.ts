import { CapabilitySet } from "../../capability/set.ts";
import type { Identity } from "../../identity/identity.ts";
import { childrenOf, type StepAction } from "../../steps/index.ts";

/** A program that is still there beside the workload when its step is done. */
export interface Companion {
	readonly action: StepAction;
	readonly uid: number;
	readonly gid: number;
	readonly capabilities: CapabilitySet;
}

export function companionsOf(actions: readonly StepAction[], target: Identity): Companion[] {
	return actions.flatMap((action) =>
		Object.values(childrenOf(action, target))
			.filter(({ stays }) => stays === true)
			.map(
				({ identity: { uid, gid }, capabilities }): Companion => ({ action, uid, gid, capabilities: CapabilitySet.of(...capabilities) }),
			),
	);
}
