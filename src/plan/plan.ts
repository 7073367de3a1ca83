import type { SetupEntry, WhenConfig } from "../config/config.ts";
import type { Departure } from "../departure/departure.ts";
import type { Identity } from "../identity/identity.ts";
import type { Problem } from "../report/problem.ts";
import type { StepAction } from "../steps/index.ts";
import type { SocketPromise } from "../steps/step.ts";
import type { PlannedChild } from "./children.ts";

/** All that a run will do, as plain data. `plan` prints this very value and `run` applies it; nothing is decided later. */
export interface Plan {
	readonly command: CommandPlan;
	readonly identity: Identity;
	/** `NAME=value`, the workload's whole environment. */
	readonly environment: readonly string[];
	readonly setup: readonly PlannedStep[];
	readonly descriptors: DescriptorPlan;
	readonly departure: Departure;
	/** What the reader should know about how the plan adapts to the way the container was started. */
	readonly notes: readonly string[];
	/** The same, where it is to be seen at a normal start. */
	readonly warnings: readonly Problem[];
}

/** What the workload finds open from descriptor 3 on. sd_listen_fds(3) */
export interface DescriptorPlan {
	/** `inherit` passes whatever was open at start, as most programs do. */
	readonly pass: "listen" | "inherit";
	/** Where the sockets are that came with LISTEN_FDS; they go first. Empty when everything stays where it is. */
	readonly inherited: readonly number[];
	/** Sockets of our own, in order. */
	readonly opened: readonly SocketPromise[];
}

export interface CommandPlan {
	readonly argv: readonly [string, ...string[]];
	/** Where the program is looked for, in order: one entry when the name holds a slash. Decided again as the user. */
	readonly candidates: readonly string[];
}

export interface PlannedStep {
	/** `setup[1]`, or its name. */
	readonly label: string;
	readonly action: StepAction;
	readonly when: WhenConfig | undefined;
	readonly onError: SetupEntry["onError"];
	/** Its processes, by the names that the step gives them. */
	readonly children: Readonly<Record<string, PlannedChild>>;
}
