import type { CapabilityName } from "../capability/names.ts";
import type { CapabilitySet } from "../capability/set.ts";
import type { Diagnostic } from "../report/failure.ts";
import { givenFor, warningsOf } from "../steps/facts.ts";
import { isAfterDrop, madeBy, needsOf, preparesGround, type StepAction } from "../steps/index.ts";
import type { GivenDevice, Need } from "../steps/step.ts";
import { AT, O } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { closedByThen } from "./closed-by-then.ts";
import { dropNeeds } from "./drop-needs.ts";
import { type Due, dueSteps, isReal, plannedModes } from "./due-steps.ts";
import { endFaults } from "./end-faults.ts";
import { firstLook, isHeld, type Looking } from "./first-look.ts";
import { problemsOfEach } from "./first-problems.ts";
import { isTouched } from "./made.ts";
import type { PlannedModes } from "./open-to-root.ts";
import type { PlannedStep } from "./plan.ts";
import { readsAsLeft } from "./reads-as-left.ts";
import { surelyUnmet } from "./setup.ts";
import type { Planned, Surroundings } from "./surroundings.ts";
import { usedCapabilities } from "./used.ts";
import { circumstancesNow } from "./when.ts";

/** What something takes, and whether this start has it. */
export interface NeedHere {
	readonly anyOf: readonly CapabilityName[];
	/** Without it a run would be refused; else it may be needed, or is better to have. */
	readonly certain: boolean;
	/** `to mount at /srv` */
	readonly purpose: string;
	readonly isHeld: boolean;
}

export interface DeviceHere {
	readonly path: string;
	/** Of r, w and m. */
	readonly access: string;
	/** It is there, and nothing that can be seen without opening it to write stands in the way. */
	readonly isUsable: boolean;
}

/** A step as it would go here and now. */
export interface StepOutlook {
	readonly step: PlannedStep;
	/** Why it would be passed over. */
	readonly skipped: string | undefined;
	readonly needs: readonly NeedHere[];
	readonly devices: readonly DeviceHere[];
	readonly problems: readonly Diagnostic[];
	/** What a run would warn of. */
	readonly warnings: readonly string[];
}

/** Whether a start would go on, as far as it can be known before it has changed anything. */
export interface Preflight {
	readonly steps: readonly StepOutlook[];
	/** What giving up and the walls take, and what is kept for the workload. */
	readonly drop: readonly NeedHere[];
	/** Everything that would stop a run, in the order a run tells it, each once. */
	readonly problems: readonly Diagnostic[];
	/** Held, and used by no step, nor the drop, nor the workload. */
	readonly unused: CapabilitySet;
	/** Held, and used by nothing as things are here: another volume may bring what takes it, or another runtime. */
	readonly unusedHere: CapabilitySet;
}

/** `isCommandKnown` is false for a plan whose command stands for one that was not given. */
export function preflight(planned: Planned, reads: Reads, isCommandKnown = true): Preflight {
	const { plan, start } = planned;
	const permitted = start.credentials.sets.permitted;
	const circumstances = circumstancesNow(plan, start, reads);
	const looking: Looking = {
		reads,
		permitted,
		withheld: start.withheld,
		target: plan.identity,
		closedByThen,
		readsAsLeft,
		circumstancesOf: () => circumstances,
		with: (_, work) => work(),
	};
	const ofSteps = problemsOfEach(firstLook(looking, plan, true), { ...looking, target: plan.identity });
	const isFailing = (step: PlannedStep) => (ofSteps.get(step) ?? []).length > 0;
	const here: Surroundings = { outlook: "this-start", runtime: "docker", looksBelow: true };
	const dues = dueSteps(planned, reads, here);
	const due: PlannedStep[] = [];
	const outlook = (step: PlannedStep): StepOutlook => {
		const skipped = step.when === undefined ? undefined : surelyUnmet(step.when, circumstances, due);
		if (skipped !== undefined) {
			return { step, skipped, needs: [], devices: [], problems: [], warnings: [] };
		}
		const found = ofSteps.get(step) ?? [];
		const mayFail = step.onError === "warn";
		const warnings = [
			...(mayFail ? found.filter(({ code }) => code !== "CAPABILITY_MISSING").map(({ message }) => message) : []),
			...warningsHere(step, due, reads),
		];
		due.push(step);
		return {
			step,
			skipped,
			needs: needsHere(step, plannedModes(due.map(({ action }) => action)), dues, reads, permitted),
			devices: (givenFor(step.action, reads).devices ?? []).map((device) => deviceHere(device, reads)),
			problems: mayFail ? [] : found,
			warnings,
		};
	};
	const steps = plan.setup.map(outlook);
	const used = permitted.intersection(usedCapabilities(planned, reads));
	const end = endFaults({ ...planned, plan: { ...plan, setup: due } }, reads, { isCommandKnown, isFailing });
	return {
		steps,
		drop: dropNeeds(planned, reads).map((need) => ({ ...need, isHeld: isHeld(need, permitted) })),
		problems: [...[...ofSteps].flatMap(([{ onError }, found]) => (onError === "warn" ? [] : found)), ...end],
		unused: permitted.minus(used),
		unusedHere: used.minus(usedCapabilities(planned, reads, here, dues)),
	};
}

function warningsHere({ action }: PlannedStep, before: readonly PlannedStep[], reads: Reads): string[] {
	const madeIf = (may: (action: StepAction) => boolean) => before.flatMap((each) => (may(each.action) ? madeBy(each.action) : []));
	return warningsOf(action, reads).flatMap(({ message, at, isOfMount }) => {
		const made = madeIf(isOfMount ? (each) => givenFor(each, reads).mounts !== undefined : preparesGround);
		return isTouched(at, made, reads) ? [] : [message];
	});
}

/** Without what a run that goes well does not meet; with what a runtime would be asked for because of the steps before, and of what lies deeper. */
function needsHere({ action }: PlannedStep, modes: PlannedModes, dues: readonly Due[], reads: Reads, permitted: CapabilitySet): NeedHere[] {
	const now = (isAfterDrop(action) ? [] : needsOf(action, reads)).filter(
		(need: Need) => need.isBetter === true || isReal(need, reads, modes),
	);
	const isNew = ({ anyOf }: Need) => !now.some((each) => each.anyOf.some((name) => anyOf.includes(name)));
	const asked = dues.flatMap((each) => (each.action === action ? each.needs : [])).filter(isNew);
	return [...now, ...asked.map((need) => ({ ...need, certain: false }))].map(({ anyOf, certain, purpose }) => {
		return { anyOf, certain, purpose, isHeld: isHeld({ anyOf }, permitted) };
	});
}

/** Some do something when they are opened: only that of FUSE is, to read, which does nothing there. */
const harmless: readonly string[] = ["/dev/fuse"];

function deviceHere({ path, access }: GivenDevice, reads: Reads): DeviceHere {
	const fd = reads.openRead(AT.FDCWD, path, harmless.includes(path) ? O.RDONLY : O.PATH, 0);
	return { path, access, isUsable: fd >= 0 && withDescriptor(reads, fd, () => true) };
}
