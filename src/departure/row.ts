import type { CapabilityName } from "../capability/names.ts";
import type { CapabilitySet, SetName } from "../capability/set.ts";
import type { Field } from "../config/mapping.ts";
import type { Credentials } from "../identity/credentials.ts";
import type { Problem } from "../report/problem.ts";
import type { Host, Reads } from "../sys/native.ts";
import type { Act } from "./act.ts";
import type { Exit } from "./exit.ts";
import type { Journey } from "./journey.ts";
import type { DepartureRequest } from "./request.ts";
import type { Start } from "./start.ts";
import type { WallsOnTheWay } from "./walls.ts";

/** What a row plans from. */
export interface Ask<Setting = undefined> {
	readonly request: DepartureRequest;
	readonly start: Start;
	readonly reads: Reads;
	/** What stands at the row's own key; undefined for a child of a step, whatever stands there. */
	readonly setting: Setting | undefined;
	/** What the reader should know about how the plan adapts to the start. */
	note(message: string): void;
	/** What the rows of the same act need that come after this one. */
	readonly needed: CapabilitySet;
	/** What has been planned for a row that comes after this one. */
	later(row: string): unknown;
}

/** Everything about one thing that a departure does. `Part` is what is planned for it: plain data, undefined for nothing to do. */
export interface Row<Part, Setting = undefined> {
	readonly act: Act;
	/** Why it stands where it stands. */
	readonly reason: string;
	/** The rows that it must follow, each with its reason. */
	readonly after: Readonly<Record<string, string>>;
	/** Its own key of the configuration. */
	readonly key?: {
		readonly name: string;
		readonly description: string;
		readonly field: () => Field<Setting | undefined>;
		/** Where its schema has to be loaded first, for the value that the file has, or undefined for any. */
		readonly load?: (value?: unknown) => Promise<void>;
	};
	/** None for what a program finds, which is only known when there is one. */
	plan?(ask: Ask<Setting>): Part | undefined;
	planExit?(exit: Exit): Part | undefined;
	/** What has to be effective for it, as planned from this start. Before "give up" it is raised for the row alone. */
	needs?(part: Part, start?: Start): CapabilitySet;
	/** What a runtime has to grant for it beside the ids and SETPCAP, which no row has alone. */
	asks?(part: Part, by: Asking): readonly Asked[];
	/** What around it would refuse it, whatever is held. */
	refusal?(part: Part, reads: Reads): Problem | undefined;
	apply(journey: Journey, part: Part): void;
	/** What it makes of the state that the kernel reports. */
	expect?(state: Draft, part: Part): void;
	/** Read back in the proof: so a row with witnesses stands no later than that. */
	readonly witnesses?: readonly Witness<Part>[];
	/** As the text plan shows it, where no witness has words for it. */
	shown?(part: Part): string | undefined;
}

/** For which start it is asked. */
export interface Asking {
	/** This one, by a look at what is there; undefined for any. */
	readonly now: Reads | undefined;
	readonly whenUnprivileged: "adapt" | "fail";
}

export interface Asked {
	readonly name: CapabilityName;
	readonly purpose: string;
	/** A start without it goes on with less. */
	readonly isOptional?: true;
}

/** The state while it is being put together. */
export type Draft = { -readonly [Part in Exclude<keyof Credentials, "sets">]: Credentials[Part] } & {
	readonly sets: { -readonly [Name in SetName]: CapabilitySet };
};

/**
 * How a part of the state is read back, and who else is asked. What stands in the credentials is planned by `expect` and found in the view; anything
 * else is compared with the row's own part.
 */
export interface Witness<Part = unknown> {
	/** As messages and `plan` call it. */
	readonly name: string;
	/** Undefined when nothing about it was planned. */
	planned(expected: Credentials, part: Part | undefined): Value | undefined;
	/** The same by system calls. */
	observed(view: View, part: Part | undefined): Value;
	/** In the words of a message, where the value is none. */
	shown?(value: Value): string;
	/** Its line of /proc/self/status. proc_pid_status(5) */
	readonly line?: StatusLine<Part>;
	/** What an escaping workload would try; undefined for what the plan leaves a right to. */
	attempt?(expected: Credentials, view: View): Attempt | undefined;
}

/** What is compared: text, a number of flags, or a whole set. */
export type Value = string | number | bigint;

export interface StatusLine<Part = unknown> {
	readonly name: string;
	/** Undefined when nothing about it was planned. */
	planned(expected: Credentials, part: Part | undefined): string | undefined;
	/** What is found, in the form that is planned. */
	normal?(found: string): string;
	/** Kernels of long ago have no such line. */
	readonly isNewer?: true;
}

/** The state as system calls tell it. */
export interface View {
	readonly reads: Reads;
	readonly credentials: Credentials;
	/** With every capability that this kernel has. */
	readonly all: CapabilitySet;
	/** There for the rows that want them. */
	readonly walls?: WallsOnTheWay | undefined;
}

export interface Attempt {
	readonly name: string;
	attempt(host: Host): number;
}

/** A row of the table, where the types of its own no longer matter. */
export type AnyRow = Row<unknown, unknown>;

/** Plans and applies agree on the row's type by being members of one object; the table knows it no more. */
export function row<Part, Setting = undefined>(definition: Row<Part, Setting>): Row<Part, Setting> {
	return definition;
}
