import { CapabilitySet } from "../capability/set.ts";
import { newestAbi } from "../confine/landlock/setting.ts";
import type { Start } from "../departure/start.ts";
import type { Reads } from "../sys/native.ts";

/** As if started as root with everything: what a plan needs does not depend on what happens to be held. */
export function grantedStart(start: Start): Start {
	const all = CapabilitySet.upTo(start.last);
	const [root, ids] = [0, { real: 0, effective: 0, saved: 0 }];
	const { uids, groups } = start.credentials;
	return {
		...imaginedStart(start),
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

/** On whatever machine. */
export function imaginedStart(start: Start): Start {
	return { ...start, isImagined: true };
}

/** The machine as root would see it, whoever looks, with a kernel that has every wall: the one of here is not where the image will run. */
export function seenByRoot(reads: Reads): Reads {
	return Object.assign(seenAs(reads, 0, 0), { landlockAbi: () => newestAbi, takesMounts: () => 0 });
}

/** Another than root, who holds nothing. */
export interface OtherStart {
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
}

/** As if started as somebody else than root. */
export function seenByOther(reads: Reads, { uid, gid, groups }: OtherStart): Reads {
	const nothing: [bigint, bigint, bigint] = [0n, 0n, 0n];
	const none = { capget: () => nothing, capAmbientReadAll: () => 0n, getSecurebits: () => 0, getgroups: () => [...groups] };
	return Object.assign(seenAs(reads, uid, gid), none);
}

function seenAs(reads: Reads, uid: number, gid: number): Reads {
	const [uids, gids] = [uid, gid].map((id): [number, number, number] => [id, id, id]);
	return Object.assign(Object.create(reads) as Reads, { getresuid: () => uids, getresgid: () => gids });
}
