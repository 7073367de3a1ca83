import type { Capability } from "../../../capability/names.ts";
import { securebits as bit, securebitLocks, securebitNames, unprivilegedSecurebits } from "../../../capability/securebits.ts";
import { CapabilitySet, type CapabilitySets } from "../../../capability/set.ts";
import { lackOf, type Withheld } from "../../../capability/withheld.ts";
import { type Credentials, lacking } from "../../../identity/credentials.ts";
import type { ThreeIds, Uid } from "../../../identity/ids.ts";
import { setsAfterUidChange } from "../../../identity/uid-change.ts";
import { fail } from "../../../report/failure.ts";
import { changedSecurebits } from "./securebits.ts";
import { changedSet, type SetChange } from "./set-changes.ts";
import type { Wish } from "./wish.ts";

interface From {
	readonly now: Credentials;
	readonly withheld: Withheld | undefined;
	readonly last: Capability;
	readonly uids: ThreeIds<Uid>;
	/** Asked for, on already, or part of a wall. */
	readonly noNewPrivileges: boolean;
	warn(message: string): void;
}

const root = 0;

/**
 * The five sets right before the exec. What the kernel would refuse, and what it would leave out without a word, is refused here. Who is not
 * root any more has no more than it may keep, so that nothing is executed with what the exec takes away.
 */
export function setsOf(wish: Wish, from: From): CapabilitySets {
	const bounding = boundingOf(wish.bounding, from);
	const inheritable = inheritableOf(wish.inheritable, bounding, from);
	const ambient = ambientOf(wish.ambient, inheritable, from);
	const { now, uids } = from;
	// root's exec takes the bounding set, and with no_new_privs what is permitted of it. capabilities(7)
	const isRoot = uids.real === root || uids.effective === root;
	const permitted = isRoot ? now.sets.permitted : ambient;
	const effective = !isRoot ? ambient : uids.effective === root ? now.sets.effective : CapabilitySet.empty;
	return { bounding, permitted, effective, inheritable, ambient };
}

function boundingOf(changes: readonly SetChange[] | undefined, { now, withheld, last, noNewPrivileges, warn }: From): CapabilitySet {
	const { bounding: held } = now.sets;
	if (changes === undefined) {
		return held;
	}
	const wanted = changedSet(held, changes, last);
	const named = changes.filter(({ adds, capability }) => adds && capability !== undefined).flatMap(({ capability }) => capability ?? []);
	const lost = wanted.minus(held).intersection(CapabilitySet.from(named));
	if (!lost.isEmpty) {
		warn(`${lost} is not in the bounding set, to which nothing can be added`);
	}
	const excess = held.minus(wanted);
	if (excess.isEmpty || lacking(now, "SETPCAP").length === 0) {
		return wanted.intersection(held);
	}
	if (!noNewPrivileges) {
		const { message, remedy } = lackOf(["SETPCAP"], withheld);
		fail("CAPABILITY_MISSING", `the bounding set keeps ${excess}, which a set-user-ID program would get: SETPCAP is ${message}`, {
			where: "--bounding-set",
			remedy: [...remedy, "or --no-new-privs beside it, which makes what stays useless"],
		});
	}
	warn(`the bounding set keeps ${excess}: SETPCAP is not held; no_new_privs makes it useless`);
	return held;
}

function inheritableOf(changes: readonly SetChange[] | undefined, bounding: CapabilitySet, { now, withheld, last }: From): CapabilitySet {
	const { inheritable: held, permitted } = now.sets;
	const wanted = changedSet(held, changes ?? [], last);
	const added = wanted.minus(held);
	const beyond = added.minus(bounding);
	if (!beyond.isEmpty) {
		fail("CAPABILITY_MISSING", `${beyond} cannot become inheritable: the bounding set does not have it`, { where: "--inh-caps" });
	}
	const unheld = added.minus(permitted);
	if (!unheld.isEmpty && lacking(now, "SETPCAP").length > 0) {
		const { message, remedy } = lackOf(["SETPCAP"], withheld);
		fail("CAPABILITY_MISSING", `${unheld} cannot become inheritable: it is not permitted, and SETPCAP is ${message}`, {
			where: "--inh-caps",
			remedy,
		});
	}
	return wanted;
}

function ambientOf(changes: readonly SetChange[] | undefined, inheritable: CapabilitySet, { now, last, uids }: From): CapabilitySet {
	const { permitted } = now.sets;
	const start = setsAfterUidChange(now, uids).ambient.intersection(inheritable);
	const wanted = changedSet(start, changes ?? [], last);
	const raised = wanted.minus(start);
	const lacks = raised.minus(inheritable.intersection(permitted));
	if (!lacks.isEmpty) {
		const why = lacks.minus(inheritable).isEmpty ? "it is not permitted" : "it is not inheritable";
		fail("CAPABILITY_MISSING", `${lacks} cannot become ambient: ${why}`, {
			where: "--ambient-caps",
			remedy: ["give --inh-caps with the same beside it, for what is permitted"],
		});
	}
	if (!raised.isEmpty && (now.securebits & bit.no_cap_ambient_raise) !== 0) {
		fail("CAPABILITY_MISSING", `${raised} cannot become ambient: the securebit no_cap_ambient_raise is set`, { where: "--ambient-caps" });
	}
	return wanted;
}

/** The bits in the end, or why this start cannot have them. Exec clears keep_caps. */
export function securebitsOf({ securebits: changes }: Wish, { now, withheld }: Pick<From, "now" | "withheld">): number {
	const held = now.securebits & ~bit.keep_caps;
	const wanted = changes === undefined ? held : changedSecurebits(held, changes);
	const different = held ^ wanted;
	const locks = held & securebitLocks;
	const fixed = different & (locks | (locks >> 1));
	if (fixed !== 0) {
		fail("CAPABILITY_MISSING", `${securebitNames(fixed).join(", ")} cannot change: what is locked stays`, { where: "--securebits" });
	}
	// Also to set what is set already.
	const touched = changes === undefined ? 0 : different | (changes.clearsAll ? bit.noroot : changes.set | changes.clear);
	if ((touched & ~unprivilegedSecurebits) !== 0 && lacking(now, "SETPCAP").length > 0) {
		const { message, remedy } = lackOf(["SETPCAP"], withheld);
		fail("CAPABILITY_MISSING", `securebits take SETPCAP, ${message}`, { where: "--securebits", remedy });
	}
	return wanted;
}
