import * as v from "valibot";
import type { Capability } from "../capability/names.ts";
import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import type { CapabilityConfig } from "./config.ts";
import { capabilityName, oneOrMany, withCode } from "./fields.ts";
import { formed } from "./form.ts";
import { type FieldsOutput, list, mapping, optional } from "./mapping.ts";

/** The three forms of `capabilities`: what is kept, what is taken from all, or the five sets one by one. */

const isAll = (value: unknown): boolean => typeof value === "string" && value.toUpperCase() === "ALL";
const names = () => oneOrMany(capabilityName());
const everything = () =>
	v.pipe(
		v.unknown(),
		v.transform((): "ALL" => "ALL"),
	);
const nameOrAll = (): v.GenericSchema<unknown, "ALL" | Capability> =>
	formed(
		v.lazy((value) => (isAll(value) ? everything() : capabilityName())),
		"capabilityOrAll",
	);
const keep = (): v.GenericSchema<unknown, "ALL" | Capability[]> =>
	v.pipe(
		oneOrMany(nameOrAll()),
		v.transform((each) => (each.includes("ALL") ? "ALL" : (each as Capability[]))),
	);

const sets = () =>
	mapping({ bounding: list(names), permitted: list(names), effective: list(names), inheritable: list(names), ambient: list(names) });

const fields = { keep: optional(keep), keep_if_present: optional(names), drop: optional(names), sets: optional(sets) };

type Keys = FieldsOutput<typeof fields>;

export const capabilities = (): v.GenericSchema<unknown, CapabilityConfig> =>
	v.pipe(
		mapping(fields),
		v.rawTransform<Keys, CapabilityConfig>(({ dataset, addIssue, NEVER }) => {
			const conflict = findConflict(dataset.value);
			if (conflict !== undefined) {
				addIssue(withCode("CONFIG_CONFLICT", conflict));
				return NEVER;
			}
			return chooseForm(dataset.value);
		}),
	);

/** What the kernel or the reader could not make sense of. capabilities(7) */
function findConflict({ keep, keep_if_present: ifPresent, drop, sets: five }: Keys): string | undefined {
	if (five !== undefined) {
		return keep === undefined && ifPresent === undefined && drop === undefined
			? findInconsistency(toSets(five))
			: "sets stands alone: it cannot be combined with keep, keep_if_present or drop";
	}
	if (drop !== undefined && drop.length > 0 && keep !== "ALL") {
		return "drop goes with keep: ALL only; without it, everything that is not kept is dropped";
	}
	return keep === "ALL" && ifPresent !== undefined ? "keep: ALL keeps what is present already; remove keep_if_present" : undefined;
}

function findInconsistency({ permitted, effective, inheritable, ambient }: CapabilitySets): string | undefined {
	if (!permitted.includes(effective)) {
		return `effective holds ${effective.minus(permitted)}, which permitted lacks`;
	}
	const possible = permitted.intersection(inheritable);
	return possible.includes(ambient) ? undefined : `ambient holds ${ambient.minus(possible)}, which has to be permitted and inheritable too`;
}

function chooseForm({ keep, keep_if_present: ifPresent, drop, sets: five }: Keys): CapabilityConfig {
	if (five !== undefined) {
		return { form: "sets", sets: toSets(five) };
	}
	return keep === "ALL" ? { form: "drop", drop: drop ?? [] } : { form: "keep", keep: keep ?? [], keepIfPresent: ifPresent ?? [] };
}

function toSets({ bounding, permitted, effective, inheritable, ambient }: NonNullable<Keys["sets"]>): CapabilitySets {
	return {
		bounding: CapabilitySet.from(bounding),
		permitted: CapabilitySet.from(permitted),
		effective: CapabilitySet.from(effective),
		inheritable: CapabilitySet.from(inheritable),
		ambient: CapabilitySet.from(ambient),
	};
}
