import { securebits as bit } from "../../../capability/securebits.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import type { Credentials, Lacks } from "../../../identity/credentials.ts";

/** libcap's names for states of a process, each by its number. cap_mode(3) */
export const modes = ["UNCERTAIN", "NOPRIV", "PURE1E_INIT", "PURE1E", "HYBRID"] as const;

/** What can be asked for. */
export type ModeName = Exclude<(typeof modes)[number], "UNCERTAIN">;

export const settableModes = modes.filter((mode): mode is ModeName => mode !== "UNCERTAIN");

const withoutAmbient = bit.noroot | bit.noroot_locked | bit.no_setuid_fixup | bit.no_setuid_fixup_locked | bit.keep_caps_locked;

/** The securebits of all modes but HYBRID. */
export function pureSecurebits({ ambient: lacksAmbient }: Pick<Lacks, "ambient">): number {
	return lacksAmbient ? withoutAmbient : withoutAmbient | bit.no_cap_ambient_raise | bit.no_cap_ambient_raise_locked;
}

/** In which of them a process is. */
export function modeOf(
	{ securebits, sets }: Pick<Credentials, "securebits" | "sets">,
	lacks: Pick<Lacks, "ambient">,
): (typeof modes)[number] {
	if (securebits === 0) {
		return "HYBRID";
	}
	const isPure = lacks.ambient ? (securebits & withoutAmbient) === withoutAmbient : securebits === pureSecurebits(lacks);
	if (!isPure || (!lacks.ambient && !sets.ambient.isEmpty)) {
		return "UNCERTAIN";
	}
	if (!sets.inheritable.isEmpty) {
		return "PURE1E";
	}
	const { permitted, effective, bounding } = sets;
	return permitted.union(effective).union(bounding).equals(CapabilitySet.empty) ? "NOPRIV" : "PURE1E_INIT";
}
