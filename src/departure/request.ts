import type { CapabilitySet, CapabilitySets } from "../capability/set.ts";
import type { Filter } from "../confine/seccomp/filter.ts";
import type { Identity } from "../identity/identity.ts";
import type { Gid, ThreeIds, Uid } from "../identity/ids.ts";
import type { Reads } from "../sys/native.ts";
import type { Resident } from "./resident.ts";
import type { Leaving, Walls } from "./walls.ts";

/** A filter with what is known of the way behind it. */
export interface LoadedFilter extends Filter {
	/** Whether it lets this program look why its exec was refused; else what there is to say is made ready before. */
	readonly explains: boolean;
}

/** What is to become of a process. The rows make of it, and of the start, what they do. */
export interface DepartureRequest {
	readonly identity: Pick<Identity, "uid" | "gid" | "groups">;
	/** False when the process has these ids already, or keeps its own. */
	readonly changeIdentity: boolean;
	/** Of who does not change everything, or not to one id: what is missing stays. Instead of the two above. */
	readonly change?: IdentityChange | undefined;
	readonly sets: CapabilitySets;
	/** No row touches a set or a securebit: they are what the kernel makes of the change of ids, which is what `sets` has. */
	readonly leavesCapabilities?: true;
	/** Bits to set; those that are set already stay, but for the two that make a change of the uid keep capabilities. */
	readonly securebits: number;
	/** Those that are not named are cleared. */
	readonly areSecurebitsExact?: true;
	readonly noNewPrivileges: boolean;
	readonly workdir: string | undefined;
	readonly whenUnprivileged: "adapt" | "fail";
	/** Of who has a filter: the workload, and what stays beside it. */
	readonly planFilter?: PlanFilter | undefined;
	/** What only the workload's has: a child of a step comes from a process that has arrived, and goes without the rest. */
	readonly ofWorkload?: {
		/** Which descriptors pass, beside 0-2. */
		readonly pass: "all" | readonly number[];
		/** Descriptors 0-2 that are pipes or terminals get the user as owner, when it is another than that of the start. */
		readonly ownsStdio: boolean;
		/** What is blocked or ignored, and the signal of the parent's death, stay as the kernel hands them on. */
		readonly keepsSignals?: true;
		/** A process that may trace the workload; -1 for any, 0 for none. */
		readonly tracer?: number | undefined;
		/** Keys of the configuration that belong to rows, by their names. */
		readonly settings: Readonly<Record<string, unknown>>;
		/** An init as its parent, without a key of the configuration. */
		readonly resident?: Resident | undefined;
		readonly walls: Walls;
		readonly leavesFor: Leaving;
		/** The steps of the setup, which some walls have to know. */
		readonly setup: readonly { readonly label: string; readonly action: { readonly kind: string } }[];
		/** A second program of a container, whose first one has done what there was to mount. */
		readonly isEntering: boolean;
		/** What is to be seen at a normal start too, and what to do about it. */
		warn(message: string, remedy?: readonly string[]): void;
	};
}

export interface IdentityChange {
	readonly uids?: Uid | ThreeIds<Uid> | undefined;
	readonly gids?: Gid | ThreeIds<Gid> | undefined;
	readonly groups?: readonly Gid[] | undefined;
}

/** `bounding` is what the set will be; `mayNotGain` whether no exec can gain anything then; `leavesFor` of the workload alone. */
export type PlanFilter = (reads: Reads, bounding: CapabilitySet, mayNotGain: boolean, leavesFor?: Leaving) => LoadedFilter;

/** Who hears what a program behind a filter will be in want of, and how it came about. */
interface FilterReader {
	warn(message: string): void;
	note(message: string): void;
}

export type FilterPlanner = (reader: FilterReader) => PlanFilter;

/** What effective, permitted and inheritable become in one capset(2). */
export interface ThreeSets {
	readonly effective: CapabilitySet;
	readonly permitted: CapabilitySet;
	readonly inheritable: CapabilitySet;
}

export function threeSets({ effective, permitted, inheritable }: CapabilitySets): ThreeSets {
	return { effective, permitted, inheritable };
}
