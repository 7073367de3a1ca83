import type { CapabilityName } from "../capability/names.ts";
import type { Due } from "./due-steps.ts";
import type { Surroundings } from "./surroundings.ts";
import { wantsOfStep } from "./wants.ts";

/** Steps that ask whether a capability is held, which is for whoever grants it to say. */

type Purposes = ReadonlyMap<CapabilityName, string>;

/** Whether a start goes on without what it needs. */
export function isSpared({ isOptional, onlyWith }: Due): boolean {
	return isOptional || onlyWith !== undefined;
}

/** What is granted for anything else is held: a step that asks for it is done then, and what that needs may be what another step asks for. */
export function settleHeld(dues: readonly Due[], neededFor: (dues: readonly Due[]) => Purposes): readonly Due[] {
	const needed = neededFor(dues);
	const isCertain = ({ onlyWith }: Due) => onlyWith !== undefined && needed.has(onlyWith);
	return dues.some(isCertain)
		? settleHeld(
				dues.map((due) => (isCertain(due) ? { ...due, onlyWith: undefined } : due)),
				neededFor,
			)
		: dues;
}

/** The others are done as soon as one thing is granted, and fail without the rest: each line says what else belongs to it. */
export function tellUnits(
	optional: Purposes,
	needed: Purposes,
	dues: readonly Due[],
	surroundings: Surroundings,
): Map<CapabilityName, string> {
	const told = new Map(optional);
	for (const due of dues.filter(({ onlyWith, isOptional }) => onlyWith !== undefined && !isOptional)) {
		const served = wantsOfStep(due, surroundings).filter(({ anyOf }) => !anyOf.some((name) => needed.has(name)));
		const unit = [...new Set(served.flatMap(({ anyOf }) => anyOf.find((name) => optional.has(name)) ?? []))];
		for (const name of unit) {
			const others = unit.filter((each) => each !== name);
			if (others.length > 0) {
				told.set(name, `${told.get(name)}; only with ${others.join(", ")}, for ${due.label}`);
			}
		}
	}
	return told;
}
