import type { Departing } from "../departure/departure.ts";
import type { Child, SpawnRequest } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { keptChild } from "./child.ts";
import type { SpawnContext } from "./context.ts";
import { endAll } from "./ending.ts";
import { forkChild } from "./fork.ts";
import { keep } from "./keeper.ts";
import { adoptOrphans } from "./orphans.ts";

/** Starts a program of a step, dropped as the workload will be, below a keeper of its own. */
export function spawnKept(context: SpawnContext, departing: Departing, request: SpawnRequest): Child {
	const { host } = context;
	const [report, reportEnd] = must(host, "pipe") as [number, number];
	const [controlEnd, control] = must(host, "pipe") as [number, number];
	const others = [report, control];
	try {
		// Should the keeper be ended, what it watched over becomes ours. Process 1 takes them along when it ends.
		adoptOrphans(host, true);
		const keeper = forkChild(host, () => keep({ context, request, child: departing, report: reportEnd, control: controlEnd, others }));
		const endOrphans = () => (host.getpid() === 1 ? [] : endAll(context, departing, keeper));
		const { argv, background = false } = request;
		const keepsOrphans = context.keepsOrphans === true;
		return keptChild(host, { name: argv[0], keeper, report, control, controlEnd, background, keepsOrphans, endOrphans });
	} finally {
		host.close(reportEnd);
	}
}
