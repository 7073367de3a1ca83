import { programFault } from "../files/program-file.ts";
import type { Identity } from "../identity/identity.ts";
import { quoted } from "../report/text.ts";
import { programsOf } from "../steps/facts.ts";
import type { Obstacle } from "../steps/step.ts";
import type { PlannedStep } from "./plan.ts";
import type { AsLeft } from "./reads-as-left.ts";
import { shapedPrograms } from "./shaped-programs.ts";

/** Programs of a step that will be there and could not be executed, because their interpreter is missing, say, or because others could write them. */
export function programFaults(step: PlannedStep, { reads, isSettled, isKnown }: AsLeft, identity: Identity): Obstacle[] {
	const programs = programsOf(step.action, reads);
	const shaped = programs.every(({ argv: [path] }) => isKnown(path)) ? shapedPrograms({ setup: [step], identity }, reads) : [];
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
