import { parseOptions, type RunOptions } from "../../cli/options.ts";
import { makePlan } from "../../cli/run.ts";
import { withNamedValues } from "../../config/named-values.ts";
import type { Start } from "../../departure/start.ts";
import { endFaults } from "../../plan/end-faults.ts";
import { outlookOf } from "../../plan/foretell.ts";
import { grantedStart, seenByRoot } from "../../plan/granted-start.ts";
import { minimalGrants } from "../../plan/grants.ts";
import { notesOn } from "../../plan/notes.ts";
import type { Plan } from "../../plan/plan.ts";
import { shapedPrograms } from "../../plan/shaped-programs.ts";
import type { Outlook, Surroundings } from "../../plan/surroundings.ts";
import { type Diagnostic, Failure, fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { terminalOf } from "../../report/terminal.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { spokenHere } from "../../sys/runtime.ts";
import { isAbove } from "../inspect/rated.ts";
import { withAssumedNames } from "./as-written.ts";
import { withUnpacked } from "./elsewhere.ts";
import type { Imagined } from "./imagine.ts";
import { planJson, problemsJson } from "./json.ts";
import { look } from "./look.ts";
import { withNames } from "./named-grants.ts";
import { settingsOfMachine } from "./of-machine.ts";
import { dockerFlags, ociConfig } from "./plan-formats.ts";
import { type ImagineAs, restrictedPod } from "./restricted.ts";
import { withOpenFilter } from "./runtime-filter.ts";
import { exposureOf, scoreText } from "./score.ts";
import type { ShownStep } from "./shown-plan.ts";
import { renderText } from "./text/text.ts";
import { toldAsData } from "./text/told.ts";
import { toldAs } from "./told-as.ts";
import { composeFragment, kubernetesPod } from "./yaml-formats.ts";

/** What came out of a plan that was printed. */
export interface Outcome {
	/** What would stop its run. */
	readonly problems: readonly Diagnostic[];
	/** The workload would hold more than was said to be enough. */
	readonly isAbove?: boolean;
}

/** Prints the very plan that a run with these options would apply here and now. Returns what would stop that run. */
export async function planCommand(host: Host, options: PlanOptions, args: readonly string[]): Promise<readonly Diagnostic[]> {
	return (await printPlan(host, options, args)).problems;
}

/** As `planCommand`; with the score, where it is asked for. */
export async function printPlan(host: Host, { isNamed, ...options }: PlanOptions, args: readonly string[]): Promise<Outcome> {
	const isHere = isNamed && options.imagined === undefined;
	try {
		const { text, ...outcome } = await printed(host, { ...parseOptions(args), text: options.imagined?.text }, options);
		host.write(1, text);
		return isHere ? { ...outcome, problems: withUnpacked(outcome.problems, host) } : outcome;
	} catch (error) {
		throw isNamed && error instanceof Failure ? withOwnRemedy(error, options.imagined, host) : error;
	}
}

/** As data, where no plan can be made. */
export function printUnmade(host: Host, problems: readonly Diagnostic[]): Outcome {
	host.write(1, problemsJson(problems));
	return { problems };
}

/** Where to write a command is another place than for a start. */
function withOwnRemedy({ diagnostics }: Failure, imagined: Imagined | undefined, reads: Reads): Failure {
	const [first, ...others] = (imagined === undefined ? withUnpacked(diagnostics, reads) : toldAs(imagined, diagnostics)).map(
		(each): Diagnostic =>
			each.code === "COMMAND_MISSING"
				? { ...each, remedy: ["name it, with the words of CMD: abdicate plan FILE -- COMMAND [ARG...]"] }
				: withNamedValues(each),
	);
	return new Failure(first as Diagnostic, ...others);
}

async function printed(host: Host, options: RunOptions, { format, outlook, imagined, rated, imagineAs }: PlanOptions): Promise<Printed> {
	if (format !== "text" && format !== "json") {
		const grants = await renderGrants(host, options, format, outlook ?? "any-volume");
		const restricted = format === "kubernetes" && imagineAs !== undefined ? await restrictedPod(options, imagineAs) : "";
		return { text: `${grants}${restricted}`, problems: [] };
	}
	if (outlook === "any-volume") {
		fail("USAGE", `--for any-volume is for what a runtime has to grant; the ${format} plan is that of this start`, {
			remedy: ["add --format docker, compose, kubernetes or oci"],
		});
	}
	return renderPlan(host, options, { format, imagined, rated });
}

interface PlanOptions {
	readonly format: PlanFormat;
	/** For which volume a runtime has to grant it; any, where none is given. */
	readonly outlook?: Outlook | undefined;
	/** Asked for by the subcommand, and not as a dry run of a start. */
	readonly isNamed?: true;
	/** For another start than this one, which the host is then as. */
	readonly imagined?: Imagined | undefined;
	/** For what would do for another start. */
	readonly imagineAs?: ImagineAs | undefined;
	/** To be rated instead of shown. */
	readonly rated?: { readonly threshold: number | undefined } | undefined;
}

export const planFormats = ["text", "json", "docker", "compose", "kubernetes", "oci"] as const;
export type PlanFormat = (typeof planFormats)[number];

/** What is printed, and whether a run would go on. */
interface Printed extends Outcome {
	readonly text: string;
}

interface Shown extends Pick<PlanOptions, "imagined" | "rated"> {
	readonly format: "text" | "json";
}

async function renderPlan(host: Host, options: RunOptions, { format, imagined, rated }: Shown): Promise<Printed> {
	const { looked, isCommandKnown } = await lookedAt(host, options, format, imagined !== undefined);
	const terminal = terminalOf(imagined?.screen ?? host, 1);
	const { plan, start, file } = looked;
	const assumed = imagined?.assumed ?? new Map<string, string>();
	const { problems } = looked.preflight;
	const spoken = <T extends Problem>(all: readonly T[]) =>
		imagined === undefined ? spokenHere(host, all, format) : toldAs(imagined, all, format);
	const preflight = { ...looked.preflight, problems: spoken(problems) };
	if (rated !== undefined) {
		const due = preflight.steps.flatMap(({ step, skipped }) => (skipped === undefined ? [step.action] : []));
		const exposure = exposureOf(looked, due, host, [...assumed.keys()]);
		const text = scoreText(plan, exposure, { format, terminal, ...rated });
		return { text: withAssumedNames(text, assumed), problems: preflight.problems, isAbove: isAbove(exposure, rated.threshold) };
	}
	const setup = preflight.steps.map(({ step, skipped }): ShownStep => (skipped === undefined ? step : { ...step, skipped }));
	const due = { ...plan, setup: setup.filter(({ skipped }) => skipped === undefined) };
	const ofImagined = imagined === undefined ? [] : [...imagined.notes, ...settingsOfMachine(due.setup, imagined)];
	const notes = [...plan.notes, ...notesOn(plan, start, host, looked.config), ...ofImagined];
	const all = [...plan.warnings, ...forewarned(due, start, host, problems).map((message): Problem => ({ message }))];
	const warnings = spoken(all);
	const shown = { ...plan, setup, notes, warnings };
	const page = { plan: shown, looked, reads: host, isCommandKnown, file };
	return {
		text:
			format === "text"
				? withAssumedNames(renderText(page, terminal), assumed)
				: planJson(shown, preflight, toldAsData(page), imagined?.assumed),
		problems: preflight.problems,
	};
}

/** Without a command a text shows what does not depend on it: `/` stands in its place, which is there in any case. */
async function lookedAt(host: Host, options: RunOptions, format: "text" | "json", isImagined: boolean) {
	try {
		return { looked: await look(host, options, isImagined), isCommandKnown: true };
	} catch (error) {
		const isAlone = error instanceof Failure && error.diagnostics.every(({ code }) => code === "COMMAND_MISSING");
		if (!isAlone || format === "json") {
			throw error;
		}
		return { looked: await look(host, { ...options, command: ["/"] }, isImagined, false), isCommandKnown: false };
	}
}

/** What a run would go on with all the same, and may not be meant. */
function forewarned(plan: Plan, start: Start, reads: Reads, problems: readonly Diagnostic[]): string[] {
	const { idle } = outlookOf(plan, start, reads);
	const isKnown = (message: string) => problems.some((each) => each.message === message);
	const doubtful = shapedPrograms(plan, reads).filter(({ message }) => !isKnown(message));
	const shaped = doubtful.map(({ label, message }) => `${label} would be refused as things are now: ${message}`);
	const isNew = (warning: string) => !plan.notes.some((note) => note === warning);
	return [...idle.map(({ label, message }) => `${label}: ${message}`), ...shaped.filter(isNew)];
}

/** What a runtime has to give for this plan, whatever it has given to this process. */
async function renderGrants(
	host: Host,
	options: RunOptions,
	format: Exclude<PlanFormat, "text" | "json">,
	outlook: Outlook,
): Promise<string> {
	const reads = seenByRoot(host);
	const planned = await makePlan(reads, options, "look", grantedStart);
	// What is printed lets the program's file have what it takes, where the configuration keeps it: anything else would end the start as well.
	const [first, ...others] = endFaults(planned, reads);
	if (first !== undefined) {
		throw new Failure(first, ...others);
	}
	const runtime: Surroundings["runtime"] = format === "compose" ? "docker" : format;
	const all = withOpenFilter(minimalGrants(planned, reads, { outlook, runtime, looksBelow: true }), planned.config, reads);
	const grants = withNames(all);
	switch (format) {
		case "docker":
			return dockerFlags(grants);
		case "compose":
			return composeFragment(grants);
		case "kubernetes":
			return kubernetesPod(grants);
		case "oci":
			return ociConfig(grants, planned.plan, reads);
	}
}
