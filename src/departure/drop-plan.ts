import type { Capability } from "../capability/names.ts";
import type { CapabilitySet, CapabilitySets } from "../capability/set.ts";
import type { Credentials } from "../identity/credentials.ts";
import type { Gid, Uid } from "../identity/ids.ts";

/** What effective, permitted and inheritable become in one capset(2). */
export interface ThreeSets {
	readonly effective: CapabilitySet;
	readonly permitted: CapabilitySet;
	readonly inheritable: CapabilitySet;
}

/**
 * The drop as plain data: every decision is taken, every name resolved. `undefined` means that the row of the order does
 * nothing, because the state is already as wanted or the kernel would refuse and the plan can do without.
 */
export interface DropPlan {
	/** Capabilities that become effective for the drop itself; nothing else is. */
	readonly authority: ThreeSets | undefined;
	/** Each is removed from the bounding set. */
	readonly bounding: readonly Capability[];
	/** Keep the permitted set over the change of the uid. */
	readonly keepCapabilities: boolean;
	readonly groups: readonly Gid[] | undefined;
	readonly gid: Gid | undefined;
	readonly uid: Uid | undefined;
	/** An empty session keyring instead of the one of the start. */
	readonly newSessionKeyring: boolean;
	/** The wanted sets and, for the securebits, SETPCAP when it is held. */
	readonly transition: ThreeSets;
	readonly ambient: readonly Capability[];
	readonly securebits: number | undefined;
	readonly sets: ThreeSets;
	/** Signal number; 0 for none. */
	readonly parentDeathSignal: number;
	readonly workdir: string | undefined;
	readonly noNewPrivileges: boolean;
	/** The state that the kernel must report at the end. */
	readonly expected: Credentials;
}

export function threeSets(sets: CapabilitySets): ThreeSets {
	return { effective: sets.effective, permitted: sets.permitted, inheritable: sets.inheritable };
}
