import type { Outlook } from "../../plan/surroundings.ts";
import { Failure, fail } from "../../report/failure.ts";
import type { Host } from "../../sys/native.ts";
import { spokenHere } from "../../sys/runtime.ts";
import { parseThreshold } from "../inspect/rated.ts";
import { imagine } from "./imagine.ts";
import { type Outcome, type PlanFormat, printPlan, printUnmade } from "./plan.ts";

/** The options of the subcommand. */
export interface NamedPlan {
	readonly format: PlanFormat;
	readonly for?: Outlook;
	readonly root?: string;
	readonly as?: string;
	readonly env?: readonly string[];
	readonly score?: true;
	readonly threshold?: string;
}

/** A plan of this start, or of one that is imagined. */
export async function planNamed(
	host: Host,
	{ format, for: outlook, root, as, env, score, threshold }: NamedPlan,
	file: string | undefined,
	command: readonly string[],
): Promise<Outcome> {
	const isImagined = root !== undefined || as !== undefined;
	if (!isImagined && env !== undefined) {
		fail("USAGE", "--env is for another start than this one", {
			remedy: ["add --as docker, or --root DIR; this one has the variables of here"],
		});
	}
	if (as !== undefined && format !== "text" && format !== "json") {
		fail("USAGE", `--format ${format} prints what a runtime has to grant to a start as root, whatever --as says`, {
			remedy: ["leave --as out"],
		});
	}
	const isRated = score === true || threshold !== undefined;
	if (isRated && format !== "text" && format !== "json") {
		fail("USAGE", `--score is printed as text or json, and not as ${format}`);
	}
	const rated = isRated ? { threshold: threshold === undefined ? undefined : parseThreshold(threshold) } : undefined;
	const imagineAs = (words: string) => imagine(host, { root, as: words, env, file });
	try {
		const imagined = isImagined ? await imagine(host, { root, as, env, file }) : undefined;
		const named = imagined === undefined ? file : imagined.file;
		const words = [...(named === undefined ? [] : ["--config", named]), "--", ...command];
		return await printPlan(imagined?.host ?? host, { format, outlook, isNamed: true, imagined, rated, imagineAs }, words);
	} catch (error) {
		const isAsked = format === "json" && !isRated;
		if (!isAsked || !(error instanceof Failure) || error.diagnostics.some(({ code }) => code === "USAGE")) {
			throw error;
		}
		return printUnmade(host, isImagined ? error.diagnostics : spokenHere(host, error.diagnostics, format));
	}
}
