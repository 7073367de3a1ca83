import type { Reads } from "../sys/native.ts";
import type { AskedSetting, Gift, Given, Need, SchemaConstraints, StepProgram, Warning } from "./step.ts";
import { type StepAction, type StepKind, stepOf } from "./table.ts";

/** What the tools ask of a step, which no start pays for. */

export function summaryOf(kind: StepKind): string {
	return stepOf(kind).summary;
}

export function givenFor(action: StepAction, reads: Reads): Given {
	return stepOf(action.kind).grants?.(action, reads) ?? {};
}

export function giftsOf(action: StepAction, reads: Reads): readonly Gift[] {
	return stepOf(action.kind).gives?.(action, reads) ?? [];
}

export function warningsOf(action: StepAction, reads: Reads): readonly Warning[] {
	return stepOf(action.kind).warnings?.(action, reads) ?? [];
}

/** Where what it leaves running answers: `unix /run/d.sock`. */
export function answersOf(action: StepAction): readonly string[] {
	return stepOf(action.kind).answers?.(action) ?? [];
}

/** What apply may need whatever it finds. */
export function mayNeedOf(action: StepAction): readonly Need[] {
	return stepOf(action.kind).mayNeed(action);
}

export function programsOf(action: StepAction, reads: Reads): readonly StepProgram[] {
	return stepOf(action.kind).programs?.(action, reads) ?? [];
}

export function askedFor(action: StepAction): readonly string[] {
	return stepOf(action.kind).asksFor?.(action) ?? [];
}

export function settingsAsked(action: StepAction): readonly AskedSetting[] {
	return stepOf(action.kind).settings?.(action) ?? [];
}

export function programPlaces(action: StepAction, reads: Reads): readonly string[] {
	return stepOf(action.kind).programPlaces?.(action, reads) ?? [];
}

export function idleWithout(action: StepAction): readonly string[] {
	return stepOf(action.kind).idleWithout?.(action) ?? [];
}

/** A step as it is written, by its kind and its configuration; without one where a variable is lacking. */
interface Written {
	readonly kind: string;
	readonly config: unknown;
}

export function treesGivenAway({ kind, config }: Written): readonly string[] {
	return (config === undefined ? undefined : stepOf(kind).givesAway?.(config)) ?? [];
}

export function modesChanged({ kind, config }: Written): readonly string[] {
	return (config === undefined ? undefined : stepOf(kind).changesMode?.(config)) ?? [];
}

export function variablesTaken({ kind, config }: Written): readonly string[] {
	return (config === undefined ? undefined : stepOf(kind).takesVariables?.(config)) ?? [];
}

export function refusedIfShaped({ kind, config }: Written): readonly string[] {
	return (config === undefined ? undefined : stepOf(kind).refusesShaped?.(config)) ?? [];
}

export function leavesKeys({ kind, config }: Written): boolean {
	return config !== undefined && stepOf(kind).leavesKeys?.(config) === true;
}

/** The user of what it leaves running beside the workload. */
export function leavesRunning({ kind, config }: Written): string | undefined {
	return config === undefined ? undefined : stepOf(kind).leavesRunning?.(config);
}

export function makesRootsFiles({ kind, config }: Written): boolean {
	return config !== undefined && stepOf(kind).makesRootsFiles?.(config) === true;
}

/** By the whole name of the key: `fuse.command`. */
export function constraintsOf(kind: StepKind): SchemaConstraints {
	const own = Object.entries(stepOf(kind).constraints ?? {});
	return Object.fromEntries(own.map(([field, constraint]) => [field === "" ? kind : `${kind}.${field}`, constraint]));
}
