import { describeStep } from "../steps/index.ts";
import type { PlannedStep } from "./plan.ts";

/** As messages call it. */
export function nameOf({ label, action }: PlannedStep): string {
	return `${label} ${action.kind} ${describeStep(action)}`;
}
