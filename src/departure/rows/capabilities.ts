import { securebits as bit } from "../../capability/securebits.ts";
import { CapabilitySet, type CapabilitySets, type SetName } from "../../capability/set.ts";
import { lackOf } from "../../capability/withheld.ts";
import { type Credentials, isRoot, lacking } from "../../identity/credentials.ts";
import { fail } from "../../report/failure.ts";
import { must } from "../../sys/act.ts";
import { errno } from "../../sys/errno.ts";
import type { Acts } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { refuseLocked } from "../locked.ts";
import { type ThreeSets, threeSets } from "../request.ts";
import { type Ask, row, type Witness } from "../row.ts";

export const authority = row<ThreeSets>({
	act: "give up",
	reason: "between steps nothing is effective; the rows below need SETPCAP, SETGID and SETUID effective and nothing else",
	after: {},
	// What is to be inheritable becomes so before the bounding set shrinks, which would forbid it.
	plan: ({ request: { sets, leavesCapabilities }, start: { credentials: now }, needed }) =>
		leavesCapabilities
			? undefined
			: {
					// What is not held may not be needed: to come back to an id of one's own takes nothing.
					effective: needed.intersection(now.sets.permitted),
					permitted: now.sets.permitted,
					inheritable: now.sets.inheritable.union(sets.inheritable),
				},
	apply: ({ host }, sets) => setThree(host, sets),
});

export const bounding = row<CapabilitySet>({
	act: "give up",
	reason: "PR_CAPBSET_DROP needs SETPCAP effective, which the change of the uid takes away",
	after: { authority: "SETPCAP has to be effective; and what is to be inheritable must be so before the bounding set forbids it" },
	plan: (ask) => {
		if (ask.request.leavesCapabilities) {
			return undefined;
		}
		const { bounding: now } = ask.start.credentials.sets;
		const excess = now.minus(boundingAtEnd(ask));
		return excess.isEmpty ? undefined : excess;
	},
	needs: () => CapabilitySet.of("SETPCAP"),
	apply: ({ host }, excess) => {
		for (const each of excess.list()) {
			mustRead("capbsetDrop", host.capbsetDrop(each));
		}
	},
	expect: ({ sets }, excess) => {
		sets.bounding = sets.bounding.minus(excess);
	},
	witnesses: [witnessOf("bounding", "CapBnd")],
});

export const transition = row<ThreeSets>({
	act: "give up",
	reason: "an ambient capability must be permitted and inheritable first; SETPCAP stays for the securebits",
	after: { uid: "the change empties the effective set, and what is permitted without keep_caps" },
	plan: ({ request: { sets, leavesCapabilities }, needed }) =>
		leavesCapabilities
			? undefined
			: { ...threeSets(sets), effective: sets.effective.union(needed), permitted: sets.permitted.union(needed) },
	apply: ({ host }, sets) => setThree(host, sets),
});

export const ambientClear = row<true>({
	act: "give up",
	reason: "ambient capabilities that were inherited survive when the uid does not change",
	after: {},
	plan: ({ request }) => (request.leavesCapabilities ? undefined : true),
	apply: ({ host }) => {
		const result = host.capAmbientClearAll();
		// A kernel without the set has nothing to clear. Who says so of one that has it is found out by the proof.
		if (result !== -errno.EINVAL) {
			mustRead("capAmbientClearAll", result);
		}
	},
	expect: ({ sets }) => {
		sets.ambient = CapabilitySet.empty;
	},
});

export const ambientRaise = row<CapabilitySet>({
	act: "give up",
	reason: "after the set is empty, and before NO_CAP_AMBIENT_RAISE forbids it",
	after: {
		"ambient-clear": "it would be empty again",
		transition: "the kernel takes only what is permitted and inheritable",
	},
	plan: ({ request: { sets, leavesCapabilities }, start: { credentials: now, lacks } }) => {
		if (leavesCapabilities) {
			return undefined;
		}
		// Only what is permitted and inheritable can be ambient: where nothing is, a set that cannot be asked for is known to be empty.
		const possible = lacks.ambient ? sets.permitted.intersection(sets.inheritable).union(sets.ambient) : sets.ambient;
		if (possible.isEmpty) {
			return undefined;
		}
		if (lacks.ambient) {
			fail("CALL_REFUSED", `${possible} cannot be kept: this kernel has no ambient set (prctl(PR_CAP_AMBIENT): EINVAL)`, {
				where: "capabilities",
				remedy: ["keep no capability, or run the container on Linux itself"],
			});
		}
		if ((now.securebits & bit.no_cap_ambient_raise) !== 0) {
			refuseLocked("no_cap_ambient_raise is set already, so no capability can be kept for the workload");
		}
		return sets.ambient;
	},
	apply: ({ host }, ambient) => {
		for (const each of ambient.list()) {
			must(host, "capAmbientRaise", each);
		}
	},
	expect: ({ sets }, ambient) => {
		sets.ambient = sets.ambient.union(ambient);
	},
	witnesses: [witnessOf("ambient", "CapAmb", true)],
});

export const sets = row<ThreeSets>({
	act: "give up",
	reason: "the last use of SETPCAP is behind us",
	after: { securebits: "they need SETPCAP effective", transition: "it holds more than the workload may have" },
	plan: ({ request }) => (request.leavesCapabilities ? undefined : threeSets(request.sets)),
	apply: ({ host }, wanted) => setThree(host, wanted),
	expect: ({ sets: state }, { effective, permitted, inheritable }) => {
		state.effective = effective;
		state.permitted = permitted;
		state.inheritable = inheritable;
	},
	witnesses: [
		{
			...witnessOf("permitted", "CapPrm"),
			attempt: ({ sets: { effective, permitted, inheritable } }, { all }) =>
				permitted.includes(all)
					? undefined
					: {
							name: "capset with every capability permitted",
							attempt: (host) => host.capset(effective.bits, all.bits, inheritable.bits),
						},
		},
		witnessOf("effective", "CapEff"),
		witnessOf("inheritable", "CapInh"),
	],
});

/** What the bounding set will be: it can only be made smaller with SETPCAP. */
export function keptBounding(wanted: CapabilitySets, now: Credentials): CapabilitySet {
	const { bounding: held } = now.sets;
	return lacking(now, "SETPCAP").length === 0 ? wanted.bounding.intersection(held) : held;
}

function boundingAtEnd({ request, start: { credentials: now, withheld }, note }: Ask): CapabilitySet {
	const wanted = request.sets.bounding.intersection(now.sets.bounding);
	const excess = now.sets.bounding.minus(wanted);
	if (excess.isEmpty || lacking(now, "SETPCAP").length === 0) {
		return wanted;
	}
	if (isRoot(now) || request.whenUnprivileged === "fail" || !request.noNewPrivileges) {
		const { message: lack, remedy } = lackOf(["SETPCAP"], withheld);
		fail("CAPABILITY_MISSING", `taking ${excess} out of the bounding set needs SETPCAP, ${lack}`, {
			where: "capabilities",
			lacks: ["SETPCAP"],
			remedy: [...remedy, ...(isRoot(now) ? [] : ["or let it stay: no_new_privileges: true and when_unprivileged: adapt"])],
		});
	}
	note(`the bounding set keeps ${excess}: SETPCAP is not held; no_new_privileges makes it useless`);
	return now.sets.bounding;
}

function setThree(acts: Acts, { effective, permitted, inheritable }: ThreeSets): void {
	must(acts, "capset", effective.bits, permitted.bits, inheritable.bits);
}

function witnessOf(name: SetName, line: string, isNewer?: true): Witness<never> {
	return {
		name,
		planned: ({ sets }) => sets[name].bits,
		observed: ({ credentials }) => credentials.sets[name].bits,
		shown: (bits) => CapabilitySet.fromBits(bits as bigint).toString(),
		line: { name: line, planned: ({ sets }) => sets[name].hex(), ...(isNewer && { isNewer }) },
	};
}
