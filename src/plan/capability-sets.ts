import type { CapabilityName } from "../capability/names.ts";
import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import { lackOf, type Withheld } from "../capability/withheld.ts";
import type { CapabilityConfig } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import { Attempts } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";

/** The five sets the workload is to have. Never more than the configuration names, never more than is held. */
export function planSets(config: CapabilityConfig, start: Start): CapabilitySets {
	const held = keepable(start);
	switch (config.form) {
		case "keep": {
			const keep = CapabilitySet.from(config.keep);
			requireHeld(keep, held, start.withheld);
			return inAllSets(keep.union(CapabilitySet.from(config.keepIfPresent).intersection(held)));
		}
		case "drop":
			return inAllSets(held.minus(CapabilitySet.from(config.drop)));
		case "sets": {
			const errors = new Attempts();
			errors.attempt(() => requireHeld(config.sets.permitted, start.credentials.sets.permitted, start.withheld));
			errors.attempt(() => requireInBounding(config.sets, start));
			errors.attempt(() => requireInheritable(config.sets, start));
			errors.end();
			return config.sets;
		}
	}
}

/** What can reach a workload: permitted, and possible as inheritable, which the bounding set limits. capabilities(7) */
function keepable({ credentials: { sets } }: Start): CapabilitySet {
	return sets.permitted.intersection(sets.bounding.union(sets.inheritable));
}

/** Kept in all five sets, a capability reaches the workload through the ambient set, and its children too. */
export function inAllSets(set: CapabilitySet): CapabilitySets {
	return { bounding: set, permitted: set, effective: set, inheritable: set, ambient: set };
}

function requireHeld(wanted: CapabilitySet, permitted: CapabilitySet, withheld: Withheld | undefined): void {
	const missing = wanted.minus(permitted);
	if (!missing.isEmpty) {
		const names = missing.names() as CapabilityName[];
		const { message: lack, remedy } = lackOf(names, withheld);
		fail("CAPABILITY_MISSING", `${names.join(", ")} ${names.length === 1 ? "is" : "are"} to be kept but ${lack}`, {
			where: "capabilities",
			lacks: names,
			remedy,
		});
	}
}

/** The expert form may name what the kernel will not give: say so before anything changes. capabilities(7) */
function requireInBounding({ bounding }: CapabilitySets, { credentials: { sets } }: Start): void {
	const beyondBounding = bounding.minus(sets.bounding);
	if (!beyondBounding.isEmpty) {
		fail("CAPABILITY_MISSING", `${beyondBounding} cannot be in the bounding set, which never grows`, {
			where: "capabilities.sets.bounding",
		});
	}
}

function requireInheritable({ inheritable }: CapabilitySets, { credentials: { sets }, withheld }: Start): void {
	const beyondInheritable = inheritable.minus(sets.inheritable.union(sets.permitted.intersection(sets.bounding)));
	if (!beyondInheritable.isEmpty) {
		fail(
			"CAPABILITY_MISSING",
			`${beyondInheritable} cannot be inheritable: neither inheritable now, nor permitted and in the bounding set`,
			{
				where: "capabilities.sets.inheritable",
				lacks: beyondInheritable.names(),
				remedy: lackOf(beyondInheritable.names() as CapabilityName[], withheld).remedy,
			},
		);
	}
}
