import type { Problem } from "../report/problem.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";
import { grantRemedy } from "./grant.ts";
import { type CapabilityName, capability } from "./names.ts";
import { securebits as bit } from "./securebits.ts";
import { CapabilitySet } from "./set.ts";

/** Capabilities that an AppArmor profile keeps root from, although the runtime has given them. */
export interface Withheld {
	readonly profile: string;
	readonly denied: CapabilitySet;
}

interface Held {
	readonly effectiveUid: number;
	readonly bounding: CapabilitySet;
	readonly permitted: CapabilitySet;
	readonly securebits: number;
}

/**
 * The kernel leaves what a profile denies out of the answer of capget(2), so that it looks as if it had not been granted, and granting
 * it once more does not help. The bounding set gives it away: root is permitted all of that at exec. apparmor.d(5), capabilities(7)
 */
export function withheldFrom(reads: Reads, { effectiveUid, bounding, permitted, securebits }: Held): Withheld | undefined {
	const denied = bounding.minus(permitted);
	if (denied.isEmpty || effectiveUid !== 0 || (securebits & bit.noroot) !== 0) {
		return undefined;
	}
	// Only words depend on it.
	const label = readProc(reads, "self/attr/apparmor/current");
	return typeof label !== "string" || label.startsWith("unconfined") ? undefined : { profile: label.trim(), denied };
}

/** As `withheldFrom` for this process as it is now. */
export function observeWithheld(reads: Reads): Withheld | undefined {
	return withheldFrom(reads, {
		effectiveUid: reads.getresuid()[1],
		bounding: CapabilitySet.fromBits(mustRead("prctl(PR_CAPBSET_READ)", reads.capbsetReadAll())[0]),
		permitted: CapabilitySet.fromBits(mustRead("capget", reads.capget(0))[1]),
		securebits: mustRead("prctl(PR_GET_SECUREBITS)", reads.getSecurebits()),
	});
}

/** Why capabilities are missing, as the end of a sentence. */
export function lackOf(names: readonly CapabilityName[], withheld: Withheld | undefined): Problem & { readonly remedy: readonly string[] } {
	const denied = names.filter((name) => withheld?.denied.has(capability(name)));
	return withheld === undefined || denied.length === 0
		? { message: "not held", remedy: grantRemedy(names) }
		: {
				message: `denied by the AppArmor profile ${withheld.profile}`,
				remedy: [
					`docker run --security-opt apparmor=PROFILE ... that has ${denied.map((name) => `capability ${name.toLowerCase()},`).join(" ")} | kubernetes: securityContext.appArmorProfile`,
				],
			};
}
