import { type CapabilityName, capability } from "../capability/names.ts";
import { lackOf, type Withheld } from "../capability/withheld.ts";
import { ascending, type Credentials } from "../identity/credentials.ts";
import type { Accounts, Identity } from "../identity/identity.ts";
import { type UserNamespace, unmappedId } from "../identity/user-namespace.ts";
import { fail } from "../report/failure.ts";

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
}

type Ids = Pick<Identity, "uid" | "gid" | "groups">;

/**
 * Compares the configured identity with the one the container was started with. Root that cannot change is an error: the
 * workload never runs as root instead. Another start user that cannot change stays, as on platforms with random uids.
 */
export function settleIdentity(
	wanted: Identity,
	now: Credentials,
	{ accounts, namespace, whenUnprivileged, withheld }: SettleContext,
	notes: string[],
): SettledIdentity {
	const missing = lacking(now, "SETUID", "SETGID");
	if (missing.length === 0 && namespace === undefined) {
		return { identity: wanted, change: true };
	}
	if (missing.length === 0 && namespace !== undefined) {
		return settleInNamespace(wanted, now, namespace, notes);
	}
	if (isAlready(now, wanted)) {
		return { identity: wanted, change: false };
	}
	if ((isRoot(now) && wanted.uid !== 0) || whenUnprivileged === "fail") {
		failToChange(wanted, missing, withheld);
	}
	notes.push(
		`started as ${words(now.uids.real, now.gids.real, now.groups)} without ${missing.join(" and ")}: ` +
			`this identity stays instead of ${words(wanted.uid, wanted.gid, wanted.groups)}`,
	);
	return { identity: identityOfStart(now, accounts), change: false };
}

/** A namespace of few ids, as rootless runtimes make: an id it lacks would be refused in the middle of the drop. */
function settleInNamespace(wanted: Identity, now: Credentials, namespace: UserNamespace, notes: string[]): SettledIdentity {
	const hasIds = [now.uids.real, now.uids.effective, now.uids.saved].every((id) => id === wanted.uid) && now.gids.effective === wanted.gid;
	if (namespace.setgroupsDenied && hasIds) {
		notes.push("this user namespace forbids setgroups: the groups of the start stay");
		return { identity: wanted, change: false };
	}
	const unmapped = unmappedId(wanted, namespace);
	const reason =
		unmapped ??
		(namespace.setgroupsDenied ? "this user namespace forbids setgroups, so the groups of the start cannot be given up" : undefined);
	if (reason !== undefined) {
		fail("ID_UNMAPPED", reason, {
			where: "user",
			remedy: ["map a range of ids in the runtime (subuid, subgid), or start the container as the user itself"],
		});
	}
	return { identity: wanted, change: true };
}

export function isRoot({ uids }: Credentials): boolean {
	return uids.real === 0 || uids.effective === 0 || uids.saved === 0;
}

/** The names of those that are not permitted. */
export function lacking({ sets }: Credentials, ...names: readonly CapabilityName[]): CapabilityName[] {
	return names.filter((name) => !sets.permitted.has(capability(name)));
}

/** Docker leaves the primary group out of the list of a `--user`; such a list only lacks what the gid gives anyway. */
function isAlready({ uids, gids, groups }: Credentials, { uid, gid, groups: wanted }: Ids): boolean {
	const sameUid = [uids.real, uids.effective, uids.saved].every((id) => id === uid);
	const sameGid = [gids.real, gids.effective, gids.saved].every((id) => id === gid);
	return sameUid && sameGid && ascending([...groups, gid]).join() === ascending(wanted).join();
}

function identityOfStart({ uids, gids, groups }: Credentials, accounts: Accounts): Identity {
	const account = accounts.userById(uids.effective);
	return {
		uid: uids.effective,
		gid: gids.effective,
		groups: ascending([...groups, gids.effective]),
		name: account?.name,
		home: account?.home ?? "/",
	};
}

function failToChange({ uid, gid }: Ids, missing: readonly CapabilityName[], withheld: Withheld | undefined): never {
	const { words, remedy } = lackOf(missing, withheld);
	fail("CAPABILITY_MISSING", `changing to uid ${uid}, gid ${gid} needs ${missing.join(" and ")}, ${words}`, {
		where: "user",
		remedy: [
			...remedy,
			`or start the container as that user: docker run --user ${uid}:${gid} ... | kubernetes: securityContext.runAsUser: ${uid}, runAsGroup: ${gid}`,
		],
	});
}

function words(uid: number, gid: number, groups: readonly number[]): string {
	return `uid ${uid}, gid ${gid}, groups ${groups.join(" ") || "none"}`;
}
