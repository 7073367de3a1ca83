import { capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { lackOf, type Withheld } from "../capability/withheld.ts";
import { type Diagnostic, ofStep, unlessDefect } from "../report/failure.ts";
import { alteredBy, isAfterDrop, madeBy, needsOf, obstaclesOf, preparesGround } from "../steps/index.ts";
import type { Beholder, Need, Obstacle } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import type { Before } from "./as-left.ts";
import type { closedByThen } from "./closed-by-then.ts";
import { isTouched } from "./made.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import type { AsLeft, readsAsLeft } from "./reads-as-left.ts";
import { type Circumstances, unmetCondition } from "./when.ts";

export interface Held {
	/** What steps may use. */
	readonly permitted: CapabilitySet;
	readonly withheld: Withheld | undefined;
}

/** Who looks, and with what. */
export interface Looking extends Held {
	readonly reads: Reads;
	/** Looked for at what a step would be refused. */
	readonly target?: Beholder["target"];
	/** There for who may not write everywhere. */
	readonly closedByThen: typeof closedByThen | undefined;
	/** There for who looks closely: what steps before are certain to leave. */
	readonly readsAsLeft?: typeof readsAsLeft;
	readonly circumstancesOf: (step: PlannedStep) => Circumstances;
	/** Does it with what a look takes. */
	with<T>(wanted: CapabilitySet, work: () => T): T;
}

/** What a step finds. */
export interface Look {
	/** Why it is passed over. */
	readonly unmet: string | undefined;
	readonly needs: readonly Need[];
	readonly obstacles: readonly Obstacle[];
}

export type Looks = ReadonlyMap<PlannedStep, Look>;

/** Thrown before any step has touched anything, because of what was seen; it is put into words when there is time to load them. */
export class NothingDone extends Error {
	readonly looks: Looks;

	constructor(looks: Looks) {
		super();
		this.looks = looks;
	}
}

/** Looking may need to pass directories of others; uid 0 without capabilities is an ordinary owner. */
export const forLooking = CapabilitySet.of("DAC_READ_SEARCH", "DAC_OVERRIDE");

const mayOverride = CapabilitySet.of("DAC_OVERRIDE", "FOWNER");

export function writesEverywhere(permitted: CapabilitySet): boolean {
	return mayOverride.minus(permitted).isEmpty;
}

/** Whether a step's conditions hold, and what it needs now. */
export function lookAt(looking: Looking, step: PlannedStep): Look {
	return looking.with(forLooking, () => ({ ...see(looking, step), obstacles: [] }));
}

function see({ reads, circumstancesOf }: Looking, step: PlannedStep): Omit<Look, "obstacles"> {
	const unmet = unmetCondition(step.when, circumstancesOf(step));
	const isAsked = unmet === undefined && !isAfterDrop(step.action);
	return { unmet, needs: isAsked ? needsOf(step.action, reads) : [] };
}

/**
 * At all steps that have to be done, before the first of them has touched anything. One is missing of which it cannot be told whether its
 * conditions hold: a step before may put that right, and it is told when it is the step's turn. `isClose`: at what a start does not pay for, such as
 * steps that may fail.
 */
export function firstLook(looking: Looking, { setup }: Pick<Plan, "setup">, isClose = false): Looks {
	const looks = new Map<PlannedStep, Look>();
	const inTurn = [...setup.filter(({ action }) => !isAfterDrop(action)), ...setup.filter(({ action }) => isAfterDrop(action))];
	const before = { done: [] as PlannedStep[], unsure: [] as PlannedStep[] };
	const isRefused = (step: PlannedStep) => looks.get(step)?.obstacles.length !== 0;
	looking.with(forLooking, () => {
		for (const step of inTurn) {
			const mayFail = step.onError === "warn";
			const left = inTurn[0] === step ? undefined : looking.readsAsLeft?.(before, looking, isRefused);
			const seen =
				isClose || !mayFail ? unlessUnknown(() => see(left === undefined ? looking : { ...looking, reads: left.reads }, step)) : undefined;
			const isDue = seen !== undefined && seen.unmet === undefined;
			const obstacles = isDue ? obstaclesTo(step, seen.needs, before, left, looking, isClose) : [];
			if (seen !== undefined) {
				looks.set(step, { ...seen, obstacles });
			}
			// What it waits for may be there by then.
			if (seen === undefined || mayFail || step.when?.exists !== undefined) {
				before.unsure.push(step);
			} else if (seen.unmet === undefined) {
				before.done.push(step);
			}
		}
	});
	return looks;
}

function unlessUnknown<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch (error) {
		return unlessDefect(error);
	}
}

/** Without what a step before may put right. A start looks for nothing behind one that prepares the ground. */
function obstaclesTo(
	{ action }: PlannedStep,
	needs: readonly Need[],
	before: Before,
	left: AsLeft | undefined,
	{ reads, target, permitted, closedByThen }: Looking,
	isClose: boolean,
): readonly Obstacle[] {
	const steps = [...before.done, ...before.unsure];
	const isFirm = !steps.some((each) => preparesGround(each.action));
	const isLooked = isFirm || isClose;
	const seen = isLooked ? obstaclesOf(action, left?.reads ?? reads, isClose, target && { target, permitted }) : [];
	const found = left === undefined ? seen : seen.map((each) => left.because(each, ...(each.at ?? [])));
	const touched = found.length === 0 ? [] : steps.flatMap((each) => [...madeBy(each.action), ...alteredBy(each.action)]);
	const mounted =
		found.length === 0
			? []
			: (left?.mounted() ?? steps.filter((each) => preparesGround(each.action)).flatMap((each) => madeBy(each.action)));
	const mayBePutRight = ({ at, under }: Obstacle) =>
		at?.some((path) => left?.isKnown(path) !== true && isTouched(path, touched, reads)) ??
		(under === undefined ? !isFirm : left?.isFixed(under) !== true && isTouched(under, mounted, reads));
	const lasting = found.filter((each) => each.isLasting === true || !mayBePutRight(each));
	const isAll = lasting.length > 0 || !isLooked || writesEverywhere(permitted);
	return isAll ? lasting : (closedByThen?.(action, needs, before, permitted, reads) ?? lasting);
}

/** Whether a run must not begin. */
export function isHopeless([step, { unmet, needs, obstacles }]: readonly [PlannedStep, Look], permitted: CapabilitySet): boolean {
	return missingNeeds(needs, permitted).length > 0 || obstacles.length > 0 || (unmet === undefined && impossibleChildren(step).length > 0);
}

/** What no step before can change: who exists in this user namespace. */
export function impossibleChildren({ children }: PlannedStep): Diagnostic[] {
	return Object.values(children)
		.flatMap((child) => ("refused" in child ? child.refused.slice(0, 1) : []))
		.filter(({ code }) => code === "ID_UNMAPPED")
		.slice(0, 1);
}

export function missingNeeds(needs: readonly Need[], permitted: CapabilitySet): Need[] {
	return needs.filter((need) => need.certain && !isHeld(need, permitted));
}

export function isHeld({ anyOf }: Pick<Need, "anyOf">, permitted: CapabilitySet): boolean {
	return anyOf.some((name) => permitted.has(capability(name)));
}

export function missingDiagnostic({ anyOf, purpose, instead = [] }: Need, name: string, withheld: Withheld | undefined): Diagnostic {
	const { message: lack, remedy } = lackOf(anyOf.slice(0, 1), withheld);
	return ofStep(name, {
		code: "CAPABILITY_MISSING",
		message: `${anyOf.join(" or ")} is ${lack}, needed ${purpose}`,
		lacks: anyOf.slice(0, 1),
		remedy: [...remedy, ...instead],
	});
}
