import type { CapabilityName } from "../capability/names.ts";
import type { Need } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import type { Planned } from "./surroundings.ts";
import { changesIds, keptWants, rowWants } from "./wants.ts";

type DropNeed = Pick<Need, "anyOf" | "certain" | "purpose">;

/** What becoming the workload takes from this start, beside what the steps do. */
export function dropNeeds(planned: Planned, reads: Reads): DropNeed[] {
	const { plan, config } = planned;
	const { bounding, securebits } = plan.departure.rows;
	const certain = (purpose: string, ...names: readonly CapabilityName[]) =>
		names.map((name): DropNeed => ({ anyOf: [name], certain: true, purpose }));
	const gives = [
		...(bounding === undefined ? [] : ["to shrink the bounding set"]),
		...(securebits === undefined ? [] : ["to set the securebits"]),
	];
	const others = [...rowWants(planned, reads), ...keptWants(config.capabilities)];
	return [
		...(changesIds(planned) ? certain("to become the user", "SETUID", "SETGID") : []),
		...(gives.length === 0 ? [] : certain(gives.join(" and "), "SETPCAP")),
		...others.map(({ anyOf, purpose, isOptional }) => ({ anyOf, purpose, certain: !isOptional })),
	];
}
