import { type Looked, lookAhead } from "../../cli/look-ahead.ts";
import type { RunOptions } from "../../cli/options.ts";
import { makePlan } from "../../cli/run.ts";
import type { Start } from "../../departure/start.ts";
import { imaginedStart } from "../../plan/granted-start.ts";
import type { Diagnostic } from "../../report/failure.ts";
import type { Host } from "../../sys/native.ts";
import { shownProblems } from "./shown-problems.ts";

/** What a run with these options would find, here or as the host imagines it. */
export async function look(
	host: Host,
	options: RunOptions,
	isImagined: boolean,
	isCommandKnown = true,
): Promise<Looked<Awaited<ReturnType<typeof makePlan>>>> {
	const found = (start: Start) => (isImagined ? imaginedStart(start) : start);
	const looked = await lookAhead(
		host,
		(reads, suppose, amend) => makePlan(reads, options, "look", (start) => suppose(found(start)), amend),
		isCommandKnown,
	);
	const { problems, steps } = looked.preflight;
	const shown = (told: readonly Diagnostic[]) => shownProblems(told, steps);
	const outlooks = steps.map((each) => ({ ...each, problems: shown(each.problems) }));
	return { ...looked, preflight: { ...looked.preflight, steps: outlooks, problems: shown(problems) } };
}
