import { quoted } from "../report/text.ts";
import { boundBy } from "../steps/index.ts";
import type { BoundAddress, Obstacle } from "../steps/step.ts";
import type { PlannedStep } from "./plan.ts";

type Binding = Pick<PlannedStep, "action" | "label">;

/** An address that a step before has taken already. */
export function boundTwice({ action }: Binding, before: readonly Binding[]): Obstacle[] {
	return boundBy(action).flatMap((each): Obstacle[] => {
		const other = before.find((step) => boundBy(step.action).some((taken) => areSame(each, taken)));
		return other === undefined
			? []
			: [{ message: `bind: EADDRINUSE on ${quoted(`${each.type} ${each.text}`)}: ${other.label} listens there`, isLasting: true }];
	});
}

/** What is bound to all addresses stands in the way of any. */
function areSame(one: BoundAddress, other: BoundAddress): boolean {
	const isOneIp = one.ip === other.ip || one.ip === undefined || other.ip === undefined;
	const isOneFamily = one.families.some((family) => other.families.includes(family));
	return one.type === other.type && one.port === other.port && isOneIp && isOneFamily && !(one.isShared && other.isShared);
}
