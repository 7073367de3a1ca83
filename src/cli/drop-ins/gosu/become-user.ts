import { lackOf } from "../../../capability/withheld.ts";
import type { Start } from "../../../departure/start.ts";
import { lacking } from "../../../identity/credentials.ts";
import type { Uid } from "../../../identity/ids.ts";
import { fail } from "../../../report/failure.ts";
import { openLog } from "../../../report/log.ts";
import type { Host } from "../../../sys/native.ts";
import { become } from "../common/become.ts";
import { withVariable } from "../common/environment.ts";
import type { User } from "./user.ts";

/** The ids, the groups and HOME are another's; nothing else changes. */
export function becomeUser(
	host: Host,
	name: string,
	command: readonly [string, ...string[]],
	{ uid, gid, groups, home, warnings }: User,
	start: Start,
): Promise<never> {
	requireIdCapabilities(start, uid);
	const log = openLog(host, { level: 0 });
	for (const warning of warnings) {
		log.warn(`${name}: ${warning}`);
	}
	const identity = { uids: uid, gids: gid, groups };
	return become(host, { name, command, identity, environment: withVariable(host.environ(), "HOME", home) }, start);
}

/** A start that cannot change to anybody is told so at once, and not by the first call that is refused. */
function requireIdCapabilities({ credentials, withheld }: Start, uid: Uid): void {
	const missing = lacking(credentials, "SETUID", "SETGID");
	if (missing.length > 0) {
		const { message, remedy } = lackOf(missing, withheld);
		if (uid !== 0 && credentials.uids.effective === uid) {
			fail("CAPABILITY_MISSING", `this is uid ${uid} already, and changing to a user needs ${missing.join(" and ")}, ${message}`, {
				where: "user",
				remedy: [
					'leave it out where the container is started as that user, as official images do: if [ "$(id -u)" = 0 ]; then ...',
					...remedy,
				],
			});
		}
		fail("CAPABILITY_MISSING", `changing to another user needs ${missing.join(" and ")}, ${message}`, { where: "user", remedy });
	}
}
