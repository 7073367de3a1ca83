import { CapabilitySet } from "../capability/set.ts";
import type { Config } from "../config/config.ts";
import { observeStart, type Start } from "../departure/start.ts";
import type { Walls } from "../departure/walls.ts";
import { fromRoot } from "../files/walk.ts";
import { buildPlan, type PlanInputs } from "../plan/build.ts";
import { parseEnvironment } from "../plan/environment.ts";
import { NothingDone, writesEverywhere } from "../plan/first-look.ts";
import type { Plan } from "../plan/plan.ts";
import type { Planned } from "../plan/surroundings.ts";
import type { OfWorkload } from "../processes/explain-exec.ts";
import { Failure, fail } from "../report/failure.ts";
import type { LogOptions } from "../report/log.ts";
import { applyPlan } from "../run/apply.ts";
import { believeConfiguration } from "../steps/common/believed.ts";
import { isForEnter, usesProcesses } from "../steps/index.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Host, Reads } from "../sys/native.ts";
import { refuseBorrowedPrivilege } from "./borrowed-privilege.ts";
import { loadConfig } from "./load.ts";
import { logFor } from "./log-for.ts";
import { parseOptions, type RunOptions } from "./options.ts";
import type { RunMode } from "./subcommands.ts";
import { loadWalls } from "./walls.ts";

/** The whole of a run, as a recipe: options, configuration, observation, plan, then apply, which ends in the workload. */
export async function run(host: Host, args: readonly string[], mode: RunMode, speech: LogOptions): Promise<never> {
	const options = parseOptions(args);
	const plainLog = await logFor(host, speech);
	refuseBorrowedPrivilege(host);
	let whose: OfWorkload = { bounding: CapabilitySet.empty };
	let planned: Planned | undefined;
	let isConfigured = false;
	try {
		const made = await makePlan(host, options, mode, undefined, (config) => {
			isConfigured = true;
			return { config };
		});
		planned = made;
		const { plan, start, walls } = made;
		const { landlock, seccomp, selinux } = plan.departure.rows;
		whose = { bounding: start.credentials.sets.bounding, context: selinux?.label, isWalled: (landlock?.files ?? 0) !== 0 };
		// A condition on what lies on FUSE is asked for in a child.
		const needsProcesses = plan.setup.some(({ action, when }) => usesProcesses(action) || when?.exists !== undefined);
		const processes = needsProcesses ? await import("../processes/index.ts") : undefined;
		const needsCare = plan.setup.length > 0 && !writesEverywhere(start.credentials.sets.permitted);
		const closedByThen = needsCare ? (await import("../plan/closed-by-then.ts")).closedByThen : undefined;
		const mayAdvise = plan.warnings.some(({ remedy }) => remedy !== undefined) || plan.setup.some(({ onError }) => onError === "warn");
		const log = mayAdvise ? (await import("../sys/runtime.ts")).speakingHere(plainLog, host) : plainLog;
		if (speech.level > 0) {
			(await import("../plan/notes.ts")).notesOn(plan, start, host, made.config).forEach(log.note);
		}
		const isMute = seccomp?.explains === false;
		const lastWords = isMute ? (await import("../processes/last-words.ts")).lastWordsOfWorkload(host, speech, whose) : undefined;
		const walled = speech.level > 0 ? (await import("../plan/walls-text.ts")).wallsText(plan.departure.rows) : undefined;
		const laterForm = speech.format === "json" ? (await import("../report/json-line.ts")).laterForm : undefined;
		const residentTexts = walls.resident?.residentTexts(speech, laterForm);
		const daemonText = walls.resident?.daemonTexts(speech, plan.departure.rows.init, laterForm);
		return applyPlan(host, { plan, start, log, processes, closedByThen, lastWords, walls, walled, residentTexts, daemonText });
	} catch (error) {
		if (error instanceof ExecRefused) {
			const { message, remedy } = (await import("../processes/explain-exec.ts")).explainExec(host, error, whose);
			fail("COMMAND_NOT_EXECUTABLE", message, { where: "command", remedy });
		}
		// A configuration that is refused is not read once more: it could be another one by then.
		const all =
			isConfigured && isMoreToSay(error, planned)
				? await (await import("./all-at-once.ts")).allAtOnce(error, host, planned, (reads, suppose, amend) =>
						makePlan(reads, options, mode, suppose, amend),
					)
				: error;
		throw all instanceof Failure ? (await import("./closer-look.ts")).withCloserLook(all, host) : all;
	}
}

/** Before the first step, and where the command is still to come. */
function isMoreToSay(error: unknown, planned: Planned | undefined): error is Failure | NothingDone {
	return (
		error instanceof NothingDone ||
		(error instanceof Failure && (planned === undefined || error.diagnostics[0].where?.startsWith("drop ") === true))
	);
}

/** What is planned instead of what is written. */
export type Amended = Pick<PlanInputs, "config" | "isPlanned"> & Partial<Pick<PlanInputs, "given">>;

/** Everything up to the plan; observes only. */
export async function makePlan(
	reads: Reads,
	options: RunOptions,
	mode: RunMode | "look",
	suppose: (start: Start) => Start = (start) => start,
	amend: (config: Config) => Amended = (config) => ({ config }),
): Promise<{
	readonly plan: Plan;
	readonly start: Start;
	readonly config: Config;
	readonly walls: Walls;
	readonly file: string | undefined;
}> {
	const start = suppose(observeStart(reads));
	const inherited = parseEnvironment(reads.environ());
	const { config: written, origin } = await loadConfig(options, { reads, start, environment: inherited });
	believeConfiguration(origin.path === undefined ? undefined : fromRoot(reads, origin.path, start.workdir));
	const amended = amend(written);
	const { config } = amended;
	try {
		const takeFiles = config.env.fromFile.length === 0 ? undefined : (await import("../plan/from-file.ts")).filesTaker(reads);
		const { walls, planFilter } = await loadWalls(config, { reads, start, file: origin.path, isReview: mode === "look" });
		const inputs = { given: options.command, inherited, start, reads, takeFiles, planFilter, walls };
		if (mode !== "enter") {
			return { plan: buildPlan({ ...inputs, ...amended }), start, config, walls, file: origin.path };
		}
		const entered = buildPlan({ ...inputs, config: forEnter(config), isPlanned: ({ kind }) => isForEnter(kind), isEntering: true });
		return { plan: { ...entered, setup: [] }, start, config, walls, file: origin.path };
	} catch (error) {
		throw error instanceof Failure ? (await import("./point-at.ts")).pointAt(error, origin, reads) : error;
	}
}

/** Its setup is not done, whatever the command. */
function forEnter(config: Config): Config {
	return { ...config, command: { ...config.command, setupOnlyFor: undefined, skipSetupIf: [] } };
}
