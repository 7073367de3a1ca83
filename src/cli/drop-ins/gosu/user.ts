import type { Start } from "../../../departure/start.ts";
import { readAccounts } from "../../../identity/account-files.ts";
import { ascending } from "../../../identity/credentials.ts";
import { homeOf } from "../../../identity/home.ts";
import type { Account, Accounts, Identity } from "../../../identity/identity.ts";
import { groupId } from "../../../identity/resolve.ts";
import { parseUserSpec, type UserSpec } from "../../../identity/user-spec.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import type { Reads } from "../../../sys/native.ts";

const root = 0;

/** Whom the command is to run as. */
export interface User extends Pick<Identity, "uid" | "gid" | "groups" | "home"> {
	/** What is to be said of it at every start. */
	readonly warnings: readonly string[];
}

/** `user`, `user:`, `user:group`, by name or by number. A variable that is not set leaves an empty user, which is nobody. USER_INVALID */
function parseUser(text: string): UserSpec {
	return parseUserSpec(/^[^:]+:$/.test(text) ? text.slice(0, -1) : text);
}

/** The groups are those of /etc/group, or none beside a group that is written out; the primary one is not among them. */
export function resolveUser(text: string, { credentials }: Pick<Start, "credentials">, reads: Reads): User {
	const accounts = readAccounts(reads);
	const spec = parseUser(text);
	const account = accountOf(spec, accounts);
	const uid = typeof spec.user === "number" ? spec.user : (account as Account).uid;
	const gid = spec.group === undefined ? (account?.gid ?? credentials.gids.real) : groupId(spec.group, accounts, "user");
	const memberships = spec.group === undefined && account !== undefined ? accounts.membershipsOf(account.name) : [];
	const keepsRootGroup = spec.group === undefined && account === undefined && gid === root && uid !== root;
	return {
		uid,
		gid,
		groups: memberships,
		home: homeOf(account),
		warnings: keepsRootGroup
			? [`uid ${uid} is not in /etc/passwd and no group is written, so that root's group stays: "${uid}:GROUP" gives another`]
			: [],
	};
}

function accountOf({ user }: UserSpec, accounts: Accounts): Account | undefined {
	if (typeof user === "number") {
		return accounts.userById(user);
	}
	const account = accounts.userByName(user);
	if (account === undefined) {
		fail("USER_UNKNOWN", `${quoted(user)} is not in /etc/passwd`, {
			where: "user",
			remedy: ["create it in the image (useradd, adduser), or use numbers: 1000:1000"],
		});
	}
	if (account.uid === root && user !== "root") {
		fail("USER_IS_ROOT", `${quoted(user)} has uid 0 in /etc/passwd`, { where: "user", remedy: ["to run as root on purpose: root, or 0"] });
	}
	return account;
}

/** The same user with the primary group among the groups. */
export function withPrimaryGroup(user: User): User {
	return { ...user, groups: ascending([user.gid, ...user.groups]) };
}
