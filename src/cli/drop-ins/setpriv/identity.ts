import { lackOf } from "../../../capability/withheld.ts";
import type { IdentityChange } from "../../../departure/request.ts";
import type { Start } from "../../../departure/start.ts";
import { ascending, type Credentials, isRoot, lacking } from "../../../identity/credentials.ts";
import type { Account, Accounts } from "../../../identity/identity.ts";
import { type Gid, type ThreeIds, toGid, type Uid } from "../../../identity/ids.ts";
import { groupId } from "../../../identity/resolve.ts";
import { parseGroup, parseUserSpec } from "../../../identity/user-spec.ts";
import { Attempts } from "../../../report/attempts.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import type { Wish } from "./wish.ts";

export interface Becomes {
	readonly change: IdentityChange;
	/** As they will be, changed or not. */
	readonly uids: ThreeIds<Uid>;
	/** Of the real user in the end; read for who needs it. */
	account(): Account | undefined;
}

interface From {
	readonly accounts: Accounts;
	readonly now: Credentials;
	warn(message: string): void;
}

const root = 0;

/** Names to numbers, and what the ids become: the saved id always follows the effective one. */
export function resolveIdentity({ ruid, euid, rgid, egid, groups }: Wish, { accounts, now, warn }: From): Becomes {
	const real = ruid === undefined ? undefined : userOf(ruid, ruid === euid ? "--reuid" : "--ruid", accounts);
	const effective = euid === undefined ? undefined : euid === ruid ? real : userOf(euid, "--euid", accounts);
	const uids = merged(now.uids, real?.uid, effective?.uid);
	if (real !== undefined && effective === undefined && real.uid !== root && uids.effective === root) {
		fail("USAGE", "the effective uid would stay 0, so that the program would be root all the same", {
			where: "--ruid",
			remedy: ["--reuid, for the real and the effective one", "or --euid=0 beside it, where the program is to be root for somebody else"],
		});
	}
	const realGid = rgid === undefined ? undefined : gidOf(rgid, rgid === egid ? "--regid" : "--rgid", accounts);
	const effectiveGid = egid === undefined ? undefined : egid === rgid ? realGid : gidOf(egid, "--egid", accounts);
	const gids = merged(now.gids, realGid, effectiveGid);
	const account = real?.account ?? (() => accounts.userById(uids.real));
	const become = groups === undefined ? undefined : groupsOf(groups, ruid ?? "", account, accounts);
	warnOfRest(
		{ uids, gids, groups: become ?? now.groups },
		{ now, warn, keepsGroups: groups === "keep", hasGid: (rgid ?? egid) !== undefined },
	);
	return {
		change: { uids: (real ?? effective) && uids, gids: (rgid ?? egid) === undefined ? undefined : gids, groups: become },
		uids,
		account,
	};
}

function merged<Id extends number>(now: ThreeIds<Id>, real: Id = now.real, effective: Id = now.effective): ThreeIds<Id> {
	return { real, effective, saved: effective };
}

type Held = Pick<Start, "credentials" | "withheld">;

/** What the kernel would refuse in the middle of the change is said before it: without a capability a process only changes to an id that is its own. */
export function requireIdCapabilities({ uids, gids, groups }: IdentityChange, { credentials: now, withheld }: Held): void {
	const errors = new Attempts();
	const need = (name: "SETUID" | "SETGID", what: string, where: string, ...others: string[]) =>
		errors.attempt(() => {
			if (lacking(now, name).length > 0) {
				const { message, remedy } = lackOf([name], withheld);
				fail("CAPABILITY_MISSING", `${what} takes ${name}, ${message}`, { where, remedy: [...remedy, ...others] });
			}
		});
	if (!isAmong(now.uids, uids)) {
		need("SETUID", "another uid", "--reuid");
	}
	if (!isAmong(now.gids, gids)) {
		need("SETGID", "another gid", "--regid");
	}
	if (groups !== undefined) {
		need("SETGID", "a list of groups", "groups", "or --keep-groups, which leaves the list of the start");
	}
	errors.end();
}

function isAmong(own: ThreeIds<number>, wanted: ThreeIds<number> | number | undefined): boolean {
	const ids = typeof wanted === "object" ? Object.values(wanted) : wanted === undefined ? [] : [wanted];
	return ids.every((id) => Object.values(own).includes(id));
}

interface User {
	readonly uid: Uid;
	/** Read for who needs it: a malformed entry is nobody else's. */
	account(): Account | undefined;
}

function userOf(text: string, where: string, accounts: Accounts): User {
	if (text.includes(":")) {
		fail("USER_INVALID", `${quoted(text)} has a colon: the group is an option of its own`, { where, remedy: ["--regid"] });
	}
	const { user } = parseUserSpec(text, where);
	if (typeof user === "number") {
		return { uid: user, account: () => accounts.userById(user) };
	}
	const account =
		accounts.userByName(user) ??
		fail("USER_UNKNOWN", `${quoted(user)} is not in /etc/passwd`, {
			where,
			remedy: ["create it in the image (useradd, adduser), or use its number"],
		});
	return { uid: account.uid, account: () => account };
}

function gidOf(text: string, where: string, accounts: Accounts): Gid {
	if (text === "") {
		fail("GROUP_UNKNOWN", "the group is empty", { where });
	}
	return groupId(parseGroup(text, where), accounts, where);
}

function groupsOf(
	wanted: Exclude<Wish["groups"], undefined>,
	user: string,
	accountOf: () => Account | undefined,
	accounts: Accounts,
): readonly Gid[] | undefined {
	switch (wanted) {
		case "keep":
			return undefined;
		case "clear":
			return [];
		case "init": {
			const account = accountOf();
			return account === undefined
				? fail("USER_UNKNOWN", `uid ${user} has no entry in /etc/passwd, so that nobody knows its groups`, {
						where: "--init-groups",
						remedy: ["--clear-groups, or --groups with a list"],
					})
				: ascending([account.gid, ...accounts.membershipsOf(account.name)]);
		}
		default:
			return wanted.map((group) => gidOf(group, "--groups", accounts));
	}
}

interface Rest {
	readonly now: Credentials;
	readonly keepsGroups: boolean;
	readonly hasGid: boolean;
	warn(message: string): void;
}

/** What of root stays with who is not root any more, and was not asked for. */
function warnOfRest({ uids, gids, groups }: Pick<Credentials, "uids" | "gids" | "groups">, { now, keepsGroups, hasGid, warn }: Rest): void {
	if (!isRoot(now) || uids.effective === root) {
		return;
	}
	if (uids.real === root) {
		warn("the real uid stays 0: the program is permitted whatever root is, and can become root again");
	}
	if (Object.values(gids).includes(toGid(root)) && (!hasGid || gids.real !== root)) {
		warn(`${hasGid ? "the effective gid" : "the gid"} stays 0, which is root's group: --regid changes it`);
	}
	if (groups === now.groups && groups.length > 0 && !keepsGroups) {
		warn(`the supplementary groups of the start stay (${groups.join(",")}): --clear-groups or --init-groups changes them`);
	}
}
