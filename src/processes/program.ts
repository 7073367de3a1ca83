import { depart } from "../departure/depart.ts";
import type { Departure } from "../departure/departure.ts";
import type { Journey } from "../departure/journey.ts";
import type { Problem } from "../report/problem.ts";
import { printable } from "../report/text.ts";
import type { SpawnRequest } from "../steps/step.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Host } from "../sys/native.ts";
import type { Charge } from "./charge.ts";
import { childJourney, type SpawnContext } from "./context.ts";
import { explainExec } from "./explain-exec.ts";
import { lastWords } from "./last-words.ts";
import { reasonOf, reportText, say } from "./messages.ts";

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
		const journey = { ...childJourney(context), lastWords: lastWordsOf(host, child.departure, report) };
		return depart(journey, child.departure, { setup: () => beforeDrop?.(host) }, () => exit);
	} catch (error) {
		say(host, report, { failed: refusalOf(host, error).map(printable) });
		return failed;
	}
}

/** Where its filter lets nothing go on: as `say`, with the status of the child. */
function lastWordsOf(host: Host, { rows }: Departure, report: number): Journey["lastWords"] {
	const say = (problem: Problem) => reportText({ failed: linesOf(problem).map(printable) });
	return rows.seccomp?.explains === false ? lastWords(host, "step", { fd: report, status: failed, say }) : undefined;
}

function environmentOf({ environment, inherits = false }: SpawnRequest, workload: Pick<SpawnContext, "environment">): readonly string[] {
	const nameOf = (entry: string): string => entry.slice(0, entry.indexOf("="));
	const names = environment.map(nameOf);
	return inherits ? [...workload.environment.filter((entry) => !names.includes(nameOf(entry))), ...environment] : environment;
}

function refusalOf(host: Host, error: unknown): readonly string[] {
	if (error instanceof ExecRefused) {
		return linesOf(explainExec(host, error, "step"));
	}
	return reasonOf(host, error);
}

function linesOf({ message, remedy = [] }: Problem): readonly string[] {
	return [message, ...remedy];
}
