import { Authority } from "../departure/authority.ts";
import { depart } from "../departure/depart.ts";
import { firstFree } from "../departure/descriptors.ts";
import type { Exit } from "../departure/exit.ts";
import type { Journey } from "../departure/journey.ts";
import { type ResidentDaemon, type ResidentTexts, withPid } from "../departure/resident.ts";
import type { Start } from "../departure/start.ts";
import type { Walls } from "../departure/walls.ts";
import { parseEnvironment } from "../plan/environment.ts";
import type { Plan } from "../plan/plan.ts";
import type { Log } from "../report/log.ts";
import type { Host } from "../sys/native.ts";
import { applyAfterDrop, applySetup, type Processes, type SetupContext } from "./setup.ts";

export interface Prepared {
	readonly plan: Plan;
	readonly start: Start;
	readonly log: Log;
	readonly processes: Processes | undefined;
	readonly closedByThen: SetupContext["closedByThen"];
	readonly lastWords: Journey["lastWords"];
	readonly walls: Walls;
	/** What an init says, where there is to be one. */
	readonly residentTexts: ResidentTexts | undefined;
	/** Of a process by its name. */
	readonly daemonText: ((name: string) => string) | undefined;
	/** Which of them stand in the end, where that is to be told. */
	readonly walled: string | undefined;
}

/** Carries the plan out, from its first act to the exec of the workload. Decides nothing. */
export function applyPlan(
	host: Host,
	{ plan, start, log, processes, closedByThen, lastWords, walls, walled, residentTexts, daemonText }: Prepared,
): never {
	for (const note of plan.notes) {
		log.note(note);
	}
	for (const { message, remedy } of plan.warnings) {
		log.warn(message, { remedy });
	}
	const authority = new Authority(host, start.credentials.sets);
	const parting = plan.departure.rows.init && {
		environment: plan.environment,
		texts: residentTexts ?? {},
		daemons: [] as ResidentDaemon[],
	};
	const journey = { host, authority, walls, mask: 0n, lastWords, parting, note: log.note, warn: log.warn };
	const context = { host, plan, start, log, processes, closedByThen, journey, environment: parseEnvironment(plan.environment) };
	let sockets: readonly number[] = [];
	const work = {
		setup: () => {
			sockets = applySetup({ ...context, authority });
		},
		"as the user": () => {
			applyAfterDrop(context);
			processes?.adoptOrphans(host, plan.departure.rows.init?.subreaper === true);
			parting?.daemons.push(...(processes?.leftRunning(host) ?? []).map(([pid, name]) => ({ pid, text: daemonText?.(name) ?? "" })));
		},
		prove: () => log.step("verified", () => ["drop", describeDrop(plan)]),
		walls: () => {
			if (walled !== undefined) {
				log.step("confined", () => ["walls", walled]);
			}
		},
	};
	return depart(journey, plan.departure, work, () => exitOf(host, plan, sockets));
}

function exitOf(host: Host, { command, environment, descriptors, departure }: Plan, opened: readonly number[]): Exit {
	const isChild = departure.rows.init !== undefined;
	return {
		...command,
		environment: isChild ? withPid(environment, host.getpid()) : environment,
		descriptors: [...descriptors.inherited, ...opened].map((fd, index) => ({ fd, as: firstFree + index })),
		closesOthers: false,
		discardsOutput: false,
	};
}

function describeDrop({ departure: { expected }, command }: Plan): string {
	const { uids, gids, sets } = expected;
	return `uid ${uids.real}, gid ${gids.real}, capabilities ${sets.permitted}, then ${command.argv[0]}`;
}
