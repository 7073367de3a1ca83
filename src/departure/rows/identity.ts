import { type CapabilityName, capability } from "../../capability/names.ts";
import { securebits as bit } from "../../capability/securebits.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { ascending, type Credentials } from "../../identity/credentials.ts";
import { type Gid, type ThreeIds, threeOf, type Uid } from "../../identity/ids.ts";
import { setsAfterUidChange } from "../../identity/uid-change.ts";
import { must } from "../../sys/act.ts";
import { refuseLocked } from "../locked.ts";
import type { DepartureRequest, IdentityChange, ThreeSets } from "../request.ts";
import { type Ask, type Attempt, row, type Witness } from "../row.ts";

const root = 0;

export const keepCapabilitiesOn = row<true>({
	act: "give up",
	reason: "without it the change of the uid empties the permitted set, and the rows below have nothing left to work with",
	after: {},
	plan: (ask) => {
		const keeps = keepsOverUid(ask);
		const { uids, securebits } = ask.start.credentials;
		if (keeps && uids.effective === root && !ask.request.sets.permitted.isEmpty && (securebits & bit.keep_caps_locked) !== 0) {
			refuseLocked("keep_caps is locked already, so no capability can be kept over the change of the user");
		}
		return keeps || undefined;
	},
	apply: ({ host }) => must(host, "setKeepCaps", 1),
});

export const groups = row<readonly Gid[]>({
	act: "give up",
	reason: "needs SETGID effective, and the start user's groups must be gone before anything runs as the new user",
	after: { authority: "SETGID has to be effective" },
	plan: ({ request }) => changeOf(request).groups,
	needs: () => CapabilitySet.of("SETGID"),
	apply: ({ host }, wanted) => must(host, "setgroups", wanted),
	expect: (state, wanted) => {
		state.groups = ascending(wanted);
	},
	witnesses: [
		{
			name: "groups",
			planned: (expected) => expected.groups.join(" ") || "none",
			observed: ({ credentials }) => credentials.groups.join(" ") || "none",
			// Groups that nobody set may stand there twice.
			line: {
				name: "Groups",
				planned: (expected) => expected.groups.join(" "),
				normal: (found) =>
					ascending(
						found
							.trim()
							.split(" ")
							.map((group) => Number(group) as Gid),
					).join(" "),
			},
			attempt: ({ sets }) =>
				sets.permitted.has(capability("SETGID")) ? undefined : { name: "setgroups([0])", attempt: (host) => host.setgroups([root]) },
		},
	],
});

export const gid = row<Gid | ThreeIds<Gid>>({
	act: "give up",
	reason: "needs SETGID effective, so before the uid; all three ids, so that none can be restored",
	after: { authority: "SETGID has to be effective" },
	plan: ({ request }) => changeOf(request).gids,
	needs: () => CapabilitySet.of("SETGID"),
	apply: ({ host }, ids) => must(host, "setresgid", ...eachOf(ids)),
	expect: (state, ids) => {
		state.gids = threeOf(ids);
	},
	witnesses: [
		idWitness("gid", "Gid", ({ gids }) => gids, "SETGID", {
			name: "setresgid(0, 0, 0)",
			attempt: (host) => host.setresgid(root, root, root),
		}),
	],
});

export const uid = row<Uid | ThreeIds<Uid>>({
	act: "give up",
	reason: "the last change that needs the effective set, which it empties; all three ids, so that none can be restored",
	after: {
		bounding: "SETPCAP is no longer effective",
		groups: "SETGID is no longer effective",
		gid: "SETGID is no longer effective",
		"keep-capabilities-on": "the permitted set would be empty",
	},
	plan: ({ request }) => changeOf(request).uids,
	needs: () => CapabilitySet.of("SETUID"),
	apply: ({ host }, ids) => must(host, "setresuid", ...eachOf(ids)),
	expect: (state, ids) => {
		const uids = threeOf(ids);
		Object.assign(state.sets, setsAfterUidChange(state, uids));
		state.uids = uids;
	},
	witnesses: [
		idWitness("uid", "Uid", ({ uids }) => uids, "SETUID", {
			name: "setresuid(0, 0, 0)",
			attempt: (host) => host.setresuid(root, root, root),
		}),
	],
});

export const keepCapabilitiesOff = row<true>({
	act: "give up",
	reason: "done its work; what runs as the user before the exec, which clears the bit, must not inherit it",
	after: { uid: "the permitted set would be empty" },
	plan: (ask) => keepsOverUid(ask) || undefined,
	apply: ({ host }) => must(host, "setKeepCaps", 0),
});

/** For what is still to be done with them. */
function keepsOverUid({ request, later }: Ask): boolean {
	return changeOf(request).uids !== undefined && (later("transition") as ThreeSets | undefined)?.permitted.isEmpty === false;
}

/** What is missing stays. One id stands for all three. */
function changeOf({ change, changeIdentity, identity: { uid: uids, gid: gids, groups: wanted } }: DepartureRequest): IdentityChange {
	return change ?? (changeIdentity ? { uids, gids, groups: wanted } : {});
}

function eachOf<Id extends number>(ids: Id | ThreeIds<Id>): [Id, Id, Id] {
	const { real, effective, saved } = threeOf(ids);
	return [real, effective, saved];
}

type Three = Credentials["uids"] | Credentials["gids"];

/** Root's id is tried for where it is none of the three and nothing is left to change them with. */
function idWitness(
	name: string,
	line: string,
	of: (state: Credentials) => Three,
	change: CapabilityName,
	attempt: Attempt,
): Witness<never> {
	return {
		name,
		planned: (expected) => idText(of(expected)),
		observed: ({ credentials }) => idText(of(credentials)),
		line: { name: line, planned: (expected) => statusText(of(expected)), normal: withFourth },
		attempt: (expected) =>
			Object.values(of(expected)).some((each) => each === root) || expected.sets.permitted.has(capability(change)) ? undefined : attempt,
	};
}

function idText({ real, effective, saved }: Three): string {
	return `${real} ${effective} ${saved}`;
}

/** gVisor has no id of file accesses beside the effective one, and does not print it. */
function withFourth(found: string): string {
	const ids = found.split("\t");
	return ids.length === 3 ? `${found}\t${ids[1]}` : found;
}

/** The fourth is that of file accesses, which follows the effective one. */
function statusText({ real, effective, saved }: Three): string {
	return [real, effective, saved, effective].join("\t");
}
