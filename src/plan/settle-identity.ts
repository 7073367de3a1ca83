import type { CapabilityName } from "../capability/names.ts";
import { lackOf, type Withheld } from "../capability/withheld.ts";
import { ascending, type Credentials, hasIds, isRoot, lacking } from "../identity/credentials.ts";
import { homeOf } from "../identity/home.ts";
import type { Accounts, Identity } from "../identity/identity.ts";
import { type UserNamespace, unmappedId } from "../identity/user-namespace.ts";
import { fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";

/** The ids the workload will really have, and whether they still have to be changed to. */
export interface SettledIdentity {
	readonly identity: Identity;
	readonly change: boolean;
}

export interface SettleContext {
	readonly accounts: Accounts;
	readonly namespace: UserNamespace | undefined;
	readonly whenUnprivileged: "adapt" | "fail";
	readonly withheld: Withheld | undefined;
	/** HOME of the start, where it is given. */
	readonly home?: string | undefined;
	/** What is said at a normal start too. */
	readonly warnings?: Problem[];
}

type Ids = Pick<Identity, "uid" | "gid" | "groups">;

/**
 * Compares the configured identity with the one the container was started with. Root that cannot change is an error, whether the uid
 * differs, the gid or a group alone: the workload never has more of root than was written. Another start user that cannot change
 * stays, as on platforms with random uids.
 */
export function settleIdentity(
	wanted: Identity,
	now: Credentials,
	{ accounts, namespace, whenUnprivileged, withheld, home, warnings = [] }: SettleContext,
	notes: string[],
): SettledIdentity {
	const missing = lacking(now, "SETUID", "SETGID");
	if (missing.length === 0 && namespace === undefined) {
		return { identity: wanted, change: true };
	}
	if (missing.length === 0 && namespace !== undefined) {
		const settled = settleInNamespace(wanted, now, namespace, { notes, warnings });
		return settled.change ? settled : { identity: atHome(wanted, now, home), change: false };
	}
	if (isAlready(now, wanted)) {
		return { identity: atHome(wanted, now, home), change: false };
	}
	if (isRoot(now) || whenUnprivileged === "fail") {
		failToChange(wanted, missing, withheld, hasIds(now, wanted));
	}
	notes.push(
		`started as ${words(now.uids.real, now.gids.real, now.groups)} without ${missing.join(" and ")}: ` +
			`this identity stays instead of ${words(wanted.uid, wanted.gid, wanted.groups)}`,
	);
	return { identity: identityOfStart(now, accounts, home), change: false };
}

/** A namespace of few ids, as rootless runtimes make: an id it lacks would be refused in the middle of the drop. */
function settleInNamespace(
	wanted: Identity,
	now: Credentials,
	namespace: UserNamespace,
	{ notes, warnings }: { readonly notes: string[]; readonly warnings: Problem[] },
): SettledIdentity {
	if (namespace.setgroupsDenied && hasIds(now, wanted)) {
		const more = now.groups.filter((group) => group !== wanted.gid && !wanted.groups.includes(group));
		if (isRoot(now) && more.length > 0) {
			warnings.push({ message: `this user namespace forbids setgroups: root keeps groups ${more.join(" ")}, which were not configured` });
		} else {
			notes.push("this user namespace forbids setgroups: the groups of the start stay");
		}
		return { identity: wanted, change: false };
	}
	const unmapped = unmappedId(wanted, namespace);
	const reason =
		unmapped ??
		(namespace.setgroupsDenied ? "this user namespace forbids setgroups, so the groups of the start cannot be given up" : undefined);
	if (reason !== undefined) {
		fail("ID_UNMAPPED", reason, {
			where: "user",
			remedy: ["map a range of ids in the runtime (subuid, subgid)"],
		});
	}
	return { identity: wanted, change: true };
}

/** Docker leaves the primary group out of the list of a `--user`; such a list only lacks what the gid gives anyway. */
function isAlready(now: Credentials, wanted: Ids): boolean {
	return hasIds(now, wanted) && ascending([...now.groups, wanted.gid]).join() === ascending(wanted.groups).join();
}

/** Whom another user than root stays, as on platforms with random uids. */
export function identityOfStart(now: Credentials, accounts: Accounts, home: string | undefined): Identity {
	const { uids, gids, groups } = now;
	const account = accounts.userById(uids.effective);
	const identity = {
		uid: uids.effective,
		gid: gids.effective,
		groups: ascending([...groups, gids.effective]),
		name: account?.name,
		home: homeOf(account),
	};
	return atHome(identity, now, home);
}

/**
 * HOME of the start is the image's, or the runtime's, own word. Where passwd does not know who stays it holds: no privilege goes from one user
 * to another there. Root's never does.
 */
export function atHome<Who extends Pick<Identity, "name" | "home">>(identity: Who, now: Credentials, home: string | undefined): Who {
	return identity.name === undefined && !isRoot(now) && home?.startsWith("/") === true ? { ...identity, home } : identity;
}

function failToChange(
	{ uid, gid, groups }: Ids,
	missing: readonly CapabilityName[],
	withheld: Withheld | undefined,
	sameIds: boolean,
): never {
	const { message: lack, remedy } = lackOf(missing, withheld);
	fail(
		"CAPABILITY_MISSING",
		`changing to uid ${uid}, gid ${gid}${sameIds ? `, groups ${groups.join(" ")}` : ""} needs ${missing.join(" and ")}, ${lack}`,
		{
			where: "user",
			lacks: missing,
			remedy,
		},
	);
}

function words(uid: number, gid: number, groups: readonly number[]): string {
	return `uid ${uid}, gid ${gid}, groups ${groups.join(" ") || "none"}`;
}
