import { effectiveFileCapabilities } from "../capability/file-capabilities.ts";
import { type Capability, type CapabilityName, capability, capabilityName } from "../capability/names.ts";
import type { CapabilityConfig, Config } from "../config/config.ts";
import { type RowName, table } from "../departure/rows.ts";
import { ascending } from "../identity/credentials.ts";
import { mayReach } from "../steps/common/reach.ts";
import type { Need } from "../steps/step.ts";
import { AT, O } from "../sys/constants.ts";
import { splitEntry } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { placeOf } from "./command.ts";
import type { Due } from "./due-steps.ts";
import type { Planned, Surroundings } from "./surroundings.ts";

/** A need, and whether a start does without. */
export interface Want {
	readonly anyOf: readonly CapabilityName[];
	readonly purpose: string;
	readonly isOptional: boolean;
}

/** Of steps, of the configuration and of the departure. */
export function wantsOf(planned: Planned, dues: readonly Due[], reads: Reads, surroundings: Surroundings): Want[] {
	const { config } = planned;
	const isOfAny = surroundings.outlook === "any-volume";
	return [
		...dues.flatMap((due) => wantsOfStep(due, surroundings)),
		...(isOfAny ? readingNeeds(config, reads) : []).map((need) => ({ ...need, isOptional: false })),
		...fileWants(planned, reads),
		...keptWants(config.capabilities),
		...rowWants(planned, isOfAny ? undefined : reads),
		...(changesIds(planned) ? (["SETUID", "SETGID"] as const) : []).map((name) => ({
			anyOf: [name],
			purpose: "to become the user",
			isOptional: false,
		})),
	];
}

export function wantsOfStep({ needs, given, isOptional, onlyWith, label }: Due, surroundings: Surroundings): Want[] {
	const isSpared = isOptional || onlyWith !== undefined;
	const isOfAny = surroundings.outlook === "any-volume";
	return [
		...needs.map((need) => (isOfAny ? ofAny(need, isSpared, surroundings) : { ...need, isOptional: isSpared || need.isBetter === true })),
		...(given.capabilities ?? []).map((name) => ({ anyOf: [name], purpose: "required", isOptional: isSpared })),
		...(onlyWith === undefined ? [] : [{ anyOf: [onlyWith], purpose: `${label} asks whether it is held`, isOptional: true }]),
	];
}

function ofAny(need: Need, isOptional: boolean, { runtime }: Surroundings): Want {
	if (need.isFreeInDocker === true && runtime === "docker") {
		return { ...need, isOptional: true, purpose: `${need.purpose} outside Docker's own networks: --network host, Podman` };
	}
	return { ...need, isOptional: isOptional || need.isSpare === true };
}

/** What the plan itself reads: secrets of a mount may be anybody's. */
function readingNeeds({ env, groups }: Config, reads: Reads): Need[] {
	const environment = new Map(reads.environ().map(splitEntry));
	const files = env.fromFile.flatMap((name) => environment.get(`${name}_FILE`) ?? []);
	return mayReach(...[...files, ...groups.fromPath].filter((path) => path.startsWith("/")));
}

/** What the configuration names. `keep: ALL` names none: it is content with what there is. */
export function keptWants(config: CapabilityConfig): Want[] {
	const all = (set: Iterable<Capability>, isOptional: boolean): Want[] =>
		[...set].map((each) => ({ anyOf: [capabilityName(each) as CapabilityName], purpose: "kept for the workload", isOptional }));
	switch (config.form) {
		case "keep":
			return [...all(config.keep, false), ...all(config.keepIfPresent, true)];
		case "drop":
			return [];
		case "sets": {
			const { permitted, inheritable, bounding } = config.sets;
			return all(permitted.union(inheritable).union(bounding).list(), false);
		}
	}
}

/** What the command's file has marked effective: it does not start without, however the configuration keeps it. */
function fileWants({ plan: { command, departure }, start }: Planned, reads: Reads): Want[] {
	const workdir = departure.rows.workdir ?? start.workdir;
	const place = placeOf(command, workdir, reads);
	const fd = place === undefined ? -1 : reads.openRead(AT.FDCWD, place, O.PATH, 0);
	const marked = fd < 0 ? undefined : withDescriptor(reads, fd, () => effectiveFileCapabilities(reads, fd));
	const kept = (marked?.list() ?? []).filter((each) => departure.expected.sets.bounding.has(each));
	const purpose = "kept for the command, whose file has it marked effective";
	return kept.map((each) => ({ anyOf: [capabilityName(each) as CapabilityName], purpose, isOptional: false }));
}

/** Whether the bounding set keeps what has been granted. */
export function keeper(config: CapabilityConfig): (name: CapabilityName) => boolean {
	switch (config.form) {
		case "keep":
			return (name) => [...config.keep, ...config.keepIfPresent].includes(capability(name));
		case "drop":
			return (name) => !config.drop.includes(capability(name));
		case "sets":
			return (name) => config.sets.bounding.has(capability(name));
	}
}

export function rowWants({ plan: { departure }, config: { whenUnprivileged } }: Planned, now: Reads | undefined): Want[] {
	return table.flatMap(({ name: row, asks }) => {
		const part = departure.rows[row as RowName];
		const asked = part === undefined ? [] : (asks?.(part, { now, whenUnprivileged }) ?? []);
		return asked.map(({ name, purpose, isOptional = false }) => ({ anyOf: [name], purpose, isOptional }));
	});
}

export function changesIds({ plan, start }: Planned): boolean {
	const { uid, gid, groups } = plan.departure.rows;
	return (
		(uid ?? 0) !== 0 ||
		(gid ?? 0) !== 0 ||
		(groups !== undefined && ascending(groups).join() !== ascending(start.credentials.groups).join())
	);
}

/** The fewest: one that has no alternative may serve where there are several. */
export function choose(wants: readonly Want[], taken: ReadonlyMap<CapabilityName, string> = new Map()): Map<CapabilityName, string> {
	const chosen = new Map<CapabilityName, string>();
	for (const { anyOf, purpose } of [...wants].sort((one, other) => one.anyOf.length - other.anyOf.length)) {
		if (!anyOf.some((name) => taken.has(name) || chosen.has(name))) {
			chosen.set(anyOf[0] as CapabilityName, purpose);
		}
	}
	return chosen;
}

export function withGivingUp(
	purposes: ReadonlyMap<CapabilityName, string>,
	isKept: (name: CapabilityName) => boolean,
): Map<CapabilityName, string> {
	const isAllKept = [...purposes.keys()].every(isKept);
	return new Map([
		...purposes,
		...(isAllKept || purposes.has("SETPCAP") ? [] : [["SETPCAP", "to give all of these up for good"] as const]),
	]);
}
