import { capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { lackOf, type Withheld } from "../capability/withheld.ts";
import { type Diagnostic, Failure, ofStep } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { describeStep, isAfterDrop, needsOf, obstaclesOf, preparesGround } from "../steps/index.ts";
import type { Need } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { type Circumstances, unmetCondition } from "./when.ts";

interface Held {
	/** What steps may use. */
	readonly permitted: CapabilitySet;
	readonly withheld: Withheld | undefined;
}

/** Who looks, and with what. */
export interface Looking extends Held {
	readonly reads: Reads;
	readonly circumstancesOf: (step: PlannedStep) => Circumstances;
	/** Does it with what a look takes. */
	with<T>(wanted: CapabilitySet, work: () => T): T;
}

/** What a step finds. */
export interface Look {
	/** Why it is passed over. */
	readonly unmet: string | undefined;
	readonly needs: readonly Need[];
	readonly obstacles: readonly Problem[];
}

/** Looking may need to pass directories of others; uid 0 without capabilities is an ordinary owner. */
const forLooking = CapabilitySet.of("DAC_READ_SEARCH", "DAC_OVERRIDE");

/** Whether a step's conditions hold, and what it needs now. */
export function lookAt(looking: Looking, step: PlannedStep): Look {
	return looking.with(forLooking, () => see(looking, step, false));
}

function see({ reads, circumstancesOf }: Looking, step: PlannedStep, wantsObstacles: boolean): Look {
	const unmet = unmetCondition(step.when, circumstancesOf(step));
	const isDue = unmet === undefined;
	return {
		unmet,
		needs: isDue ? needsOf(step.action, reads) : [],
		obstacles: isDue && wantsObstacles ? obstaclesOf(step.action, reads) : [],
	};
}

/**
 * At all steps that have to be done, before the first of them has touched anything. One is missing of which it cannot be told whether its
 * conditions hold: a step before may put that right, and it is told when it is the step's turn.
 */
export function firstLook(looking: Looking, { setup }: Pick<Plan, "setup">): ReadonlyMap<PlannedStep, Look> {
	const mandatory = setup.filter(({ action, onError }) => onError === "fail" && !isAfterDrop(action));
	const firstToPrepare = setup.findIndex(({ action }) => preparesGround(action));
	const onFirmGround = setup.slice(0, firstToPrepare < 0 ? undefined : firstToPrepare + 1);
	const look = (step: PlannedStep) => {
		const seen = seeIfKnown(looking, step, onFirmGround.includes(step));
		return seen === undefined ? [] : [[step, seen] as const];
	};
	return new Map(looking.with(forLooking, () => mandatory.flatMap(look)));
}

function seeIfKnown(looking: Looking, step: PlannedStep, wantsObstacles: boolean): Look | undefined {
	try {
		return see(looking, step, wantsObstacles);
	} catch (error) {
		if (error instanceof Failure) {
			return undefined;
		}
		throw error;
	}
}

/** All that is certainly missing, capabilities and whatever else stands in the way. */
export function problemsIn(looks: ReadonlyMap<PlannedStep, Look>, held: Held): Diagnostic[] {
	return onceEach([...looks].flatMap(([step, look]) => problemsOf(step, look, held)));
}

export function problemsOf(step: PlannedStep, { unmet, needs, obstacles }: Look, { permitted, withheld }: Held): Diagnostic[] {
	const name = nameOf(step);
	return [
		...missingNeeds(needs, permitted).map((need) => missingDiagnostic(need, name, withheld)),
		...obstacles.map((each) => ofStep(name, { code: "STEP_FAILED", ...each })),
		...(unmet === undefined ? impossibleChildren(step) : []).map((each) => ofStep(name, each)),
	];
}

/** What helps with several is told with the last. */
function onceEach(diagnostics: readonly Diagnostic[]): Diagnostic[] {
	return diagnostics.map((each, index) => {
		const later = diagnostics.slice(index + 1).flatMap(({ remedy = [] }) => remedy);
		return each.remedy === undefined ? each : { ...each, remedy: each.remedy.filter((line) => !later.includes(line)) };
	});
}

/** What no step before can change: who exists in this user namespace. */
function impossibleChildren({ children }: PlannedStep): Diagnostic[] {
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
		remedy: [...remedy, ...instead],
	});
}

/** As messages call it. */
export function nameOf({ label, action }: PlannedStep): string {
	return `${label} ${action.kind} ${describeStep(action)}`;
}
