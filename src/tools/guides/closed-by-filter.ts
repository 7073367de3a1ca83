import { type CapabilityGuide, capabilityGuide } from "../../capability/guide.ts";
import type { CapabilityName } from "../../capability/names.ts";

/** As it is written in a configuration: the filter that refuses the calls by which a kept capability is abused; undefined where there are other ways. */
export function closedByFilter(name: CapabilityName): string | undefined {
	const guide: Pick<CapabilityGuide, "byCalls"> | undefined = Object.hasOwn(capabilityGuide, name) ? capabilityGuide[name] : undefined;
	const calls = guide?.byCalls;
	return calls === undefined ? undefined : `seccomp: {profile: docker-default, deny: [${calls.join(", ")}]}`;
}
