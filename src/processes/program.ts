import { depart } from "../departure/depart.ts";
import { Failure } from "../report/failure.ts";
import { printable } from "../report/text.ts";
import type { SpawnRequest } from "../steps/step.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Host } from "../sys/native.ts";
import type { Charge } from "./charge.ts";
import { childJourney, type SpawnContext } from "./context.ts";
import { explainExec } from "./explain-exec.ts";
import { say } from "./messages.ts";

const failed = 125;

/** The child that becomes the program, by the same acts as the workload. A failure on the way comes back as ours. */
export function runProgram({ context, request, child, report }: Charge): number {
	const { host } = context;
	const { argv, descriptors = [], output, beforeDrop } = request;
	const exit = {
		argv,
		candidates: [argv[0]],
		environment: environmentOf(request, context),
		descriptors,
		closesOthers: true,
		discardsOutput: output === "discard",
	};
	try {
		return depart(childJourney(context), child.departure, { setup: () => beforeDrop?.(host) }, () => exit);
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
	if (error instanceof ExecRefused || error instanceof Failure) {
		const { message, remedy = [] } = error instanceof Failure ? error.diagnostics[0] : explainExec(host, error, "step");
		return [message, ...remedy];
	}
	return [error instanceof Error ? error.message : "unknown failure"];
}
