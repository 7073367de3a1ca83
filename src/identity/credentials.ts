import { type Capability, type CapabilityName, capability, capabilityAt } from "../capability/names.ts";
import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { type Gid, toGid, toUid, type Uid } from "./ids.ts";

/** Everything about privilege that the kernel keeps for a process, as one value. credentials(7), capabilities(7) */
export interface Credentials {
	readonly uids: { readonly real: Uid; readonly effective: Uid; readonly saved: Uid };
	readonly gids: { readonly real: Gid; readonly effective: Gid; readonly saved: Gid };
	/** Supplementary groups, ascending, without repetition. */
	readonly groups: readonly Gid[];
	readonly sets: CapabilitySets;
	readonly securebits: number;
	readonly noNewPrivileges: boolean;
}

/** By system calls alone: a scratch container may have no /proc, and Landlock may forbid it. */
export function observeCredentials(reads: Reads): Credentials {
	return observePrivilege(reads).credentials;
}

/** With the kernel's last capability, which is asked for, never compiled in. */
export function observePrivilege(reads: Reads): { readonly credentials: Credentials; readonly last: Capability } {
	const [realUid, effectiveUid, savedUid] = reads.getresuid();
	const [realGid, effectiveGid, savedGid] = reads.getresgid();
	const groups = ascending(mustRead("getgroups", reads.getgroups()).map(toGid));
	const [effective, permitted, inheritable] = mustRead("capget", reads.capget(0));
	const [bounding, last] = mustRead("prctl(PR_CAPBSET_READ)", reads.capbsetReadAll());
	const credentials = {
		uids: { real: toUid(realUid), effective: toUid(effectiveUid), saved: toUid(savedUid) },
		gids: { real: toGid(realGid), effective: toGid(effectiveGid), saved: toGid(savedGid) },
		groups,
		sets: {
			bounding: CapabilitySet.fromBits(bounding),
			permitted: CapabilitySet.fromBits(permitted),
			effective: CapabilitySet.fromBits(effective),
			inheritable: CapabilitySet.fromBits(inheritable),
			ambient: CapabilitySet.fromBits(mustRead("prctl(PR_CAP_AMBIENT_IS_SET)", reads.capAmbientReadAll(last))),
		},
		securebits: mustRead("prctl(PR_GET_SECUREBITS)", reads.getSecurebits()),
		noNewPrivileges: mustRead("prctl(PR_GET_NO_NEW_PRIVS)", reads.getNoNewPrivs()) === 1,
	};
	return { credentials, last: capabilityAt(last) };
}

export function ascending(groups: Iterable<Gid>): Gid[] {
	return [...new Set(groups)].sort((left, right) => left - right);
}

export function isRoot({ uids }: Credentials): boolean {
	return uids.real === 0 || uids.effective === 0 || uids.saved === 0;
}

/** The names of those that are not permitted. */
export function lacking({ sets }: Credentials, ...names: readonly CapabilityName[]): CapabilityName[] {
	return names.filter((name) => !sets.permitted.has(capability(name)));
}

/** Real, effective and saved: one that differs could be come back to. */
export function hasIds({ uids, gids }: Credentials, { uid, gid }: { readonly uid: Uid; readonly gid: Gid }): boolean {
	const isEach = (ids: Credentials["uids"] | Credentials["gids"], wanted: number) =>
		[ids.real, ids.effective, ids.saved].every((id) => id === wanted);
	return isEach(uids, uid) && isEach(gids, gid);
}
