import type { SetupEntry, WhenConfig } from "../config/config.ts";
import type { Attempts } from "../report/attempts.ts";
import { Failure, fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { changesVariables, isAfterDrop, notesOf, planStep, type StepAction, socketsOf, variablesOf, withoutRoot } from "../steps/index.ts";
import type { PlanContext, VariableChange } from "../steps/step.ts";
import type { Environment } from "./environment.ts";
import { failFor } from "./lack.ts";
import { madeBySteps } from "./made.ts";
import { PartlyKnown } from "./partly-known.ts";
import type { PlannedStep } from "./plan.ts";
import { type Circumstances, knownUnmet, unmetCondition } from "./when.ts";

export interface SetupOutlook {
	/** Takes what the reader should know. */
	readonly notes: string[];
	/** Takes what is said at a normal start too. */
	readonly warnings: Problem[];
	/** Whether steps that only root can do may be passed over. */
	readonly adapts: boolean;
	/** Takes what is wrong with any of the steps. */
	readonly errors: Attempts;
	/** Those that are not keep their number. */
	readonly isPlanned?: ((entry: SetupEntry) => boolean) | undefined;
	/** Takes the steps that could not be planned. */
	readonly failed?: SetupEntry[];
}

/**
 * The steps, and what they make of the workload's environment: those that follow see it without what a step has taken out. What
 * a step does after the drop is not there yet for any of them.
 */
export function planSetup(
	entries: readonly SetupEntry[],
	context: PlanContext & { readonly environment: Environment },
	circumstances: Circumstances,
	{ notes, warnings, adapts, errors, isPlanned = () => true, failed = [] }: SetupOutlook,
): StepWithoutChildren[] {
	const { environment } = context;
	let seen = context;
	const late: VariableChange[] = [];
	const steps: StepWithoutChildren[] = [];
	const planEntry = ({ kind, name, when, onError, config, lacks = [] }: SetupEntry, index: number): StepWithoutChildren[] => {
		const label = name ?? `setup[${index}]`;
		const work = () => {
			failFor(lacks, `setup[${index}]`);
			return atItsKey(kind, index, () => planStep(kind, config, seen));
		};
		const action = planUnlessUnmet(work, when, circumstances, steps);
		if (typeof action === "string") {
			notes.push(`${label} is left out: ${action}`);
			return [];
		}
		const spared = adapts ? withoutRoot(action, context.reads) : undefined;
		if (spared !== undefined && unmetCondition(when && { ...when, exists: undefined }, circumstances) === undefined) {
			const message = `${label} ${kind} is passed over: ${spared.why}`;
			if (spared.isReached) {
				notes.push(message);
			} else {
				warnings.push({ message });
			}
			return [];
		}
		notes.push(...notesOf(action).map((each) => `${label} ${each}`));
		const variables = variablesOf(action);
		if (socketsOf(action).length === 0 && isEmpty(variables)) {
			return [{ label, action, when, onError }];
		}
		// The workload is told how many sockets it gets, and which is which, and finds its variables: that has to be certain now.
		if (onError === "warn") {
			fail("CONFIG_CONFLICT", `a ${kind} step cannot go on without what it makes: on_error: warn is not for it`, {
				where: `setup[${index}].${kind}`,
			});
		}
		const unmet = unmetCondition(when, circumstances);
		if (unmet === undefined) {
			if (isAfterDrop(action)) {
				late.push(variables);
			} else {
				changeVariables(environment, variables);
			}
			return [{ label, action, when: undefined, onError }];
		}
		notes.push(`${label} is left out: ${unmet}`);
		return [];
	};
	for (const [index, entry] of entries.entries()) {
		const planned = isPlanned(entry) ? errors.attempt(() => planEntry(entry, index)) : [];
		if (planned === undefined) {
			failed.push(entry);
		}
		if (planned === undefined && changesVariables(entry.kind)) {
			// It would have made some that are not there now.
			seen = { ...seen, environment: new PartlyKnown(environment, (name) => !environment.has(name)) };
		}
		steps.push(...(planned ?? []));
	}
	for (const variables of late) {
		changeVariables(environment, variables);
	}
	return steps;
}

/** How they depart is planned when it is known how the workload does. */
export type StepWithoutChildren = Omit<PlannedStep, "children">;

/** What a step says is wrong is at its key in the file, whatever the step is called. */
function atItsKey<T>(kind: string, index: number, work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw error instanceof Failure ? error.below(`setup[${index}].${kind}`) : error;
	}
}

function isEmpty({ unset, set }: VariableChange): boolean {
	return unset.length === 0 && Object.keys(set).length === 0;
}

/** What a step lacks that is passed over in any case is no error. */
function planUnlessUnmet(
	plan: () => StepAction,
	when: WhenConfig | undefined,
	circumstances: Circumstances,
	before: readonly StepWithoutChildren[],
): StepAction | string {
	try {
		return plan();
	} catch (error) {
		const unmet = error instanceof Failure && when !== undefined ? surelyUnmet(when, circumstances, before) : undefined;
		if (unmet !== undefined) {
			return unmet;
		}
		throw error;
	}
}

/** Whether a path exists may change until it is asked for, where a step before can make it, and only its daemon knows what is on FUSE. */
export function surelyUnmet(when: WhenConfig, circumstances: Circumstances, before: readonly StepWithoutChildren[]): string | undefined {
	const { exists, ...others } = when;
	const mayExist = exists !== undefined && madeBySteps(before, circumstances)(exists);
	return knownUnmet({ ...others, exists: mayExist ? undefined : exists }, { ...circumstances, lookOnFuse: () => 0 });
}

/** What a step takes out of the workload's environment and what it puts there instead. */
function changeVariables(environment: Environment, { unset, set }: VariableChange): void {
	for (const name of unset) {
		environment.delete(name);
	}
	for (const [name, value] of Object.entries(set)) {
		environment.set(name, value);
	}
}
