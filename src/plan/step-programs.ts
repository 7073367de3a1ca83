import { programFault } from "../files/program-file.ts";
import type { Identity } from "../identity/identity.ts";
import { quoted } from "../report/text.ts";
import { programsOf } from "../steps/facts.ts";
import { alteredBy, madeBy } from "../steps/index.ts";
import type { Obstacle } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { isTouched } from "./made.ts";
import type { PlannedStep } from "./plan.ts";
import { shapedPrograms } from "./shaped-programs.ts";

/** Programs of a step that are there and could not be executed, because their interpreter is missing, say, or because others could write them. */
export function programFaults(step: PlannedStep, before: readonly PlannedStep[], identity: Identity, reads: Reads): Obstacle[] {
	const { action } = step;
	const touched = before.flatMap((each) => [...madeBy(each.action), ...alteredBy(each.action)]);
	const isSettled = (path: string) => !isTouched(path, touched, reads);
	const programs = programsOf(action, reads);
	const shaped = programs.every(({ argv: [path] }) => isSettled(path)) ? shapedPrograms({ setup: [step], identity }, reads) : [];
	const faults = programs.flatMap(({ argv: [path], identity, capabilities, workdir }): Obstacle[] => {
		const overrides = capabilities.some((each) => each === "DAC_OVERRIDE" || each === "DAC_READ_SEARCH");
		const viewer = { uid: identity.uid, groups: [identity.gid, ...identity.groups] };
		const fault = isSettled(path) ? programFault(reads, path, { viewer, overrides, workdir, isSettled }) : undefined;
		return fault?.isCertain === true
			? [{ message: `${quoted(path)} cannot be executed: ${fault.message}`, remedy: fault.remedy, at: [path] }]
			: [];
	});
	return [...faults, ...shaped.map(({ message, remedy }) => ({ message, remedy }))];
}
