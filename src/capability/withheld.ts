import { otherApparmor } from "../report/other-profile.ts";
import type { Problem } from "../report/problem.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";
import { grantRemedy, rootRemedy } from "./grant.ts";
import { type CapabilityName, capability } from "./names.ts";
import { securebits as bit } from "./securebits.ts";
import { CapabilitySet } from "./set.ts";

/** Why capabilities may be missing although the runtime has given them: an AppArmor profile keeps root from some, and who is not root gets none. */
export type Withheld = DeniedByProfile | NotRoot;

interface DeniedByProfile {
	readonly profile: string;
	readonly denied: CapabilitySet;
}

interface NotRoot {
	readonly startedAs: number;
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
	if (effectiveUid !== 0) {
		return { startedAs: effectiveUid };
	}
	const denied = bounding.minus(permitted);
	if (denied.isEmpty || (securebits & bit.noroot) !== 0) {
		return undefined;
	}
	// Only words depend on it.
	const label = readProc(reads, "self/attr/apparmor/current");
	return typeof label !== "string" || label.startsWith("unconfined") ? undefined : { profile: label.trim(), denied };
}

/** As `withheldFrom` for this process as it is now, which has to be before its ids change. */
export function observeWithheld(reads: Reads): Withheld | undefined {
	return withheldFrom(reads, {
		effectiveUid: reads.getresuid()[1],
		bounding: CapabilitySet.fromBits(mustRead("prctl(PR_CAPBSET_READ)", reads.capbsetReadAll())[0]),
		permitted: CapabilitySet.fromBits(mustRead("capget", reads.capget(0))[1]),
		// gVisor has none.
		securebits: Math.max(0, reads.getSecurebits()),
	});
}

/** Why capabilities are missing, as the end of a sentence, and what to do about it by the way the start was made: nowhere else is that decided. */
export function lackOf(
	names: readonly CapabilityName[],
	withheld: Withheld | undefined,
	place?: string,
): Problem & { readonly remedy: readonly string[] } {
	if (withheld !== undefined && "startedAs" in withheld) {
		return { message: `not held by uid ${withheld.startedAs}`, remedy: rootRemedy(names, withheld.startedAs, place) };
	}
	const denied = names.filter((name) => isDenied(name, withheld));
	return withheld === undefined || denied.length === 0
		? { message: "not held", remedy: grantRemedy(names) }
		: {
				message: `denied by the AppArmor profile ${withheld.profile}`,
				remedy: [`a profile that has ${denied.map((name) => `capability ${name.toLowerCase()},`).join(" ")} in it: ${otherApparmor}`],
			};
}

export function isDenied(name: CapabilityName, withheld: Withheld | undefined): boolean {
	return withheld !== undefined && "denied" in withheld && withheld.denied.has(capability(name));
}
