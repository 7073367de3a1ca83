import { capabilityGuide, type Danger } from "../../../capability/guide.ts";
import type { CapabilityName } from "../../../capability/names.ts";
import type { CapabilitySet } from "../../../capability/set.ts";

const ranks: readonly Danger[] = ["low", "medium", "high", "root", "host"];
const words: Readonly<Record<Danger, string>> = {
	low: "low",
	medium: "medium",
	high: "high",
	root: "as good as root",
	host: "a way to the host",
};

/** What a capability is good for in wrong hands. */
export interface Dangerous {
	readonly name: CapabilityName;
	readonly danger: Danger;
	/** `as good as root` */
	readonly means: string;
	readonly abuse: string;
}

/** The worst first. */
export function dangers(held: CapabilitySet): Dangerous[] {
	return (held.names() as CapabilityName[])
		.flatMap((name) => {
			const guide = Object.hasOwn(capabilityGuide, name) ? capabilityGuide[name] : undefined;
			return guide === undefined ? [] : [{ name, danger: guide.danger, means: words[guide.danger], abuse: guide.abuse }];
		})
		.sort((one, other) => ranks.indexOf(other.danger) - ranks.indexOf(one.danger));
}

/** Of what was given up, or to more than that. */
export function isWayBack({ danger }: Dangerous): boolean {
	return danger === "root" || danger === "host";
}
