import { CapabilitySet } from "../../capability/set.ts";
import type { Config } from "../../config/config.ts";
import type { AllGrants } from "../../plan/grants.ts";
import { readProfile } from "../../plan/seccomp.ts";
import type { Reads } from "../../sys/native.ts";
import { callsBeyondUsual } from "../seccomp/beyond.ts";
import { configuredFilter } from "../seccomp/configured.ts";
import { trustedReader } from "../seccomp/files.ts";
import { machineOf } from "../seccomp/judge.ts";

/** More names than these say nothing more. */
const mostNamed = 8;

/** A filter of the runtime holds beside the configured one: where that allows more, the runtime has to set none. */
export function withOpenFilter(grants: AllGrants, config: Config, reads: Reads): AllGrants {
	const { needed, optional } = grants;
	const filter = configuredFilter(config, machineOf(reads), (path) => ({
		file: path,
		text: readProfile(path, trustedReader(reads)),
	}));
	const calls = filter === undefined ? [] : callsBeyondUsual(filter, CapabilitySet.of(...needed.capabilities));
	if (calls.length === 0) {
		return grants;
	}
	const seccomp = [`for ${named(calls)}: the configured filter allows that, and the usual one refuses it`, needed.unconfined.seccomp];
	const mayMount = calls.includes("mount") && needed.unconfined.apparmor === undefined;
	return {
		...grants,
		needed: { ...needed, unconfined: { ...needed.unconfined, seccomp: seccomp.filter((each) => each !== undefined).join("; ") } },
		optional: mayMount
			? { ...optional, unconfined: { apparmor: "if the workload mounts, which the usual profile refuses", ...optional.unconfined } }
			: optional,
	};
}

function named(calls: readonly string[]): string {
	const more = calls.length - mostNamed;
	return more <= 1 ? calls.join(", ").replace(/, (?=[^,]*$)/, " and ") : `${calls.slice(0, mostNamed).join(", ")} and ${more} more calls`;
}
