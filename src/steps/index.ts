import type { Identity } from "../identity/identity.ts";
import { blanksQuoted } from "../report/text.ts";
import type { Reads } from "../sys/native.ts";
import type {
	ApplyContext,
	Beholder,
	BoundAddress,
	ChildRequest,
	Made,
	Need,
	Obstacle,
	Outcome,
	PlanContext,
	SocketPromise,
	VariableChange,
	WalkedTree,
	WithoutRoot,
} from "./step.ts";
import { type StepAction, stepOf } from "./table.ts";

export { document, loadSteps, type StepAction, type StepKind, stepKinds } from "./table.ts";

/** What a run asks of a step by its action; what is asked about it beside a run stands in facts.ts. */

export function planStep(kind: string, config: unknown, context: PlanContext): StepAction {
	return { ...(stepOf(kind).plan(config, context) as object), kind } as StepAction;
}

/** In one line, where a value with blanks is quoted: it could be read as more of what the step does. `shown` is what is shown of a value. */
export function describeStep(action: StepAction, shown: (value: string) => string = (value) => value): string {
	return stepOf(action.kind).describe(withBlanksQuoted(action, shown));
}

function withBlanksQuoted(value: unknown, shown: (value: string) => string): unknown {
	if (typeof value === "string") {
		const [, name = "", rest = ""] = value.length > longestShown ? [] : (/^(\w+=)?(.* .*)$/s.exec(value) ?? []);
		return rest === "" ? value : `${name}${blanksQuoted(shown(rest))}`;
	}
	if (Array.isArray(value)) {
		return value.map((each) => withBlanksQuoted(each, shown));
	}
	return value?.constructor === Object
		? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === sentence ? each : withBlanksQuoted(each, shown)]))
		: value;
}

/** Put together by the step, of values that are quoted already. */
const sentence = "text";

/** PATH_MAX; contents are not shown. limits.h(0p) */
const longestShown = 4096;

export function needsOf(action: StepAction, reads: Reads): readonly Need[] {
	return stepOf(action.kind).needs(action, reads);
}

/** Steps after which others may find what is missing now: what stands in their way is only told when it is their turn. */
export function preparesGround({ kind }: StepAction): boolean {
	return stepOf(kind).preparesGround === true;
}

/** Steps that may have a say in the workload's environment. */
export function changesVariables(kind: string): boolean {
	return stepOf(kind).variables !== undefined;
}

/** Whether a step may start a program, or look at something as the user. */
export function usesProcesses({ kind }: StepAction): boolean {
	return stepOf(kind).usesProcesses !== false;
}

/** Whether a second program of the container, by `enter`, gets the environment that such a step makes of its own. */
export function isForEnter(kind: string): boolean {
	return stepOf(kind).isForEnter === true;
}

export function isAfterDrop(action: StepAction): boolean {
	return stepOf(action.kind).isAfterDrop?.(action) === true;
}

export function variablesOf(action: StepAction): VariableChange {
	return stepOf(action.kind).variables?.(action) ?? noChange;
}

const noChange: VariableChange = { unset: [], set: {} };

export function notesOf(action: StepAction): readonly string[] {
	return stepOf(action.kind).notes?.(action) ?? [];
}

export function madeBy(action: StepAction): readonly Made[] {
	return stepOf(action.kind).makes?.(action) ?? [];
}

export function alteredBy(action: StepAction): readonly Made[] {
	return stepOf(action.kind).alters?.(action) ?? [];
}

/** The trees that it would walk now. */
export function treesOf(action: StepAction, reads: Reads): readonly WalkedTree[] {
	return stepOf(action.kind).trees?.(action, reads) ?? [];
}

export function obstaclesOf(action: StepAction, reads: Reads, isClose: boolean, beholder?: Beholder): readonly Obstacle[] {
	return stepOf(action.kind).obstacles?.(action, reads, isClose, beholder) ?? [];
}

export function boundBy(action: StepAction): readonly BoundAddress[] {
	return stepOf(action.kind).binds?.(action) ?? [];
}

export function applyStep(action: StepAction, context: ApplyContext): Outcome {
	return stepOf(action.kind).apply(action, context);
}

export function withoutRoot(action: StepAction, reads: Reads): WithoutRoot | undefined {
	return stepOf(action.kind).withoutRoot?.(action, reads);
}

/** How its processes depart is planned with it. */
export function childrenOf(action: StepAction, target: Identity): Readonly<Record<string, ChildRequest>> {
	return stepOf(action.kind).children?.(action, target) ?? {};
}

export function socketsOf(action: StepAction): readonly SocketPromise[] {
	return stepOf(action.kind).sockets?.(action) ?? [];
}
