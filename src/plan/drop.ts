import { securebits as bit, securebitLocks, securebitNames } from "../capability/securebits.ts";
import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import { lackOf, type Withheld } from "../capability/withheld.ts";
import { type DropPlan, threeSets } from "../departure/drop-plan.ts";
import type { Start } from "../departure/start.ts";
import { ascending, type Credentials } from "../identity/credentials.ts";
import type { Identity } from "../identity/identity.ts";
import { fail } from "../report/failure.ts";
import { isRoot, lacking } from "./settle-identity.ts";

export interface DropRequest {
	readonly identity: Pick<Identity, "uid" | "gid" | "groups">;
	/** False when the process has these ids already, or keeps its own. */
	readonly changeIdentity: boolean;
	readonly sets: CapabilitySets;
	/** Bits to set; those that are set already stay, but for the two that make a change of the uid keep capabilities. */
	readonly securebits: number;
	readonly noNewPrivileges: boolean;
	readonly newSessionKeyring?: boolean;
	readonly workdir: string | undefined;
	readonly parentDeathSignal: number;
	readonly whenUnprivileged: "adapt" | "fail";
}

/** Turns the request into the rows' data and the state the kernel must report, or says why this start cannot get there. */
export function planDrop(request: DropRequest, { credentials: now, withheld }: Start, notes: string[]): DropPlan {
	requireUnlocked(request, now);
	const bounding = planBounding(request, now, withheld, notes);
	const shrinking = now.sets.bounding.minus(bounding);
	const securebits = planSecurebits(request.securebits, now, notes);
	const forSecurebits = securebits === undefined ? CapabilitySet.empty : CapabilitySet.of("SETPCAP");

	const forIds = request.changeIdentity ? CapabilitySet.of("SETUID", "SETGID") : CapabilitySet.empty;
	const forBounding = shrinking.isEmpty ? CapabilitySet.empty : CapabilitySet.of("SETPCAP");
	const authority = forIds.union(forBounding).union(forSecurebits);

	const sets = threeSets(request.sets);
	const transition = {
		effective: sets.effective.union(forSecurebits),
		permitted: sets.permitted.union(forSecurebits),
		inheritable: sets.inheritable,
	};
	const { uid, gid, groups } = request.identity;
	return {
		// What is to be inheritable becomes so before the bounding set shrinks, which would forbid it.
		authority: { effective: authority, permitted: now.sets.permitted, inheritable: now.sets.inheritable.union(sets.inheritable) },
		bounding: shrinking.list(),
		keepCapabilities: request.changeIdentity && !transition.permitted.isEmpty,
		groups: request.changeIdentity ? groups : undefined,
		gid: request.changeIdentity ? gid : undefined,
		uid: request.changeIdentity ? uid : undefined,
		newSessionKeyring: request.newSessionKeyring === true,
		transition,
		ambient: request.sets.ambient.list(),
		securebits,
		sets,
		parentDeathSignal: request.parentDeathSignal,
		workdir: request.workdir,
		noNewPrivileges: request.noNewPrivileges,
		expected: {
			...(request.changeIdentity ? idsOf(request.identity) : { uids: now.uids, gids: now.gids, groups: now.groups }),
			sets: { ...request.sets, bounding },
			securebits: securebits ?? now.securebits,
			noNewPrivileges: request.noNewPrivileges || now.noNewPrivileges,
		},
	};
}

/** Securebits that a parent has locked may forbid what the plan needs: said now, not in the middle of the drop. capabilities(7) */
function requireUnlocked({ changeIdentity, sets, securebits: wanted }: DropRequest, { securebits, uids }: Credentials): void {
	const refuse = (message: string) =>
		fail("CAPABILITY_MISSING", message, { where: "securebits", remedy: ["start this program before the securebits are locked"] });
	if (!sets.ambient.isEmpty && (securebits & bit.no_cap_ambient_raise) !== 0) {
		refuse("no_cap_ambient_raise is set already, so no capability can be kept for the workload");
	}
	const lockedOff = (securebitLocks & securebits & ~(securebits << 1)) >> 1;
	if ((wanted & lockedOff) !== 0) {
		refuse(`${securebitNames(wanted & lockedOff).join(", ")} is locked off already`);
	}
	if (changeIdentity && uids.effective === 0 && !sets.permitted.isEmpty && (securebits & bit.keep_caps_locked) !== 0) {
		refuse("keep_caps is locked already, so no capability can be kept over the change of the user");
	}
}

function idsOf({ uid, gid, groups }: DropRequest["identity"]): Pick<Credentials, "uids" | "gids" | "groups"> {
	return {
		uids: { real: uid, effective: uid, saved: uid },
		gids: { real: gid, effective: gid, saved: gid },
		groups: ascending(groups),
	};
}

/** The bounding set at the end. It can only be made smaller with SETPCAP. */
function planBounding(request: DropRequest, now: Credentials, withheld: Withheld | undefined, notes: string[]): CapabilitySet {
	const wanted = request.sets.bounding.intersection(now.sets.bounding);
	const excess = now.sets.bounding.minus(wanted);
	if (excess.isEmpty || lacking(now, "SETPCAP").length === 0) {
		return wanted;
	}
	if (isRoot(now) || request.whenUnprivileged === "fail" || !request.noNewPrivileges) {
		const { message: lack, remedy } = lackOf(["SETPCAP"], withheld);
		fail("CAPABILITY_MISSING", `the bounding set still holds ${excess} and cannot shrink without SETPCAP, ${lack}`, {
			where: "capabilities",
			remedy: [
				...remedy,
				"or start the container as the user itself, with no_new_privileges on: docker run --user ... | kubernetes: securityContext.runAsUser",
			],
		});
	}
	notes.push(`the bounding set keeps ${excess}: SETPCAP is not held; no_new_privileges makes it useless`);
	return now.sets.bounding;
}

function planSecurebits(wanted: number, now: Credentials, notes: string[]): number | undefined {
	const isFixupLocked = (now.securebits & bit.no_setuid_fixup_locked) !== 0;
	const bits = wanted | (now.securebits & ~bit.keep_caps & (isFixupLocked ? ~0 : ~bit.no_setuid_fixup));
	if (bits === now.securebits) {
		return undefined;
	}
	if (lacking(now, "SETPCAP").length > 0) {
		notes.push("the securebits stay as they are: SETPCAP is not held");
		return undefined;
	}
	return bits;
}
