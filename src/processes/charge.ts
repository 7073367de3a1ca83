import type { DropPlan } from "../departure/drop-plan.ts";
import type { SpawnRequest } from "../steps/step.ts";
import type { SpawnContext } from "./become.ts";

/** What a keeper is asked to start, and the two pipes between it and the run. */
export interface Charge {
	readonly context: SpawnContext;
	readonly request: SpawnRequest;
	readonly drop: DropPlan;
	/** Where reports go. */
	readonly report: number;
	/** Where commands come from. */
	readonly control: number;
	/** The ends of the run, which no other process may hold. */
	readonly others: readonly number[];
}
