import type { Identity } from "../identity/identity.ts";
import { type Diagnostic, ofStep } from "../report/failure.ts";
import type { Obstacle } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { boundTwice } from "./bound-twice.ts";
import { type Held, impossibleChildren, type Looks, missingDiagnostic, missingNeeds, nameOf } from "./first-look.ts";
import { inKernelsPlace } from "./kernels-place.ts";
import type { PlannedStep } from "./plan.ts";
import { programFaults } from "./step-programs.ts";

interface Seer extends Held {
	readonly reads: Reads;
	/** Whom the workload runs as. */
	readonly target: Identity;
}

/** Of each step all that is certainly missing, capabilities and whatever else stands in the way. */
export function problemsOfEach(looks: Looks, { reads, permitted, withheld, target }: Seer): Map<PlannedStep, Diagnostic[]> {
	const due = [...looks].filter(([, { unmet }]) => unmet === undefined).map(([step]) => step);
	return new Map(
		[...looks].map(([step, { unmet, needs, obstacles }]) => {
			const name = nameOf(step);
			const isDue = unmet === undefined;
			const inTheWay = [...obstacles, ...(isDue ? closeLook(step, due.slice(0, due.indexOf(step)), obstacles, target, reads) : [])];
			const problems = [
				...missingNeeds(needs, permitted).map((need) => missingDiagnostic(need, name, withheld)),
				...inTheWay.map(({ code, message, remedy, refused }) => ofStep(name, { code: code ?? "STEP_FAILED", message, remedy, refused })),
				...(isDue ? impossibleChildren(step) : []).map((each) => ofStep(name, each)),
			];
			return [step, problems];
		}),
	);
}

function closeLook(
	step: PlannedStep,
	before: readonly PlannedStep[],
	seen: readonly Obstacle[],
	target: Identity,
	reads: Reads,
): Obstacle[] {
	return [
		...boundTwice(step, before),
		...(seen.length > 0 ? [] : [...inKernelsPlace(step, before, reads), ...programFaults(step, before, target, reads)]),
	];
}

/** What helps with several is told with the last. */
export function onceEach(diagnostics: readonly Diagnostic[]): Diagnostic[] {
	return diagnostics.map((each, index) => {
		const later = diagnostics.slice(index + 1).flatMap(({ remedy = [] }) => remedy);
		return each.remedy === undefined ? each : { ...each, remedy: each.remedy.filter((line) => !later.includes(line)) };
	});
}
