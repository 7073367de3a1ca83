import { permanentlyDrop } from "../departure/drop.ts";
import type { Start } from "../departure/start.ts";
import { verifyDrop } from "../departure/verify.ts";
import { parseEnvironment } from "../plan/environment.ts";
import type { Plan } from "../plan/plan.ts";
import { layOutSockets } from "../processes/descriptors.ts";
import { execute } from "../processes/execute.ts";
import type { Log } from "../report/log.ts";
import { must } from "../sys/act.ts";
import type { Host } from "../sys/native.ts";
import { Authority } from "./authority.ts";
import { normalise } from "./normalise.ts";
import { applyProcess } from "./process.ts";
import { applyAfterDrop, applySetup, type Processes } from "./setup.ts";

export interface Prepared {
	readonly plan: Plan;
	readonly start: Start;
	readonly log: Log;
	readonly processes: Processes | undefined;
}

/** Carries the plan out: setup, drop, proof, exec. Decides nothing; never returns. */
export function applyPlan(host: Host, { plan, start, log, processes }: Prepared): never {
	for (const note of plan.notes) {
		log.note(note);
	}
	for (const warning of plan.warnings) {
		log.warn(warning);
	}
	const mask = normalise(host, plan.descriptors);
	const authority = new Authority(host, start.credentials.sets);
	authority.rest();
	const context = { host, plan, start, log, mask, processes, environment: parseEnvironment(plan.environment) };
	const sockets = applySetup({ ...context, authority });
	applyProcess(host, plan.process, authority, log.note);

	permanentlyDrop(host, plan.drop, () => applyAfterDrop(context));
	if (processes !== undefined) {
		must(host, "setChildSubreaper", false);
	}
	layOutSockets(host, [...plan.descriptors.inherited, ...sockets]);
	verifyDrop(host, plan.drop.expected, start.last);
	log.step("drop", "verified", describeDrop(plan));
	must(host, "sigmask", mask);
	execute(host, plan.command, plan.environment);
}

function describeDrop({ drop: { expected }, command }: Plan): string {
	const { uids, gids, sets } = expected;
	return `uid ${uids.real}, gid ${gids.real}, capabilities ${sets.permitted}, then ${command.argv[0]}`;
}
