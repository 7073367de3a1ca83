import { type CapabilityName, capabilityName } from "../capability/names.ts";
import { mayReach } from "../steps/common/reach.ts";
import { givenFor, mayNeedOf } from "../steps/facts.ts";
import { isAfterDrop, madeBy, needsOf, type StepAction } from "../steps/index.ts";
import type { Given, Need } from "../steps/step.ts";
import { splitEntry } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import { isOpenToRoot, type PlannedModes } from "./open-to-root.ts";
import type { PlannedStep } from "./plan.ts";
import type { Planned, Surroundings } from "./surroundings.ts";
import { type Circumstances, unmetCondition } from "./when.ts";

/** A step that is done, with what it needs and what it is given. */
export interface Due {
	readonly label: string;
	/** A start goes on when it fails, or without it. */
	readonly isOptional: boolean;
	/** It is done when this is held, and passed over when not. */
	readonly onlyWith: CapabilityName | undefined;
	readonly needs: readonly Need[];
	readonly given: Given;
}

export function dueSteps({ plan, start }: Planned, reads: Reads, { outlook, runtime }: Surroundings): Due[] {
	const circumstances: Circumstances = {
		reads,
		environment: new Map(plan.environment.map(splitEntry)),
		command: plan.command.argv[0],
		held: start.credentials.sets.permitted,
		viewer: plan.identity,
	};
	const isOfAny = outlook === "any-volume";
	// What exists is the volume's to say.
	const isDue = ({ action, when }: PlannedStep) =>
		!isAfterDrop(action) && unmetCondition(when && { ...when, exists: isOfAny ? undefined : when.exists }, circumstances) === undefined;
	const steps = plan.setup.filter(isDue);
	const modes = plannedModes(steps.map(({ action }) => action));
	return steps.map(({ label, action, when, onError }): Due => {
		const given = possible(givenFor(action, reads), runtime);
		const onlyWith = when?.held === undefined ? undefined : (capabilityName(when.held) as CapabilityName);
		const about = { label, isOptional: onError === "warn", onlyWith, given };
		if (given.isEnough === true) {
			return { ...about, needs: [] };
		}
		const looked = isOfAny ? mayReach(...(when?.exists === undefined ? [] : [when.exists])) : [];
		const may = mayNeedOf(action).filter((need) => isOfAny || (need.isFreeInDocker === true && runtime !== "docker"));
		const now = isOfAny ? [] : needsOf(action, reads).filter((need) => isReal(need, reads, modes));
		return { ...about, needs: [...now, ...may, ...looked] };
	});
}

/** A Pod's name is a label: no dots, no capitals. */
function possible({ hostname, isEnough, ...given }: Given, runtime: Surroundings["runtime"]): Given {
	const isPossible = hostname === undefined || runtime !== "kubernetes" || /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(hostname);
	return isPossible ? { ...given, ...(hostname !== undefined && { hostname }), ...(isEnough && { isEnough }) } : given;
}

/** Directories that steps make closed are closed to the steps that follow, and to the next start. */
function plannedModes(actions: readonly StepAction[]): PlannedModes {
	return new Map(actions.flatMap(madeBy).flatMap(({ path, directory }) => (directory === undefined ? [] : [[path, directory] as const])));
}

/** False for what root can do without, and for what a run that goes well does not meet. */
export function isReal({ isSpare, unlessOpen }: Need, reads: Reads, modes: PlannedModes = new Map()): boolean {
	return isSpare !== true && (unlessOpen === undefined || !isOpenToRoot(reads, unlessOpen.path, unlessOpen.for, modes));
}
