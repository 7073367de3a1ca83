import { securebits as bit } from "../capability/securebits.ts";
import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import type { Credentials } from "./credentials.ts";

const root = 0;

/**
 * What a change of the uids makes of the five sets. It empties permitted, effective and ambient where the last of three zeros goes,
 * effective where the effective id is no more 0, and fills it where that becomes 0. Inheritable and bounding stay. capabilities(7)
 */
export function setsAfterUidChange(
	{ uids: before, sets, securebits }: Pick<Credentials, "uids" | "sets" | "securebits">,
	after: Credentials["uids"],
): CapabilitySets {
	if ((securebits & bit.no_setuid_fixup) !== 0) {
		return sets;
	}
	const { empty } = CapabilitySet;
	const losesRoot = hasRoot(before) && !hasRoot(after);
	const permitted = losesRoot && (securebits & bit.keep_caps) === 0 ? empty : sets.permitted;
	const kept = before.effective === root && after.effective !== root ? empty : sets.effective.intersection(permitted);
	const effective = before.effective !== root && after.effective === root ? permitted : kept;
	return { ...sets, permitted, effective, ambient: losesRoot ? empty : sets.ambient };
}

function hasRoot({ real, effective, saved }: Credentials["uids"]): boolean {
	return real === root || effective === root || saved === root;
}
