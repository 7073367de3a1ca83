import { CapabilitySet } from "../../capability/set.ts";
import type { Config } from "../../config/config.ts";
import { readAccounts } from "../../identity/account-files.ts";
import { ascending } from "../../identity/credentials.ts";
import { homeOf } from "../../identity/home.ts";
import type { Accounts } from "../../identity/identity.ts";
import { toGid, toUid } from "../../identity/ids.ts";
import { groupId } from "../../identity/resolve.ts";
import { parseGroup, parseUserSpec } from "../../identity/user-spec.ts";
import { fail, unlessDefect } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Reads } from "../../sys/native.ts";
import type { ImaginedStart } from "./imagined-start.ts";
import { namedStarts, type WordedStart } from "./named-starts.ts";

const where = "--as";

/** With the ids of the image, as a runtime reads them: the group is that of the account, or root's, and who is not root is given nothing. */
export function startIn(
	{ user, groups, mergesGroups, fsGroup, capabilities, bounding = capabilities, ...more }: WordedStart & { readonly user: string },
	accounts: Accounts,
): ImaginedStart {
	const spec = parseUserSpec(user.replace(/^(?:root)?(?=:|$)/, "0"), where);
	const account = typeof spec.user === "number" ? accounts.userById(spec.user) : accounts.userByName(spec.user);
	const uid = typeof spec.user === "number" ? spec.user : (account?.uid ?? failUnknown(spec.user));
	const gid = spec.group === undefined ? (account?.gid ?? toGid(0)) : groupId(spec.group, accounts, where);
	const own = account !== undefined && (spec.group === undefined || mergesGroups || uid === 0) ? accounts.membershipsOf(account.name) : [];
	const added = groups.map((each) => groupId(parseGroup(each, where), accounts, where));
	return {
		...more,
		...(fsGroup !== undefined && { fsGroup: groupId(parseGroup(fsGroup, where), accounts, where) }),
		uid,
		gid,
		groups: ascending([gid, ...own, ...added]),
		bounding,
		held: uid === 0 ? capabilities.intersection(bounding) : CapabilitySet.empty,
	};
}

function failUnknown(name: string): never {
	return fail("USER_UNKNOWN", `${quoted(name)} is not in /etc/passwd of the image`, { where, remedy: ["name an id: user=1000:1000"] });
}

/** `1000:1000` of whom the configuration names, where that is not root; undefined where it cannot be told. */
export async function workloadUser(config: () => Promise<Config>, reads: Reads): Promise<string | undefined> {
	try {
		const { user } = await config();
		const { uid, gid } = startIn({ ...(namedStarts["docker"] as WordedStart), user: user ?? "0" }, readAccounts(reads));
		return uid === 0 ? undefined : `${uid}:${gid}`;
	} catch (error) {
		return unlessDefect(error);
	}
}

/** HOME as a runtime sets it. */
export function homeIn(accounts: Accounts, uid: number): string {
	return homeOf(accounts.userById(toUid(uid)));
}
