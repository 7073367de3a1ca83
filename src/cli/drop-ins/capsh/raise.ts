import { type CapabilityName, capability } from "../../../capability/names.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import type { ThreeSets } from "../../../departure/request.ts";
import { mustRead } from "../../../sys/observe.ts";
import { doRow } from "./do-row.ts";
import { requirePermitted, requireSettable, unlessRefused } from "./refused.ts";
import type { Session } from "./session.ts";

/** What is effective, permitted and inheritable now. */
export function threeSetsOf({ host }: Pick<Session, "host">): ThreeSets {
	const [effective, permitted, inheritable] = mustRead("capget", host.capget(0)).map((bits) => CapabilitySet.fromBits(bits));
	return { effective, permitted, inheritable } as ThreeSets;
}

export function setThree(session: Pick<Session, "host" | "journey">, sets: ThreeSets): void {
	unlessRefused(
		() => doRow(session, "sets", sets),
		() => requireSettable(session.host, sets),
	);
}

/** Makes one effective beside what is; the sets as they were. */
export function raise(session: Session, name: CapabilityName): ThreeSets {
	const before = threeSetsOf(session);
	const wanted = CapabilitySet.of(name);
	requirePermitted(session.host, before.permitted, name);
	if (!before.effective.includes(wanted)) {
		setThree(session, { ...before, effective: before.effective.union(wanted) });
	}
	return before;
}

/** With one effective for the time of the work. */
export function raising(session: Session, name: CapabilityName, work: () => void): void {
	const before = raise(session, name);
	work();
	if (!before.effective.has(capability(name))) {
		setThree(session, before);
	}
}

/** Makes SETPCAP effective where it can be, for what may do without it. */
export function raiseIfHeld(session: Session): void {
	if (!session.isStrict && threeSetsOf(session).permitted.has(capability("SETPCAP"))) {
		raise(session, "SETPCAP");
	}
}

/** As libcap leaves it when ids have been changed. */
export function lowerAll(session: Session): void {
	setThree(session, { ...threeSetsOf(session), effective: CapabilitySet.empty });
}
