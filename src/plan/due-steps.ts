import { type CapabilityName, capabilityName } from "../capability/names.ts";
import type { Viewer } from "../files/permissions.ts";
import { mayReach } from "../steps/common/reach.ts";
import { givenFor, mayNeedOf } from "../steps/facts.ts";
import { isAfterDrop, madeBy, needsOf, type StepAction, treesOf } from "../steps/index.ts";
import type { Given, Need, WalkedTree } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { foreseenBy, lookBelow } from "./below.ts";
import { madeBySteps } from "./made.ts";
import { type Foreseen, isOpenTo, type PlannedModes, root } from "./open-to-root.ts";
import type { PlannedStep } from "./plan.ts";
import type { Planned, Surroundings } from "./surroundings.ts";
import { circumstancesNow, knownUnmet } from "./when.ts";

/** A step that is done, with what it needs and what it is given. */
export interface Due {
	readonly action: StepAction;
	readonly label: string;
	/** A start goes on when it fails, or without it. */
	readonly isOptional: boolean;
	/** It is done when this is held, and passed over when not. */
	readonly onlyWith: CapabilityName | undefined;
	readonly needs: readonly Need[];
	readonly given: Given;
	/** Devices that a step before makes: no flag names what is not there when the container is made. */
	readonly madeDevices: readonly string[];
	/** Why it is not known what its trees take, so that the worst is taken. */
	readonly unseen: readonly string[];
}

export function dueSteps({ plan, start }: Planned, reads: Reads, { outlook, runtime, looksBelow }: Surroundings): Due[] {
	const { uids, gids, groups } = start.credentials;
	const self: Viewer = uids.effective === root.uid ? root : { uid: uids.effective, groups: [gids.effective, ...groups] };
	const circumstances = circumstancesNow(plan, start, reads);
	const isOfAny = outlook === "any-volume";
	// What exists is the volume's to say, and what cannot be told now may hold.
	const isDue = ({ action, when }: PlannedStep) =>
		!isAfterDrop(action) && knownUnmet(when && { ...when, exists: isOfAny ? undefined : when.exists }, circumstances) === undefined;
	const steps = plan.setup.filter(isDue);
	const modes = plannedModes(steps.map(({ action }) => action));
	const trees: WalkedTree[] = [];
	return steps.map(({ label, action, when, onError }, index): Due => {
		const asked = possible(givenFor(action, reads), runtime);
		const mayMake = madeBySteps(steps.slice(0, index), circumstances);
		const madeDevices = (asked.devices ?? []).filter(({ path, numbers }) => numbers === undefined && mayMake(path)).map(({ path }) => path);
		const given = madeDevices.length === 0 ? asked : withoutDevices(asked, madeDevices);
		const onlyWith = when?.held === undefined ? undefined : (capabilityName(when.held) as CapabilityName);
		const about = { action, label, isOptional: onError === "warn", onlyWith, given, madeDevices, unseen: [] };
		if (given.isEnough === true) {
			return { ...about, needs: [] };
		}
		const looked = isOfAny ? mayReach(...(when?.exists === undefined ? [] : [when.exists])) : [];
		const may = mayNeedOf(action).filter((need) => isOfAny || (need.isFreeInDocker === true && runtime !== "docker"));
		if (isOfAny) {
			return { ...about, needs: [...may, ...looked] };
		}
		const foreseen = foreseenBy([...trees]);
		const now = needsOf(action, reads).filter((need) => need.isBetter === true || isReal(need, reads, modes, self, foreseen));
		const walked = looksBelow === true ? treesOf(action, reads) : [];
		const below = walked.map((tree) => lookBelow(tree, foreseen, reads));
		trees.push(...walked);
		const unseen = below.flatMap((each) => ("unseen" in each ? [each.unseen] : []));
		const worst = unseen.length === 0 ? [] : mayNeedOf(action);
		return { ...about, unseen, needs: [...now, ...below.flatMap((each) => ("needs" in each ? each.needs : [])), ...worst, ...may] };
	});
}

function withoutDevices(given: Given, paths: readonly string[]): Given {
	return { ...given, devices: (given.devices ?? []).filter(({ path }) => !paths.includes(path)) };
}

/** A Pod's name is a label: no dots, no capitals. */
function possible({ hostname, isEnough, ...given }: Given, runtime: Surroundings["runtime"]): Given {
	const isPossible = hostname === undefined || runtime !== "kubernetes" || /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(hostname);
	return isPossible ? { ...given, ...(hostname !== undefined && { hostname }), ...(isEnough && { isEnough }) } : given;
}

/** Directories that steps make closed are closed to the steps that follow, and to the next start. */
export function plannedModes(actions: readonly StepAction[]): PlannedModes {
	return new Map(actions.flatMap(madeBy).flatMap(({ path, directory }) => (directory === undefined ? [] : [[path, directory] as const])));
}

/** False for what root, or who starts instead, can do without, and for what a run that goes well does not meet. */
export function isReal(
	{ isSpare, unlessOpen }: Need,
	reads: Reads,
	modes: PlannedModes = new Map(),
	self: Viewer = root,
	foreseen?: Foreseen,
): boolean {
	return isSpare !== true && (unlessOpen === undefined || !isOpenTo(self, reads, unlessOpen.path, unlessOpen.for, modes, foreseen));
}
