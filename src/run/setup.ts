import { capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import type { Authority } from "../departure/authority.ts";
import type { Departing } from "../departure/departure.ts";
import type { Journey } from "../departure/journey.ts";
import type { Start } from "../departure/start.ts";
import { conditionChild, type PlannedChild } from "../plan/children.ts";
import {
	firstLook,
	isHopeless,
	type Look,
	type Looking,
	lookAt,
	missingDiagnostic,
	missingNeeds,
	NothingDone,
} from "../plan/first-look.ts";
import type { Plan, PlannedStep } from "../plan/plan.ts";
import { nameOf } from "../plan/step-name.ts";
import { type Circumstances, unmetCondition } from "../plan/when.ts";
import { asWorkload } from "../processes/as-workload.ts";
import type { ErrorCode } from "../report/codes.ts";
import { type Diagnostic, Failure, ofStep } from "../report/failure.ts";
import type { Log } from "../report/log.ts";
import { type Heeding, heedingSignals } from "../steps/common/stop-signals.ts";
import { applyStep, isAfterDrop, preparesGround } from "../steps/index.ts";
import type { ApplyContext, Need, Outcome } from "../steps/step.ts";
import { AT } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Host } from "../sys/native.ts";
import { errnoOf, SyscallError } from "../sys/observe.ts";
import { forgetProc } from "../sys/proc.ts";
import { statServed } from "../sys/served.ts";

export type Processes = typeof import("../processes/index.ts");

export interface SetupContext {
	readonly host: Host;
	readonly plan: Plan;
	readonly start: Start;
	readonly log: Log;
	readonly authority: Authority;
	readonly journey: Pick<Journey, "mask">;
	/** There for the steps that use it. */
	readonly processes: Processes | undefined;
	readonly closedByThen: Looking["closedByThen"];
	readonly environment: ReadonlyMap<string, string>;
}

interface Working extends SetupContext, Heeding {
	/** For what heeds signals by itself. */
	readonly plainHost: Host;
}

type Dropped = Omit<Working, "authority">;

/** Every step in the order written, each with exactly what it needs effective. Returns the sockets for the workload. */
export function applySetup(given: SetupContext): number[] {
	const isNothing = given.plan.setup.every(({ action }) => isAfterDrop(action));
	if (isNothing) {
		given.authority.rest();
		return [];
	}
	// The first look puts everything down.
	return heedingSignals(given.host, (heeding) => applySteps({ ...given, ...heeding, plainHost: given.host }));
}

function applySteps(context: Working): number[] {
	const sockets: number[] = [];
	const looking = lookingFor(context);
	// Each is looked at again in its turn, because those before it may have changed what it finds.
	const looks = requireGrants(looking, context.plan);
	context.check();
	for (const [index, step] of context.plan.setup.filter(({ action }) => !isAfterDrop(action)).entries()) {
		// Nothing has been touched before the first, so that it is as it was seen.
		const look = index === 0 ? looks.get(step) : undefined;
		report(context, step, () => runStep(context, step, look ?? lookAt(looking, step), sockets));
		if (preparesGround(step.action)) {
			// It may have mounted over it.
			forgetProc(context.host);
		}
	}
	return sockets;
}

/**
 * The steps that run as the workload's user, in their order. By now everything that the workload may not have is gone, so nothing
 * is raised and nothing put down; programs that they start are dropped once more, to nothing.
 */
export function applyAfterDrop(given: Omit<SetupContext, "authority">): void {
	if (given.plan.setup.some(({ action }) => isAfterDrop(action))) {
		heedingSignals(given.host, (heeding) => applyStepsAfterDrop({ ...given, ...heeding, plainHost: given.host }));
	}
}

function applyStepsAfterDrop(context: Dropped): void {
	const { plan } = context;
	const held = context.start.credentials.sets.permitted;
	for (const step of plan.setup.filter(({ action }) => isAfterDrop(action))) {
		report(context, step, () => {
			const dropped = droppedContext(context, step);
			const unmet = unmetCondition(step.when, circumstancesOf(context, held, dropped));
			return unmet === undefined ? applyStep(step.action, dropped) : { state: "skipped", detail: unmet };
		});
	}
}

/** There is nobody to become any more. */
function droppedContext(context: Dropped, step: PlannedStep): ApplyContext {
	const { plainHost, check } = context;
	const tryAs: ApplyContext["tryAs"] = (_, attempt, ms) => checked(check, loaded(context).tryHere(plainHost, attempt, ms));
	return { ...applyContext(context, step, []), tryAs };
}

/** What was told to stop has no answer. */
function checked<T>(check: () => void, answer: T): T {
	check();
	return answer;
}

/** No step's failure alone: `on_error` does not pass over them. */
const endsStart: readonly ErrorCode[] = ["INTERRUPTED", "PROCESS_LEFT"];

/** Does a step's work and says how it went. */
function report({ plainHost: host, check, log }: Dropped, step: PlannedStep, work: () => Outcome): void {
	try {
		const begun = log.tellsSteps ? host.clock() : 0;
		const { state, detail } = work();
		check();
		log.step(state, () => [nameOf(step), detail, host.clock() - begun]);
	} catch (error) {
		const name = nameOf(step);
		const [first, ...others] = stepDiagnostics(error, name);
		if (step.onError === "fail" || [first, ...others].some(({ code }) => endsStart.includes(code))) {
			throw new Failure(first, ...others);
		}
		for (const { code, message, remedy } of [first, ...others]) {
			log.warn(message, { code, step: name, remedy });
		}
	}
}

/** Before the first step has touched anything, all that is certainly missing is said. Returns what was seen. */
function requireGrants(looking: Looking, plan: Plan): ReadonlyMap<PlannedStep, Look> {
	const looks = firstLook(looking, plan);
	if ([...looks].some((each) => isHopeless(each, looking.permitted))) {
		throw new NothingDone(looks);
	}
	return looks;
}

function lookingFor(context: Working): Looking {
	const { host, authority, start, closedByThen } = context;
	return {
		reads: host,
		closedByThen,
		permitted: authority.permitted,
		withheld: start.withheld,
		circumstancesOf: (step) => circumstancesOf(context, authority.permitted, applyContext(context, step, [])),
		with: (wanted, work) => authority.with(wanted, work),
	};
}

function runStep(context: Working, step: PlannedStep, { unmet, needs }: Look, sockets: number[]): Outcome {
	const { authority } = context;
	if (unmet !== undefined) {
		return { state: "skipped", detail: unmet };
	}
	const [missing] = missingNeeds(needs, authority.permitted);
	if (missing !== undefined) {
		throw new Failure(missingDiagnostic(missing, nameOf(step), context.start.withheld));
	}
	return authority.with(grant(needs, authority.permitted), () => applyStep(step.action, applyContext(context, step, sockets)));
}

function circumstancesOf(
	{ host: reads, plan, environment }: Pick<SetupContext, "host" | "plan" | "environment">,
	held: CapabilitySet,
	{ tryAs }: Pick<ApplyContext, "tryAs">,
): Circumstances {
	const lookOnFuse = (path: string) => {
		const code = tryAs(conditionChild, (child) => errnoOf(statServed(child, AT.FDCWD, path)));
		// A mount that lets nobody in but its own user has nothing for the workload to see.
		return code === errno.EACCES ? errno.ENOENT : code;
	};
	return { reads, environment, command: plan.command.argv[0], held, viewer: plan.identity, lookOnFuse };
}

/** The first held capability of each need. */
function grant(needs: readonly Need[], permitted: CapabilitySet): CapabilitySet {
	return CapabilitySet.of(...needs.flatMap(({ anyOf }) => anyOf.find((name) => permitted.has(capability(name))) ?? []));
}

function applyContext(context: Dropped, step: PlannedStep, sockets: number[]): ApplyContext {
	const { host, plainHost, check, plan, log } = context;
	const plain = { ...spawning(context), host: plainHost };
	const child = (of: string): Departing => departing(step.children[of]);
	return {
		host,
		target: plan.identity,
		spawn: (request) => loaded(context).spawnKept(plain, child(request.child), request),
		lookAs: (of, path) => loaded(context).lookAs(spawning(context), child(of), path),
		tryAs: (of, attempt, ms) => checked(check, loaded(context).tryAs(plain, child(of), attempt, ms)),
		asWorkload: (work) => asWorkload(host, plan.departure, work),
		handOver: (fd) => void sockets.push(fd),
		progress: (message) => log.progress(message, { step: nameOf(step) }),
		warn: (message) => log.warn(message, { step: nameOf(step) }),
	};
}

function spawning({ host, plan, journey }: Dropped): Parameters<Processes["spawnKept"]>[0] {
	return { host, environment: plan.environment, mask: journey.mask, keepsOrphans: plan.departure.rows.init?.subreaper };
}

function departing(child: PlannedChild | undefined): Departing {
	if (child === undefined) {
		throw new Error("a step starts a process and is not known to");
	}
	if ("refused" in child) {
		throw new Failure(...child.refused);
	}
	return child;
}

function loaded({ processes }: Pick<SetupContext, "processes">): Processes {
	if (processes === undefined) {
		throw new Error("a step uses processes and is not known to");
	}
	return processes;
}

function stepDiagnostics(error: unknown, name: string): readonly [Diagnostic, ...Diagnostic[]] {
	if (error instanceof Failure) {
		return error.diagnostics.map((each) => ofStep(name, each)) as unknown as [Diagnostic, ...Diagnostic[]];
	}
	if (error instanceof SyscallError) {
		const { message, remedy } = errnoText(error.call, error.errno);
		const refused = { call: error.call, code: error.errno };
		return [ofStep(name, { code: "STEP_FAILED", message: `${error.call}: ${message}`, remedy, refused })];
	}
	throw error;
}
