import { capability } from "../capability/names.ts";
import { mountAt } from "../files/mountinfo.ts";
import { isWithin } from "../files/path-text.ts";
import { alteredBy, madeBy } from "../steps/index.ts";
import type { Made } from "../steps/step.ts";
import { AT } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { isThere, type Left, type Seer, type Turn } from "./left.ts";
import { changed, copied, placed, shown } from "./left-there.ts";
import { leadsTo } from "./made.ts";
import type { PlannedStep } from "./plan.ts";

/** What is known of the steps before: which of them are done, and of which that cannot be told. */
export interface Before {
	readonly done: readonly PlannedStep[];
	readonly unsure: readonly PlannedStep[];
}

/** Of steps that run. Not sure is what may fail, and what waits for something that may be there by then. */
export function beforeOf(steps: readonly PlannedStep[]): Before {
	const isSure = (each: PlannedStep) => each.onError !== "warn" && each.when?.exists === undefined;
	return { done: steps.filter(isSure), unsure: steps.filter((each) => !isSure(each)) };
}

/** What steps leave at a path without links; undefined where they do not touch it. */
export type LeftAt = (path: string) => Left | undefined;

interface Touching {
	readonly step: PlannedStep;
	readonly made: Made;
	/** Where that leads. */
	readonly at: string;
	readonly isUnsure: boolean;
}

export function leftBy({ done, unsure }: Before, seer: Seer): LeftAt {
	const touchings = (isUnsure: boolean) => (step: PlannedStep) =>
		[...madeBy(step.action), ...alteredBy(step.action)].map(
			(made): Touching => ({ step, made, at: leadsTo(seer.reads, made.path), isUnsure }),
		);
	// What is not sure may be done before or after the others.
	const all = [...unsure.flatMap(touchings(true)), ...done.flatMap(touchings(false)), ...unsure.flatMap(touchings(true))];
	const known = new Map<string, Left | undefined>();
	return (path) => {
		if (!known.has(path)) {
			known.set(path, leftAt(path, all, seer));
		}
		return known.get(path);
	};
}

function leftAt(path: string, all: readonly Touching[], seer: Seer): Left | undefined {
	let left: Left | undefined;
	for (const [index, touching] of all.entries()) {
		const sourceAt = (source: string) => leftAt(source, all.slice(0, index), seer) ?? now(seer.reads, source);
		left = afterStep(touching, path, left ?? now(seer.reads, path), { ...seer, sourceAt }) ?? left;
	}
	return left;
}

function now(reads: Reads, path: string): Left {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	return typeof stat === "number" ? "absent" : { stat, isContentKnown: true };
}

/** Undefined where the step leaves it as it was. */
function afterStep({ step, made, at, isUnsure }: Touching, path: string, before: Left, turn: Turn): Left | undefined {
	const [isExact, below] = [path === at, path.slice(at.length)];
	const there = isThere(before) ? before : undefined;
	if (!isExact && !(made.isTree === true && isWithin(path, at))) {
		// What leads there is made with it.
		return isWithin(at, path) && there === undefined ? "unknown" : undefined;
	}
	if (isWithin(path, "/dev") && made.path === "/" && !mayMakeDevices(step)) {
		return undefined;
	}
	if (isUnsure) {
		return "unknown";
	}
	switch (made.leaves) {
		case "nothing":
			return { goneBy: step };
		case "emptiness":
			return isExact || isMountPoint(at, turn) ? "unknown" : { goneBy: step };
		case "another":
			return isMountPoint(at, turn) ? "unknown" : shown(step, made, below, turn);
		case "content":
			return there && changed(step, path, there, turn);
		default:
			return made.from === undefined ? placed(made, isExact, before, turn) : copied(made.from, below, before, turn);
	}
}

function isMountPoint(path: string, { reads }: Seer): boolean {
	return mountAt(reads, path)?.point === path;
}

/** Of a program that may make anything else. */
function mayMakeDevices({ children = {} }: PlannedStep): boolean {
	const held = Object.values(children).map((child) => ("refused" in child ? undefined : child.departure.expected.sets.permitted));
	const givers = (["MKNOD", "SYS_ADMIN"] as const).map(capability);
	return held.some((sets) => sets === undefined || givers.some((each) => sets.has(each)));
}
