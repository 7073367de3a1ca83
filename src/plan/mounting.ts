import { givenFor } from "../steps/facts.ts";
import type { StepAction } from "../steps/index.ts";
import type { Reads } from "../sys/native.ts";

/** As the request has it, which knows no step. */
export interface SetupStep {
	readonly label: string;
	readonly action: { readonly kind: string };
}

export function isMounting({ action }: SetupStep, reads: Reads): boolean {
	return givenFor(action as StepAction, reads).mounts !== undefined;
}
