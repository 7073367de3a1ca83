import { type Looked, lookAhead } from "../../cli/look-ahead.ts";
import type { RunOptions } from "../../cli/options.ts";
import { makePlan } from "../../cli/run.ts";
import type { Start } from "../../departure/start.ts";
import { imaginedStart } from "../../plan/granted-start.ts";
import type { Host } from "../../sys/native.ts";

/** What a run with these options would find, here or as the host imagines it. */
export function look(
	host: Host,
	options: RunOptions,
	isImagined: boolean,
	isCommandKnown = true,
): Promise<Looked<Awaited<ReturnType<typeof makePlan>>>> {
	const found = (start: Start) => (isImagined ? imaginedStart(start) : start);
	return lookAhead(
		host,
		(reads, suppose, amend) => makePlan(reads, options, "look", (start) => suppose(found(start)), amend),
		isCommandKnown,
	);
}
