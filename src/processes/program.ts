import type { DropPlan } from "../departure/drop-plan.ts";
import { printable } from "../report/text.ts";
import type { SpawnRequest } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Host } from "../sys/native.ts";
import { become, type SpawnContext } from "./become.ts";
import { closeOnExec, passOn } from "./descriptors.ts";
import { execute } from "./execute.ts";
import { explainExec } from "./explain-exec.ts";
import { say } from "./messages.ts";

const failed = 125;

/** The child that becomes the program: the same drop as for the workload, then exec. A failure on the way comes back as ours. */
export function runProgram(context: SpawnContext, request: SpawnRequest, drop: DropPlan, report: number): number {
	const { host } = context;
	try {
		request.beforeDrop?.(host);
		become(context, drop);
		closeOnExec(host);
		for (const { fd, as } of request.descriptors ?? []) {
			passOn(host, fd, as);
		}
		if (request.output === "discard") {
			discardOutput(host);
		}
		must(host, "sigmask", context.mask);
		execute(host, { argv: request.argv, candidates: [request.argv[0]] }, environmentOf(request, context));
	} catch (error) {
		say(host, report, { failed: reasonOf(host, error).map(printable) });
		return failed;
	}
}

function environmentOf({ environment, inherits = false }: SpawnRequest, workload: Pick<SpawnContext, "environment">): readonly string[] {
	const nameOf = (entry: string): string => entry.slice(0, entry.indexOf("="));
	const names = environment.map(nameOf);
	return inherits ? [...workload.environment.filter((entry) => !names.includes(nameOf(entry))), ...environment] : environment;
}

/** What happened, then a line for each thing to do about it. */
function reasonOf(host: Host, error: unknown): readonly string[] {
	if (error instanceof ExecRefused) {
		const { message, remedy = [] } = explainExec(host, error);
		return [message, ...remedy];
	}
	return [error instanceof Error ? error.message : "unknown failure"];
}

function discardOutput(host: Host): void {
	const nowhere = must(host, "open", AT.FDCWD, "/dev/null", O.WRONLY, 0, 0) as number;
	must(host, "dupInherited", nowhere, 1);
	must(host, "dupInherited", nowhere, 2);
	host.close(nowhere);
}
