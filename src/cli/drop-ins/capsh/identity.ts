import { securebits as bit } from "../../../capability/securebits.ts";
import { readAccounts } from "../../../identity/account-files.ts";
import { ascending } from "../../../identity/credentials.ts";
import type { Gid, Uid } from "../../../identity/ids.ts";
import { groupId } from "../../../identity/resolve.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { mustRead } from "../../../sys/observe.ts";
import { doRow, keepCapabilities } from "./do-row.ts";
import { lowerAll, raise } from "./raise.ts";
import type { Session } from "./session.ts";

const root = 0;

/** uid, gid and groups of an account. What is permitted stays so for this process; at the exec it is gone, unless it is ambient or root's. */
export function becomeUser(session: Session, name: string): void {
	// A new root directory has files of its own.
	const accounts = readAccounts(session.host);
	const account =
		accounts.userByName(name) ??
		fail("USER_UNKNOWN", `${quoted(name)} is not in /etc/passwd`, {
			remedy: ["create it in the image (useradd, adduser), or use numbers: --gid=N --groups=N --uid=N"],
		});
	if (account.uid === root && name !== "root") {
		fail("USER_IS_ROOT", `${quoted(name)} has uid 0 in /etc/passwd`, { remedy: ["to stay root on purpose: --user=root"] });
	}
	const groups = ascending([account.gid, ...accounts.membershipsOf(name)]);
	raise(session, "SETGID");
	doRow(session, "groups", groups);
	doRow(session, "gid", account.gid);
	lowerAll(session);
	changeUid(session, account.uid);
	if (!session.keepsEnvironment) {
		session.environment = replaced(replaced(session.environment, "HOME", account.home), "USER", name);
	}
}

/** Where keep-caps is locked it depends on no_setuid_fixup what stays permitted. Nothing is effective in the end. */
export function changeUid(session: Session, uid: Uid): void {
	const { host } = session;
	const isLocked = (mustRead("prctl(PR_GET_SECUREBITS)", host.getSecurebits()) & bit.keep_caps_locked) !== 0;
	raise(session, "SETUID");
	if (!isLocked) {
		keepCapabilities(session, true);
	}
	doRow(session, "uid", uid);
	if (!isLocked) {
		keepCapabilities(session, false);
	}
	lowerAll(session);
}

export function setGroups(session: Session, wanted: readonly (Gid | string)[]): void {
	const accounts = readAccounts(session.host);
	doRow(
		session,
		"groups",
		wanted.map((group) => groupId(group, accounts)),
	);
}

/** Only what is set: a shell finds its own HOME where there is none. */
function replaced(environment: readonly string[], name: string, value: string): readonly string[] {
	return environment.map((entry) => (entry.startsWith(`${name}=`) ? `${name}=${value}` : entry));
}
