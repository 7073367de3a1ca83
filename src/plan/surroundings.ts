import type { Config } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import type { Plan } from "./plan.ts";

/** `any-volume`: whatever the steps find, whoever owns it. `this-start`: with what is there now. */
export const outlooks = ["any-volume", "this-start"] as const;

export type Outlook = (typeof outlooks)[number];

export interface Surroundings {
	readonly outlook: Outlook;
	/** Whether the trees of steps are walked for what this start takes, which may be long. */
	readonly looksBelow?: true;
	/** Docker's own networks let everybody bind every port; and a Pod has no name with dots. */
	readonly runtime: "docker" | "kubernetes" | "oci";
}

export interface Planned {
	readonly plan: Plan;
	readonly config: Config;
	readonly start: Start;
}
