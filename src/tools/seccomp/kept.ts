import { capabilityAt, capabilityNames } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import type { CapabilityConfig } from "../../config/config.ts";

const all = CapabilitySet.upTo(capabilityAt(capabilityNames.length - 1));

/** The bounding set that a configuration leaves, as far as the file alone says: what a filter looks at. */
export function keptBounding(config: CapabilityConfig): CapabilitySet {
	switch (config.form) {
		case "keep":
			return CapabilitySet.from([...config.keep, ...config.keepIfPresent]);
		case "drop":
			return all.minus(CapabilitySet.from(config.drop));
		case "sets":
			return config.sets.bounding;
	}
}
