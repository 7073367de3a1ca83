import { depart } from "../departure/depart.ts";
import { printable } from "../report/text.ts";
import type { SpawnRequest } from "../steps/step.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Host } from "../sys/native.ts";
import type { Charge } from "./charge.ts";
import { childJourney, type SpawnContext } from "./context.ts";
import { explainExec } from "./explain-exec.ts";
import { reasonOf, say } from "./messages.ts";

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
		say(host, report, { failed: refusalOf(host, error).map(printable) });
		return failed;
	}
}

function environmentOf({ environment, inherits = false }: SpawnRequest, workload: Pick<SpawnContext, "environment">): readonly string[] {
	const nameOf = (entry: string): string => entry.slice(0, entry.indexOf("="));
	const names = environment.map(nameOf);
	return inherits ? [...workload.environment.filter((entry) => !names.includes(nameOf(entry))), ...environment] : environment;
}

function refusalOf(host: Host, error: unknown): readonly string[] {
	if (error instanceof ExecRefused) {
		const { message, remedy = [] } = explainExec(host, error, "step");
		return [message, ...remedy];
	}
	return reasonOf(error);
}
