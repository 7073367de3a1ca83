import { securebits as bit } from "../../../capability/securebits.ts";
import type { CapabilitySet } from "../../../capability/set.ts";
import type { Credentials } from "../../../identity/credentials.ts";
import type { Session } from "./session.ts";

const root = 0;

type Known = Pick<Session, "done" | "start">;

/** What the exec undoes, and what was left as it was although the user is another now. */
export function warningsAtExec(known: Known, now: Credentials): string[] {
	return [...undoneByExec(known, now), ...leftOfTheStart(known, now)];
}

/** Root's program is permitted the whole bounding set, whatever this process had put down. capabilities(7) */
function undoneByExec({ done }: Known, { uids, sets, securebits, noNewPrivileges }: Credentials): string[] {
	const isOfRoot = (uids.effective === root || uids.real === root) && (securebits & bit.noroot) === 0;
	const regained = sets.bounding.minus(sets.permitted);
	return done.has("sets") && isOfRoot && !noNewPrivileges && !regained.isEmpty
		? [
				`--caps is undone by the exec, which gives root ${shown(regained, sets.bounding)} back: --secbits=1 before it, --drop=..., or another user`,
			]
		: [];
}

/** The few that it is, or that it is not. */
function shown(regained: CapabilitySet, bounding: CapabilitySet): string {
	const kept = bounding.minus(regained);
	return kept.isEmpty
		? "the whole bounding set"
		: kept.list().length < regained.list().length
			? `the bounding set but ${kept}`
			: `${regained}`;
}

/** Ids alone leave the groups, and a uid the gid. */
function leftOfTheStart({ done, start }: Known, { uids, gids, groups }: Credentials): string[] {
	if (uids.effective === start.uids.effective || uids.effective === root || done.has("user")) {
		return [];
	}
	const left = groups.filter((group) => group !== gids.effective);
	return [
		...(gids.effective === root && !done.has("gid") ? [`root's group stays: --gid=${uids.effective} before --uid`] : []),
		...(left.length > 0 && !done.has("groups") ? [`the groups ${left.join(",")} stay: --groups= before --uid leaves none`] : []),
	];
}
