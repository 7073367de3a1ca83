import type { Plan, PlannedStep } from "../../plan/plan.ts";
import { splitEntry } from "../../sys/environ.ts";

/** A step, and why it would be passed over as things are now. */
export interface ShownStep extends PlannedStep {
	readonly skipped?: string;
}

export interface ShownPlan extends Plan {
	readonly setup: readonly ShownStep[];
}

/** With the HOME that the workload gets, if it gets one: `home` and `env` may say something else than the account. */
export function withItsHome({ identity, environment }: Plan) {
	return { ...identity, home: new Map(environment.map(splitEntry)).get("HOME") };
}
