import { CapabilitySet } from "../capability/set.ts";
import type { Start } from "../departure/start.ts";
import type { Reads } from "../sys/native.ts";

/** As if started as root with everything: what a plan needs does not depend on what happens to be held. */
export function grantedStart(start: Start): Start {
	const all = CapabilitySet.upTo(start.last);
	const [root, ids] = [0, { real: 0, effective: 0, saved: 0 }];
	const { uids, groups } = start.credentials;
	return {
		...start,
		credentials: {
			uids: ids as Start["credentials"]["uids"],
			gids: ids as Start["credentials"]["gids"],
			groups: uids.effective === root ? groups : [root as Start["credentials"]["groups"][number]],
			sets: { bounding: all, permitted: all, effective: all, inheritable: CapabilitySet.empty, ambient: CapabilitySet.empty },
			securebits: 0,
			noNewPrivileges: false,
		},
	};
}

/** The machine as root would see it, whoever looks. */
export function seenByRoot(reads: Reads): Reads {
	const root: [number, number, number] = [0, 0, 0];
	return Object.assign(Object.create(reads) as Reads, { getresuid: () => root, getresgid: () => root });
}
