import type { FindTarget } from "../config/facts.ts";
import type { Start } from "../departure/start.ts";
import { readAccounts } from "../identity/account-files.ts";
import { hasIds, isRoot, lacking } from "../identity/credentials.ts";
import type { GroupsPolicy } from "../identity/identity.ts";
import { resolveIdentity } from "../identity/resolve.ts";
import { parseUserSpec } from "../identity/user-spec.ts";
import { fail } from "../report/failure.ts";
import { givenVariable } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import { atHome, identityOfStart } from "./settle-identity.ts";

export interface Circumstances {
	readonly reads: Reads;
	readonly start: Start;
	/** The environment of the start. */
	readonly environment: ReadonlyMap<string, string>;
}

/** Groups decide about none of these facts. */
const noGroups: GroupsPolicy = { fromUser: false, keepRuntime: false, add: [], fromPath: [], allowRootGroup: true };

/** `otherwise` is whom another document names, where this one names nobody. Who the workload will be: as it is written, or, as the plan settles it, another user than root that the container was started as. */
export function targetFinder(
	{ reads, start: { credentials: now }, environment }: Circumstances,
	options: ReadonlyMap<string, readonly string[]>,
	otherwise: string | undefined,
): FindTarget {
	return (written) => {
		const user = userOf(options, written ?? otherwise);
		if (user === undefined) {
			fail("USER_MISSING", "no user is configured whose facts these could be");
		}
		const accounts = readAccounts(reads);
		const wanted = resolveIdentity(parseUserSpec(user), noGroups, { accounts, reads, start: now });
		if (isRoot(now) || lacking(now, "SETUID", "SETGID").length === 0) {
			return wanted;
		}
		const home = givenVariable(environment, "HOME");
		return hasIds(now, wanted) ? atHome(wanted, now, home) : identityOfStart(now, accounts, home);
	};
}

/** Whom the options name, or else the file. */
function userOf(options: ReadonlyMap<string, readonly string[]>, written: string | undefined): string | undefined {
	const user = options.get("user")?.[0] ?? written;
	const group = options.get("group")?.[0];
	return user === undefined || group === undefined ? user : `${user}:${group}`;
}
