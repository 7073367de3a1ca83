import type { Config } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import { givenIn } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import { lostGains } from "./exec-gains.ts";
import type { Plan } from "./plan.ts";

/** What somebody may have meant, and what has no effect: for `plan`, and for a start that tells more. */
export function notesOn(plan: Plan, start: Start, reads: Reads, config: Pick<Config, "noNewPrivileges">): string[] {
	return [...lostGains(plan, start, reads, config), ...unheardIds(plan, start, reads)];
}

/** Variables by which many images are told whom to become. */
function unheardIds({ identity }: Pick<Plan, "identity">, start: Start, reads: Reads): string[] {
	const ids = { PUID: identity.uid, PGID: identity.gid };
	const { real } = start.credentials.uids;
	const why =
		real === 0
			? 'user: "${PUID:-1000}:${PGID:-1000}" in the configuration, and no --user, would have it so'
			: `a container that is started as uid ${real} (docker run --user) stays that one`;
	return (["PUID", "PGID"] as const).flatMap((name) => {
		const given = givenIn(reads.environ(), name);
		return given === undefined || !/^\d{1,10}$/.test(given) || Number(given) === ids[name]
			? []
			: [`${name}=${given} has no effect: the workload has ${ids[name]}: ${why}`];
	});
}
