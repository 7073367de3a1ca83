import { CapabilitySet } from "../../../capability/set.ts";
import { rows } from "../../../departure/rows.ts";
import { observeCredentials } from "../../../identity/credentials.ts";
import { type ModeName, pureSecurebits } from "./mode.ts";
import { raise, setThree, threeSetsOf } from "./raise.ts";
import type { Session } from "./session.ts";

/** As libcap's cap_set_mode(3), but that everything has to succeed. Nothing is effective in the end. */
export function applyMode(session: Session, mode: ModeName): void {
	const { host, journey, lacks } = session;
	raise(session, "SETPCAP");
	if (mode === "HYBRID") {
		rows.securebits.apply(journey, 0);
	} else {
		rows["ambient-clear"].apply(journey, true);
		rows.securebits.apply(journey, pureSecurebits(lacks));
	}
	if (mode === "NOPRIV") {
		rows.bounding.apply(journey, observeCredentials(host).sets.bounding);
		rows["no-new-privileges"].apply(journey, true);
	}
	const { permitted, inheritable } = threeSetsOf(session);
	setThree(session, {
		effective: CapabilitySet.empty,
		permitted: mode === "NOPRIV" ? CapabilitySet.empty : permitted,
		inheritable: mode === "NOPRIV" || mode === "PURE1E_INIT" ? CapabilitySet.empty : inheritable,
	});
}
