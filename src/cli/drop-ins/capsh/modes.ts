import { CapabilitySet } from "../../../capability/set.ts";
import { observeCredentials } from "../../../identity/credentials.ts";
import { doRow } from "./do-row.ts";
import { type ModeName, pureSecurebits } from "./mode.ts";
import { raise, setThree, threeSetsOf } from "./raise.ts";
import type { Session } from "./session.ts";

/** As libcap's cap_set_mode(3), but that everything has to succeed. Nothing is effective in the end. */
export function applyMode(session: Session, mode: ModeName): void {
	const { host, lacks } = session;
	raise(session, "SETPCAP");
	if (mode === "HYBRID") {
		doRow(session, "securebits", 0);
	} else {
		doRow(session, "ambient-clear", true);
		doRow(session, "securebits", pureSecurebits(lacks));
	}
	if (mode === "NOPRIV") {
		doRow(session, "bounding", observeCredentials(host).sets.bounding);
		doRow(session, "no-new-privileges", true);
	}
	const { permitted, inheritable } = threeSetsOf(session);
	setThree(session, {
		effective: CapabilitySet.empty,
		permitted: mode === "NOPRIV" ? CapabilitySet.empty : permitted,
		inheritable: mode === "NOPRIV" || mode === "PURE1E_INIT" ? CapabilitySet.empty : inheritable,
	});
}
