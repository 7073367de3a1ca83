import { capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import type { Reads } from "../sys/native.ts";
import { dropNeeds } from "./drop-needs.ts";
import { dueSteps } from "./due-steps.ts";
import type { Planned, Surroundings } from "./surroundings.ts";
import { wantsOf } from "./wants.ts";

/** What is held and used by steps, by becoming the workload, or by the workload itself: with what is there now, or whatever the steps find. */
export function usedCapabilities(
	planned: Planned,
	reads: Reads,
	surroundings: Surroundings = { outlook: "any-volume", runtime: "docker" },
	dues = dueSteps(planned, reads, surroundings),
): CapabilitySet {
	const { permitted: held } = planned.start.credentials.sets;
	const wants = [...wantsOf(planned, dues, reads, surroundings), ...dropNeeds(planned, reads)];
	// Of several that serve, a run takes the first that it has.
	const taken = wants.flatMap(({ anyOf }) => anyOf.find((name) => held.has(capability(name))) ?? []);
	return CapabilitySet.of(...taken).union(planned.plan.departure.expected.sets.permitted);
}
