import type { CapabilitySet } from "../capability/set.ts";
import type { Reads, Stat } from "../sys/native.ts";
import type { PlannedStep } from "./plan.ts";

/** What is at a path when steps are done. */
export type Left = There | { readonly goneBy: PlannedStep } | "absent" | "unknown";

export interface There {
	readonly stat: Stat;
	/** Whether it holds what it holds now. */
	readonly isContentKnown: boolean;
}

export function isThere(left: Left | undefined): left is There {
	return typeof left === "object" && "stat" in left;
}

export function isGone(left: Left | undefined): left is Extract<Left, { readonly goneBy: PlannedStep }> {
	return typeof left === "object" && "goneBy" in left;
}

export interface Seer {
	readonly reads: Reads;
	readonly permitted: CapabilitySet;
}

/** When it is a step's turn. */
export interface Turn extends Seer {
	readonly sourceAt: (path: string) => Left;
}
