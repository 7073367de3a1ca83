import type { ProbeState } from "../harness/probe.ts";

export const none = "0000000000000000";
export const netBindService = "0000000000000400";
export const dockerDefault = "00000000a80425fb";
/** NOROOT and NO_CAP_AMBIENT_RAISE with their locks. */
const lockedSecurebits = 0xc3;

/** Everything about privilege that a workload was given, as one value to compare. */
export function credentials(probe: ProbeState) {
	const { resuid, resgid, groups, caps, securebits, noNewPrivs, keepCaps } = probe;
	return { resuid, resgid, groups, caps, securebits, noNewPrivs, keepCaps };
}

/** What is left when everything is given up. */
export function dropped(uid: number, gid: number, groups: readonly number[], kept = none) {
	return {
		resuid: [uid, uid, uid],
		resgid: [gid, gid, gid],
		groups,
		caps: { inheritable: kept, permitted: kept, effective: kept, bounding: kept, ambient: kept },
		securebits: lockedSecurebits,
		noNewPrivs: 1,
		keepCaps: 0,
	};
}
