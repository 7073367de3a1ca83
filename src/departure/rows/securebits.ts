import { capability } from "../../capability/names.ts";
import { securebits as bit, securebitLocks, securebitNames, securebitText } from "../../capability/securebits.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { must } from "../../sys/act.ts";
import { refuseLocked } from "../locked.ts";
import { row } from "../row.ts";

export const securebits = row<number>({
	act: "give up",
	reason: "needs SETPCAP effective, so before the final sets; its locks must follow the ambient raise",
	after: { "ambient-raise": "NO_CAP_AMBIENT_RAISE forbids it", transition: "SETPCAP has to be effective" },
	plan: ({ request: { securebits: wanted }, start: { credentials: now }, note }) => {
		const lockedOff = (securebitLocks & now.securebits & ~(now.securebits << 1)) >> 1;
		if ((wanted & lockedOff) !== 0) {
			refuseLocked(`${securebitNames(wanted & lockedOff).join(", ")} is locked off already`);
		}
		const isFixupLocked = (now.securebits & bit.no_setuid_fixup_locked) !== 0;
		const bits = wanted | (now.securebits & ~bit.keep_caps & (isFixupLocked ? ~0 : ~bit.no_setuid_fixup));
		if (bits === now.securebits) {
			return undefined;
		}
		if (!now.sets.permitted.has(capability("SETPCAP"))) {
			note("the securebits stay as they are: SETPCAP is not held");
			return undefined;
		}
		return bits;
	},
	needs: () => CapabilitySet.of("SETPCAP"),
	apply: ({ host }, bits) => must(host, "setSecurebits", bits),
	expect: (state, bits) => {
		state.securebits = bits;
	},
	witnesses: [
		{
			name: "securebits",
			planned: (expected) => expected.securebits,
			observed: ({ credentials }) => credentials.securebits,
			shown: (bits) => securebitText(bits as number),
			attempt: (expected) =>
				(expected.securebits & securebitLocks) === 0
					? undefined
					: { name: "PR_SET_SECUREBITS with none", attempt: (host) => host.setSecurebits(0) },
		},
	],
});
