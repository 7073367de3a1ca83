import type { Controller } from "./levels.ts";

/** Below the cgroup of the start, which may have no process of its own once its controllers are handed down. cgroups(7) */
export const groupNames = { setup: "abdicate-setup", workload: "abdicate-workload" } as const;

/** Planned for the beginning: who is in the group of the start goes one further down, so that it can hand its controllers down. */
export interface LeafPart {
	/** The directory of the group of the start. */
	readonly group: string;
	/** Those that it does not hand down yet. */
	readonly controllers: readonly Controller[];
}

/** Planned for the workload: a group of its own. */
export interface CgroupPart extends LeafPart {
	/** The files of the group and what is written there, in their order. */
	readonly files: readonly (readonly [file: string, text: string])[];
}
