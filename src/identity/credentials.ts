import { type Capability, type CapabilityName, capability, capabilityAt } from "../capability/names.ts";
import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { type Gid, type ThreeIds, toGid, toUid, type Uid } from "./ids.ts";

/** Everything about privilege that the kernel keeps for a process, as one value. credentials(7), capabilities(7) */
export interface Credentials {
	readonly uids: ThreeIds<Uid>;
	readonly gids: ThreeIds<Gid>;
	/** Supplementary groups, ascending, without repetition. */
	readonly groups: readonly Gid[];
	readonly sets: CapabilitySets;
	readonly securebits: number;
	readonly noNewPrivileges: boolean;
}

/** What this kernel has not, so that it says EINVAL when it is asked. */
export interface Lacks {
	/** Before Linux 4.3, and gVisor. */
	readonly ambient: boolean;
	/** gVisor. */
	readonly securebits: boolean;
}

interface Privilege {
	readonly credentials: Credentials;
	/** It is asked for, never compiled in. */
	readonly last: Capability;
	readonly lacks: Lacks;
}

/** By system calls alone: a scratch container may have no /proc, and Landlock may forbid it. */
export function observeCredentials(reads: Reads): Credentials {
	return observePrivilege(reads).credentials;
}

/** With what is the kernel's and not the process's. */
export function observePrivilege(reads: Reads): Privilege {
	const [realUid, effectiveUid, savedUid] = reads.getresuid();
	const [realGid, effectiveGid, savedGid] = reads.getresgid();
	const groups = ascending(mustRead("getgroups", reads.getgroups()).map(toGid));
	const [effective, permitted, inheritable] = mustRead("capget", reads.capget(0));
	const [bounding, last] = mustRead("prctl(PR_CAPBSET_READ)", reads.capbsetReadAll());
	const [ambient, securebits] = [reads.capAmbientReadAll(last), reads.getSecurebits()];
	const lacks = { ambient: ambient === -errno.EINVAL, securebits: securebits === -errno.EINVAL };
	const credentials = {
		uids: { real: toUid(realUid), effective: toUid(effectiveUid), saved: toUid(savedUid) },
		gids: { real: toGid(realGid), effective: toGid(effectiveGid), saved: toGid(savedGid) },
		groups,
		sets: {
			bounding: CapabilitySet.fromBits(bounding),
			permitted: CapabilitySet.fromBits(permitted),
			effective: CapabilitySet.fromBits(effective),
			inheritable: CapabilitySet.fromBits(inheritable),
			// What is ambient is permitted and inheritable: of a set that cannot be asked for, that is the most. capabilities(7)
			ambient: CapabilitySet.fromBits(lacks.ambient ? permitted & inheritable : mustRead("prctl(PR_CAP_AMBIENT_IS_SET)", ambient)),
		},
		securebits: lacks.securebits ? 0 : mustRead("prctl(PR_GET_SECUREBITS)", securebits),
		noNewPrivileges: mustRead("prctl(PR_GET_NO_NEW_PRIVS)", reads.getNoNewPrivs()) === 1,
	};
	return { credentials, last: capabilityAt(last), lacks };
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
