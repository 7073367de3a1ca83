/**
 * The init that stays beside the workload, as its parent: this program, executed once more in a mode that is native and holds nothing. What it
 * does with what comes is plain data; it words nothing and decides nothing.
 */
export interface Resident {
	/** Signal number -> what is sent instead; 0 = nothing. Missing = as it came. */
	readonly signals: Readonly<Record<number, number>>;
	/** Exit status of the workload, 128 and its signal for one that was killed -> ours. */
	readonly exitStatuses: Readonly<Record<number, number>>;
	/** Forwarded to the workload's whole process group, not to it alone. */
	readonly toGroup: boolean;
	/** Whether orphans become its children; process 1 has them as it is. */
	readonly subreaper: boolean;
	/**
	 * auto: a session of its own, with the terminal, where this process leads one, else a process group in the foreground; session, group: that
	 * one always; shared: neither.
	 */
	readonly place: Placement | "auto";
	/** After the workload: TERM to what is left, so long to end, then KILL. `undefined`: leave at once. */
	readonly graceMs: number | undefined;
	/** Sent to the workload's group when it has ended, without waiting. */
	readonly atEnd: number | undefined;
	/** Signals that it stops itself after, when they have been sent on; up to 31. */
	readonly stopsItself?: readonly number[];
	/** By which name it is known to who looks at processes; its own unless given. */
	readonly name?: string;
	/** The workload starts with an empty mask and default dispositions; else with what was inherited. */
	readonly resetsSignals: boolean;
	/** Keeps the privilege of the start, as who is only an init does; else nothing but KILL where the workload may change its uid and has it. */
	readonly keepsPrivilege: boolean;
	/** TERM to the workload when a daemon of a step has ended; else that is only told. */
	readonly endsWithDaemons: boolean;
	/** What it says, ready-made: a whole line each. `\x01` stands for a pid, `\x02` for a number, `\x03` for the time, and `\x05` as in plan/resident-texts.ts. What is missing is not said. */
	readonly texts: ResidentTexts;
}

export type Placement = "session" | "group" | "shared";

export interface ResidentTexts {
	/** It could not do what it has to before the workload may run: an errno. The workload never runs. */
	readonly failed?: string;
	/** The first signal that the workload could not be sent. */
	readonly refused?: string;
	/** A process that is neither the workload nor a daemon has ended, with this status. */
	readonly reaped?: string;
	/** The workload has ended, with this status, or by this signal; behind `\x04` only of a signal that nobody sends to have it end in good order. */
	readonly ended?: string;
	readonly killed?: string;
	/** Each signal that is sent on. */
	readonly forwarded?: string;
	/** When the grace is over, or needless: processes are left that it may not signal. */
	readonly left?: string;
	/** The kernel refuses it the filter that it would have around itself: an errno. */
	readonly unfiltered?: string;
}

/** What stands at `init`, with what its absence means. */
export interface InitSetting {
	/** Signal -> what is sent instead; 0 for nothing. */
	readonly signals: Readonly<Record<number, number>>;
	readonly exitCodes: Readonly<Record<number, number>>;
	readonly group: boolean;
	readonly subreaper: "auto" | boolean;
	readonly graceMs: number | undefined;
	readonly daemons: "warn" | "terminate";
}

/** `init: true`. */
export const usualInit: InitSetting = {
	signals: {},
	exitCodes: {},
	group: false,
	subreaper: "auto",
	graceMs: undefined,
	daemons: "warn",
};

/** What is planned for the init, and its words in a plan. */
export interface ResidentPart extends ResidentWork {
	/** In a few words. */
	readonly summary: string;
}

/** All that the init is started by. */
export interface ResidentWork extends Omit<Resident, "place" | "endsWithDaemons"> {
	readonly daemons: "warn" | "terminate";
	/** Somebody can continue what a key has stopped. */
	readonly stopsToo: boolean;
	/** Of capabilities KILL alone; `keepsPrivilege` keeps all. */
	readonly keepsKill: boolean;
	/** The workload is behind walls that the init has not, so that its own filter has to stand. */
	readonly needsFilter: boolean;
	readonly parentDeathSignal: number;
	readonly parent: number;
	/** Where this program is executed from, where there is no /proc to say. */
	readonly path: string;
}

/** Where the workload stands: decided for the init as well. */
export interface PlacementPart {
	readonly place: Placement;
	/** One of descriptors 0-2, where that is the terminal that controls this process. */
	readonly terminal: number | undefined;
	/** Whether the workload's group is to be in the foreground, as this process' own is. */
	readonly isForeground: boolean;
}

/** What a process of a step is to the init. */
export interface ResidentDaemon {
	readonly pid: number;
	/** Said when it has ended: as in `ResidentTexts`. */
	readonly text: string;
}

/** What is only known on the way. */
export interface Parting {
	/** What the workload finds; `LISTEN_PID={pid}` gets its number. */
	readonly environment: readonly string[];
	/** Instead of those that were planned. */
	readonly texts?: ResidentTexts;
	readonly daemons?: readonly ResidentDaemon[];
	/** In the workload: what says that the init is ready. */
	ready?: number;
}

/** What of a request says whether there is to be an init. */
interface Asking {
	readonly ofWorkload?: {
		readonly resident?: Resident | undefined;
		readonly settings: Readonly<Record<string, unknown>>;
		readonly isEntering: boolean;
	};
}

/** A second program of a container has no use for another init. */
export function hasResident({ ofWorkload }: Asking): boolean {
	const isAsked = ofWorkload?.resident !== undefined || ofWorkload?.settings["init"] !== undefined;
	return isAsked && !ofWorkload?.isEntering;
}

export const pidVariable = "LISTEN_PID={pid}";

/** The environment of a process that is forked off, by its number. */
export function withPid(environment: readonly string[], pid: number): readonly string[] {
	const index = environment.indexOf(pidVariable);
	return index < 0 ? environment : environment.with(index, `LISTEN_PID=${pid}`);
}
