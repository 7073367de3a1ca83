import { userSpec } from "../../config/fields.ts";
import { optional } from "../../config/mapping.ts";
import type { Accounts, Identity } from "../../identity/identity.ts";
import type { Gid, Uid } from "../../identity/ids.ts";
import { failUnknownUser, groupId } from "../../identity/resolve.ts";
import { parseGroup, parseUserSpec } from "../../identity/user-spec.ts";
import { Attempts } from "../../report/attempts.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import type { Need } from "../step.ts";

/** `owner` and `group` of a step: `target` (the workload's), `keep`, or a name or id; `login` is the group passwd gives the owner. */
export const ownerField = optional(userSpec, "target");
export const groupField = optional(userSpec, "target");

export interface Owner {
	/** `undefined` leaves the owner as it is. */
	readonly uid: Uid | undefined;
	readonly gid: Gid | undefined;
}

export function resolveOwner(owner: string, group: string, target: Identity, accounts: Accounts): Owner {
	const errors = new Attempts();
	const uid = errors.attempt(() => resolveUid(owner, target, accounts));
	const gid = errors.attempt(() => resolveGid(group, owner, target, accounts));
	errors.end();
	return { uid, gid };
}

function resolveUid(owner: string, target: Identity, accounts: Accounts): Uid | undefined {
	if (owner === "target") {
		return target.uid;
	}
	if (owner === "keep") {
		return undefined;
	}
	const { user, group } = parseUserSpec(owner, "owner");
	if (group !== undefined) {
		fail("USER_INVALID", `owner ${quoted(owner)}: the group has a key of its own`, {
			where: "owner",
			remedy: [`owner: ${yamlScalar(`${user}`)}, group: ${yamlScalar(`${group}`)}`],
		});
	}
	return typeof user === "number" ? user : (accounts.userByName(user)?.uid ?? failUnknownUser(user, "owner", accounts));
}

function resolveGid(group: string, owner: string, target: Identity, accounts: Accounts): Gid | undefined {
	if (group === "target") {
		return target.gid;
	}
	if (group === "keep") {
		return undefined;
	}
	if (group === "login") {
		const uid = resolveUid(owner, target, accounts);
		const account = uid === undefined ? undefined : accounts.userById(uid);
		return account?.gid ?? fail("USER_NO_GROUP", "group: login needs an owner with an entry in /etc/passwd", { where: "group" });
	}
	return groupId(parseGroup(group, "group"), accounts, "group");
}

/** `999:999`, with `-` for what stays. */
export function ownerText({ uid, gid }: Owner): string {
	return `${uid ?? "-"}:${gid ?? "-"}`;
}

/** Whether an entry has another owner than wanted. */
export function hasOtherOwner(stat: { readonly uid: number; readonly gid: number }, { uid, gid }: Owner): boolean {
	return (uid !== undefined && uid !== stat.uid) || (gid !== undefined && gid !== stat.gid);
}

/** For what is made, or belongs to somebody else. */
export function toGiveOwner(path: string): Need {
	return { anyOf: ["CHOWN"], certain: false, purpose: `to give ${path} its owner` };
}
