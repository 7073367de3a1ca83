import { parseOptions, type RunOptions } from "../../cli/options.ts";
import { makePlan } from "../../cli/run.ts";
import type { Start } from "../../departure/start.ts";
import { commandFault, outlookOf, workdirFault } from "../../plan/foretell.ts";
import { grantedStart, seenByRoot } from "../../plan/granted-start.ts";
import { minimalGrants } from "../../plan/grants.ts";
import type { Plan, PlannedStep } from "../../plan/plan.ts";
import { surelyUnmet } from "../../plan/setup.ts";
import { shapedPrograms } from "../../plan/shaped-programs.ts";
import type { Outlook, Surroundings } from "../../plan/surroundings.ts";
import { circumstancesNow } from "../../plan/when.ts";
import { type Diagnostic, Failure, fail } from "../../report/failure.ts";
import { json } from "../../report/json.ts";
import { isAfterDrop, obstaclesOf, preparesGround } from "../../steps/index.ts";
import { nameOfEntry } from "../../sys/environ.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { secretName } from "../guides/secret-name.ts";
import { asWritten } from "./as-written.ts";
import { dockerFlags, ociConfig } from "./plan-formats.ts";
import { withOpenFilter } from "./runtime-filter.ts";
import { type ShownStep, withItsHome } from "./shown-plan.ts";
import { renderText } from "./text.ts";
import { composeFragment, kubernetesPod } from "./yaml-formats.ts";

/** Prints the very plan that a run with these options would apply here and now. */
export async function planCommand(host: Host, { format, outlook, isNamed }: PlanOptions, args: readonly string[]): Promise<void> {
	try {
		await print(host, parseOptions(args), { format, outlook });
	} catch (error) {
		throw isNamed && error instanceof Failure ? withOwnRemedy(error) : error;
	}
}

/** Where to write a command is another place than for a start. */
function withOwnRemedy({ diagnostics }: Failure): Failure {
	const [first, ...others] = diagnostics.map(
		(each): Diagnostic =>
			each.code === "COMMAND_MISSING"
				? { ...each, remedy: ["name it, with the words of CMD: abdicate plan FILE -- COMMAND [ARG...]"] }
				: each,
	);
	return new Failure(first as Diagnostic, ...others);
}

async function print(host: Host, options: RunOptions, { format, outlook }: PlanOptions): Promise<void> {
	if (format !== "text" && format !== "json") {
		host.write(1, await renderGrants(host, options, format, outlook ?? "any-volume"));
	} else if (outlook === "any-volume") {
		fail("USAGE", `--for any-volume is for what a runtime has to grant; the ${format} plan is that of this start`, {
			remedy: ["add --format docker, compose, kubernetes or oci"],
		});
	} else {
		host.write(1, await renderPlan(host, options, format));
	}
}

interface PlanOptions {
	readonly format: PlanFormat;
	/** For which volume a runtime has to grant it; any, where none is given. */
	readonly outlook?: Outlook | undefined;
	/** Asked for by the subcommand, and not as a dry run of a start. */
	readonly isNamed?: true;
}

export const planFormats = ["text", "json", "docker", "compose", "kubernetes", "oci"] as const;
export type PlanFormat = (typeof planFormats)[number];

async function renderPlan(host: Host, options: RunOptions, format: "text" | "json"): Promise<string> {
	const { plan: made, start, isCommandKnown } = await planOf(host, options, format);
	const setup = withSkipped(made, start, host);
	const due = { ...made, setup: setup.filter(({ skipped }) => skipped === undefined) };
	const plan = { ...made, setup, warnings: [...made.warnings, ...foretold(due, start, host, isCommandKnown)] };
	return format === "text"
		? renderText(plan, host, start.credentials.sets.permitted, isCommandKnown)
		: `${json(printableValue("", { ...plan, identity: withItsHome(plan) }), 2)}\n`;
}

/** Without a command a text shows what does not depend on it: `/` stands in its place, which is there in any case. */
async function planOf(host: Host, options: RunOptions, format: "text" | "json") {
	try {
		return { ...(await makePlan(host, options, "look")), isCommandKnown: true };
	} catch (error) {
		const isAlone = error instanceof Failure && error.diagnostics.every(({ code }) => code === "COMMAND_MISSING");
		if (!isAlone || format === "json") {
			throw error;
		}
		return { ...(await makePlan(host, { ...options, command: ["/"] }, "look")), isCommandKnown: false };
	}
}

function withSkipped(plan: Plan, start: Start, reads: Reads): ShownStep[] {
	const circumstances = circumstancesNow(plan, start, reads);
	const due: PlannedStep[] = [];
	return plan.setup.map((step) => {
		const skipped = step.when === undefined ? undefined : surelyUnmet(step.when, circumstances, due);
		if (skipped === undefined) {
			due.push(step);
			return step;
		}
		return { ...step, skipped };
	});
}

/** What would go wrong at the end of a run, as far as it is known now; throws for what would certainly end it. */
function foretold(plan: Plan, start: Start, reads: Reads, isCommandKnown = true): string[] {
	const outlook = outlookOf(plan, start, reads);
	const [command, workdir] = [isCommandKnown ? commandFault(outlook) : undefined, workdirFault(outlook)];
	const [first, ...others]: Diagnostic[] = [
		...(workdir === undefined ? [] : [{ code: "DROP_FAILED", where: "workdir", ...workdir } as const]),
		...(command === undefined ? [] : [{ code: "COMMAND_NOT_EXECUTABLE", where: "command", ...command } as const]),
	];
	if (first !== undefined) {
		throw new Failure(first, ...others);
	}
	const shaped = shapedPrograms(plan, reads).map(({ label, message }) => `${label} would be refused as things are now: ${message}`);
	const isNew = (warning: string) => !plan.notes.some((note) => note === warning);
	return [...outlook.idle.map(({ label, message }) => `${label}: ${message}`), ...shaped.filter(isNew), ...obstructed(plan, reads)];
}

/** What a run would say before the first step; what a step finds that comes after one which prepares the ground is not known yet. */
function obstructed({ setup }: Plan, reads: Reads): string[] {
	const first = setup.findIndex(({ action }) => preparesGround(action));
	return setup
		.slice(0, first < 0 ? undefined : first + 1)
		.filter(({ action }) => !isAfterDrop(action))
		.flatMap(({ action, label }) => obstaclesOf(action, reads).map(({ message }) => `${label} would fail as things are now: ${message}`));
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
	foretold(planned.plan, planned.start, reads);
	const runtime: Surroundings["runtime"] = format === "compose" ? "docker" : format;
	const grants = withOpenFilter(minimalGrants(planned, reads, { outlook, runtime, looksBelow: true }), planned.config, reads);
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

/** Members that say where something lies; what a variable brought into any other may be a secret, whatever the variable is called. */
const places: readonly string[] = [
	...["path", "paths", "patterns", "exclude", "target", "from", "to", "directory", "workdir", "home", "candidates", "bundle", "creates"],
	...["label", "kind", "type", "state", "policy"],
];

/** Values of an environment, the workload's or a step's, may be secrets: a plan shows the names alone. What came out of a variable stays `${NAME}`. */
function printableValue(key: string, value: unknown): unknown {
	if (typeof value === "bigint") {
		return value.toString();
	}
	if (key === "environment" && Array.isArray(value)) {
		return value.map(nameOfEntry);
	}
	if (key === "program" && typeof value === "string") {
		// Of a filter: no variable has a part in its digits.
		return value;
	}
	if (key === "content" && typeof value === "string") {
		return `${value.length} characters`;
	}
	if (typeof value === "string") {
		return asWritten(value, places.includes(key) ? secretName : /./);
	}
	if (Array.isArray(value)) {
		return value.map((each) => printableValue(key, each));
	}
	const { toJSON } = (value ?? {}) as { toJSON?: unknown };
	return typeof value !== "object" || value === null || typeof toJSON === "function"
		? value
		: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, printableValue(name, each)]));
}
