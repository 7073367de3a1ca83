import type { Identity } from "../identity/identity.ts";
import { type Diagnostic, ofStep } from "../report/failure.ts";
import type { Obstacle } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { beforeOf } from "./as-left.ts";
import { boundTwice } from "./bound-twice.ts";
import { type Held, impossibleChildren, type Looks, missingDiagnostic, missingNeeds } from "./first-look.ts";
import { inKernelsPlace } from "./kernels-place.ts";
import type { PlannedStep } from "./plan.ts";
import { readsAsLeft } from "./reads-as-left.ts";
import { nameOf } from "./step-name.ts";
import { programFaults } from "./step-programs.ts";

interface Seer extends Held {
	readonly reads: Reads;
	/** Whom the workload runs as. */
	readonly target: Identity;
}

/** Of each step all that is certainly missing, capabilities and whatever else stands in the way. */
export function problemsOfEach(looks: Looks, { reads, permitted, withheld, target }: Seer): Map<PlannedStep, Diagnostic[]> {
	const all = new Map<PlannedStep, Diagnostic[]>();
	const before: PlannedStep[] = [];
	for (const [step, { unmet, needs, obstacles }] of looks) {
		const name = nameOf(step);
		const isDue = unmet === undefined;
		const left = () => readsAsLeft(beforeOf(before), { reads, permitted }, (each) => (all.get(each) ?? []).length > 0);
		const closer = (): Obstacle[] =>
			obstacles.length > 0 ? [] : [...inKernelsPlace(step, before, reads), ...programFaults(step, left(), target)];
		const inTheWay = [...obstacles, ...(isDue ? [...boundTwice(step, before), ...closer()] : [])];
		all.set(step, [
			...missingNeeds(needs, permitted).map((need) => missingDiagnostic(need, name, withheld)),
			...inTheWay.map(({ code, message, remedy, refused }) => ofStep(name, { code: code ?? "STEP_FAILED", message, remedy, refused })),
			...(isDue ? impossibleChildren(step) : []).map((each) => ofStep(name, each)),
		]);
		before.push(...(isDue ? [step] : []));
	}
	return all;
}
