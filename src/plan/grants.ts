import { type CapabilityName, capabilityName } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import type { Start } from "../departure/start.ts";
import { ascending } from "../identity/credentials.ts";
import { givenFor } from "../steps/facts.ts";
import { isAfterDrop, madeBy, needsOf, type StepAction } from "../steps/index.ts";
import type { Given, Need } from "../steps/step.ts";
import { splitEntry } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import { isOpenToRoot, type PlannedModes } from "./open-to-root.ts";
import type { Plan } from "./plan.ts";
import { unmetCondition } from "./when.ts";

/** What a runtime has to give a container that starts as root, so that this plan can be carried out; nothing more. */
export interface Grants {
	/** By name, in the order of their numbers. */
	readonly capabilities: readonly CapabilityName[];
	/** What each is for, in the same order. */
	readonly purposes: ReadonlyMap<CapabilityName, string>;
	/** Paths of devices that have to be there, and what has to be allowed of r, w and m. */
	readonly devices: readonly { readonly path: string; readonly access: string }[];
	/** Kernel settings that only the runtime can make. */
	readonly sysctls: Readonly<Record<string, string>>;
	/** A host name that the runtime can give, so that no capability is needed for it. */
	readonly hostname: string | undefined;
}

/** As if started as root with everything: what a plan needs does not depend on what happens to be held. */
export function grantedStart(start: Start): Start {
	const all = CapabilitySet.upTo(start.last);
	const [root, ids] = [0, { real: 0, effective: 0, saved: 0 }];
	return {
		...start,
		credentials: {
			uids: ids as Start["credentials"]["uids"],
			gids: ids as Start["credentials"]["gids"],
			groups: [root as Start["credentials"]["groups"][number]],
			sets: { bounding: all, permitted: all, effective: all, inheritable: CapabilitySet.empty, ambient: CapabilitySet.empty },
			securebits: 0,
			noNewPrivileges: false,
		},
	};
}

/** The machine as root would see it, whoever looks. */
export function seenByRoot(reads: Reads): Reads {
	const root: [number, number, number] = [0, 0, 0];
	return Object.assign(Object.create(reads) as Reads, { getresuid: () => root, getresgid: () => root });
}

export function minimalGrants(plan: Plan, reads: Reads, start: Start): Grants {
	const environment = new Map(plan.environment.map(splitEntry));
	const circumstances = {
		reads,
		environment,
		command: plan.command.argv[0],
		held: start.credentials.sets.permitted,
		viewer: plan.identity,
	};
	const actions = plan.setup
		.filter(({ action, when }) => !isAfterDrop(action) && unmetCondition(when, circumstances) === undefined)
		.map(({ action }) => action);
	const given = actions.map((each) => givenFor(each, reads));
	const modes = plannedModes(actions);
	const needs = actions.filter((_, index) => given[index]?.isEnough !== true).flatMap((action) => needsOf(action, reads));
	const purposes = new Map<CapabilityName, string>();
	const add = (name: CapabilityName, purpose: string) => purposes.set(name, purposes.get(name) ?? purpose);
	for (const { anyOf, purpose } of needs.filter((need) => isReal(need, reads, modes))) {
		// One that serves may be asked for by another step anyway.
		add(anyOf.find((name) => purposes.has(name)) ?? (anyOf[0] as CapabilityName), purpose);
	}
	for (const name of given.flatMap(({ capabilities = [] }) => capabilities)) {
		add(name, "required");
	}
	for (const name of kept(plan)) {
		add(name, "kept for the workload");
	}
	if ((plan.departure.rows.nice ?? 0) < 0) {
		add("SYS_NICE", "for nice");
	}
	if (changesIds(plan, start)) {
		add("SETUID", "to become the user");
		add("SETGID", "to become the user");
	}
	if ([...purposes.keys()].some((name) => !kept(plan).includes(name))) {
		add("SETPCAP", "to give all of these up for good");
	}
	const names = CapabilitySet.of(...purposes.keys()).names() as CapabilityName[];
	return {
		capabilities: names,
		purposes,
		devices: devicesOf(given),
		sysctls: Object.assign({}, ...given.map(({ sysctls }) => sysctls)),
		hostname: given.findLast(({ hostname }) => hostname !== undefined)?.hostname,
	};
}

/** False for what root can do without, and for what a run that goes well does not meet. */
export function isReal({ isSpare, unlessOpen }: Need, reads: Reads, modes: PlannedModes = new Map()): boolean {
	return isSpare !== true && (unlessOpen === undefined || !isOpenToRoot(reads, unlessOpen.path, unlessOpen.for, modes));
}

/** Directories that steps make closed are closed to the steps that follow, and to the next start. */
function plannedModes(actions: readonly StepAction[]): PlannedModes {
	return new Map(actions.flatMap(madeBy).flatMap(({ path, directory }) => (directory === undefined ? [] : [[path, directory] as const])));
}

function kept({ departure }: Plan): CapabilityName[] {
	const { permitted, inheritable, bounding } = departure.expected.sets;
	return permitted.union(inheritable).union(bounding).list().map(capabilityName) as CapabilityName[];
}

function changesIds(
	{
		departure: {
			rows: { uid, gid, groups },
		},
	}: Plan,
	{ credentials }: Start,
): boolean {
	return (
		(uid ?? 0) !== 0 || (gid ?? 0) !== 0 || (groups !== undefined && ascending(groups).join() !== ascending(credentials.groups).join())
	);
}

/** Of several words about one device the last counts. */
function devicesOf(given: readonly Given[]): Grants["devices"] {
	const found = given.flatMap(({ devices = [] }) => devices.map(({ path, access }): [string, string] => [path, access]));
	return [...new Map(found)].filter(([, access]) => access !== "none").map(([path, access]) => ({ path, access }));
}
