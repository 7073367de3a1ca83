import type { CapabilitySets } from "../capability/set.ts";
import type { CgroupPart, LeafPart } from "../confine/cgroup/part.ts";
import type { CgroupSetting } from "../confine/cgroup/setting.ts";
import type { DevicesPart } from "../confine/devices/part.ts";
import type { FurtherDevice } from "../confine/devices/setting.ts";
import type { Label } from "../confine/labels/label.ts";
import type { LandlockPart } from "../confine/landlock/part.ts";
import type { LandlockSetting } from "../confine/landlock/setting.ts";
import type { NamespacesPart, NamespacesSetting } from "../confine/namespaces.ts";
import type { PathsPart, PathsSetting } from "../confine/paths/setting.ts";
import type { Form, LogOptions } from "../report/log.ts";
import type { Host, Reads } from "../sys/native.ts";
import type { Parting, PlacementPart, Resident, ResidentPart, ResidentTexts } from "./resident.ts";
import type { Start } from "./start.ts";

/** What knows of the walls that are configured: loaded for those alone, before there is a plan. */
export interface Walls {
	readonly landlock?: {
		planLandlock(setting: LandlockSetting, ask: LandlockAsk): LandlockPart | undefined;
		applyLandlock(part: LandlockPart, journey: WallJourney): void;
	};
	readonly namespaces?: {
		planNamespaces(row: NamespaceRow, setting: NamespacesSetting, isForMounts: boolean, ask: ConfineAsk): NamespacesPart | undefined;
		applyNamespaces(part: NamespacesPart, journey: WallJourney): void;
		changedNamespaces(part: NamespacesPart, reads: Reads): string;
	};
	readonly devices?: {
		planDevices(further: readonly FurtherDevice[], ask: DevicesAsk): DevicesPart | undefined;
		applyDevices(part: DevicesPart, host: Host): void;
		foundDevices(part: DevicesPart, reads: Reads): string;
	};
	readonly cgroup?: {
		planCgroup(setting: CgroupSetting, ask: ConfineAsk): CgroupPart | undefined;
		applyLeaf(part: LeafPart, host: Host): void;
		applyCgroup(part: CgroupPart, host: Host): void;
		foundLimits(part: CgroupPart, reads: Reads): string;
	};
	readonly paths?: {
		planPaths(setting: PathsSetting, ask: PathsAsk): PathsPart | undefined;
		applyPaths(part: PathsPart, journey: WallJourney): void;
		observePaths(part: PathsPart, reads: Reads): string;
	};
	readonly resident?: ResidentActs & {
		planResident(ask: ResidentAsk, placement: PlacementPart | undefined): ResidentPart;
		planPlacement(ask: ResidentAsk): PlacementPart;
		residentTexts(speech: LogOptions, form: Form | undefined): ResidentTexts;
		daemonTexts(
			speech: LogOptions,
			part: Pick<ResidentPart, "daemons"> | undefined,
			form: Form | undefined,
		): ((name: string) => string) | undefined;
	};
	readonly labels?: {
		planLabel(name: LabelRow, ask: LabelAsk): Label | undefined;
		applyLabel(name: LabelRow, label: Label, journey: WallJourney): void;
	};
}

/** What parts with an init, without what plans one. */
export interface ResidentActs {
	/** Goes on as the workload alone. */
	part(plan: ResidentPart, placement: PlacementPart, journey: PartingJourney): void;
	place(plan: PlacementPart, host: Host): void;
	awaitResident(journey: PartingJourney): void;
	defaultSignals(journey: PartingJourney): void;
}

/** Those that a process has to know on its way. */
export type WallsOnTheWay = Omit<Walls, "resident"> & { readonly resident?: ResidentActs };

/** Without what knows of it there is no start: one would be without the wall. */
export function loaded<Wall>(wall: Wall | undefined): Wall {
	if (wall === undefined) {
		throw new Error("what knows of this wall was not loaded");
	}
	return wall;
}

export interface LandlockAsk {
	readonly reads: Reads;
	readonly start: Start;
	/** Whether the process may put a wall around itself then: nothing can be gained by exec any more, or SYS_ADMIN is kept. */
	readonly mayRestrict: boolean;
	readonly leavesFor: Leaving;
	note(message: string): void;
	/** Where the wall that is written does not stand at all. */
	warn(message: string): void;
}

/** What the rest of the plan knows of the program that the workload will be. */
export interface Leaving {
	/** Undefined where it is not known, which has been told. */
	readonly command: { readonly argv: readonly [string, ...string[]]; readonly candidates: readonly string[] } | undefined;
	/** The PATH of the workload. */
	readonly path: string | undefined;
	readonly workdir: string;
	/** Whether a step of the setup may make this path. */
	mayMake(path: string): boolean;
}

export type NamespaceRow = "namespaces" | "network-namespace" | "cgroup-namespace";

export interface ConfineAsk {
	/** As the request has it. */
	readonly ofWorkload: {
		readonly pass: "all" | readonly number[];
		readonly settings: Readonly<Record<string, unknown>>;
		readonly setup: readonly { readonly label: string; readonly action: { readonly kind: string } }[];
		readonly isEntering: boolean;
	};
	readonly reads: Reads;
	readonly start: Start;
	note(message: string): void;
}

export interface PathsAsk extends ConfineAsk {
	readonly request: {
		readonly identity: { readonly uid: number };
		readonly sets: CapabilitySets;
		readonly noNewPrivileges: boolean;
	};
	readonly ofWorkload: ConfineAsk["ofWorkload"] & { warn(message: string): void };
}

export interface DevicesAsk {
	readonly reads: Reads;
	readonly start: Start;
	readonly request: {
		readonly identity: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
		readonly sets: CapabilitySets;
		readonly noNewPrivileges: boolean;
	};
	readonly ofWorkload: Pick<ConfineAsk["ofWorkload"], "setup" | "isEntering" | "pass" | "settings"> & {
		readonly leavesFor: Leaving;
		warn(message: string): void;
	};
	note(message: string): void;
}

/** What of an `Ask`, and below of a `Journey`, an init has to know. */
export interface ResidentAsk {
	readonly request: {
		readonly identity: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
		readonly sets: CapabilitySets;
		readonly ofWorkload?: {
			readonly resident?: Resident | undefined;
			readonly settings: Readonly<Record<string, unknown>>;
			readonly leavesFor: Leaving;
			warn(message: string): void;
		};
	};
	readonly start: Start;
	readonly reads: Reads;
	later(row: string): unknown;
	note(message: string): void;
}

export interface PartingJourney {
	readonly host: Host;
	mask: bigint;
	readonly parting?: Parting | undefined;
}

export type LabelRow = "apparmor" | "selinux";

/** What of an `Ask`, and below of a `Journey`, a wall has to know. */
export interface LabelAsk {
	readonly request: { readonly noNewPrivileges: boolean; readonly ofWorkload?: { readonly settings: Readonly<Record<string, unknown>> } };
	readonly start: { readonly isImagined?: true };
	readonly reads: Reads;
	readonly setting: unknown;
	note(message: string): void;
}

export interface WallJourney {
	readonly host: Host;
	note(message: string): void;
	warn?(message: string): void;
}
