import type { Departing } from "../departure/departure.ts";
import type { SpawnRequest } from "../steps/step.ts";
import type { SpawnContext } from "./context.ts";

/** What a keeper is asked to start, and the two pipes between it and the run. */
export interface Charge {
	readonly context: SpawnContext;
	readonly request: SpawnRequest;
	readonly child: Departing;
	/** Where reports go. */
	readonly report: number;
	/** Where commands come from. */
	readonly control: number;
	/** The ends of the run, which no other process may hold. */
	readonly others: readonly number[];
}
