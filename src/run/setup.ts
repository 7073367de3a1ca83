import { capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { lackOf, type Withheld } from "../capability/withheld.ts";
import type { Authority } from "../departure/authority.ts";
import type { Departing } from "../departure/departure.ts";
import type { Journey } from "../departure/journey.ts";
import type { Start } from "../departure/start.ts";
import { conditionChild, type PlannedChild } from "../plan/children.ts";
import type { Plan, PlannedStep } from "../plan/plan.ts";
import { type Circumstances, unmetCondition } from "../plan/when.ts";
import { asWorkload } from "../processes/as-workload.ts";
import type { ErrorCode } from "../report/codes.ts";
import { type Diagnostic, Failure, ofStep } from "../report/failure.ts";
import type { Log } from "../report/log.ts";
import type { Problem } from "../report/problem.ts";
import { type Heeding, heedingSignals } from "../steps/common/stop-signals.ts";
import { applyStep, describeStep, isAfterDrop, needsOf, obstaclesOf, preparesGround } from "../steps/index.ts";
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
	readonly environment: ReadonlyMap<string, string>;
}

interface Working extends SetupContext, Heeding {
	/** For what heeds signals by itself. */
	readonly plainHost: Host;
}

type Dropped = Omit<Working, "authority">;

/** Looking may need to pass directories of others; uid 0 without capabilities is an ordinary owner. */
const forLooking = CapabilitySet.of("DAC_READ_SEARCH", "DAC_OVERRIDE");

/** Every step in the order written, each with exactly what it needs effective. Returns the sockets for the workload. */
export function applySetup(given: SetupContext): number[] {
	const isNothing = given.plan.setup.every(({ action }) => isAfterDrop(action));
	return isNothing ? [] : heedingSignals(given.host, (heeding) => applySteps({ ...given, ...heeding, plainHost: given.host }));
}

function applySteps(context: Working): number[] {
	const sockets: number[] = [];
	const looks = requireGrants(context);
	context.check();
	for (const [index, step] of context.plan.setup.filter(({ action }) => !isAfterDrop(action)).entries()) {
		// Nothing has been touched before the first, so that it is as it was seen.
		const look = index === 0 ? looks.get(step) : undefined;
		report(context, step, () => runStep(context, step, look ?? lookAt(context, step, false), sockets));
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
function report({ check, log }: Pick<Working, "check" | "log">, step: PlannedStep, work: () => Outcome): void {
	try {
		const { state, detail } = work();
		check();
		log.step(state, () => [nameOf(step), detail]);
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

/**
 * All that is certainly missing, capabilities and whatever else stands in the way of a step, of all steps at once and before the first
 * has touched anything. Each step is looked at again in its turn, because those before it may have changed what it finds. Returns what
 * was seen.
 */
function requireGrants(context: Working): ReadonlyMap<PlannedStep, Look> {
	const mandatory = context.plan.setup.filter(({ action, onError }) => onError === "fail" && !isAfterDrop(action));
	const firstToPrepare = context.plan.setup.findIndex(({ action }) => preparesGround(action));
	const onFirmGround = context.plan.setup.slice(0, firstToPrepare < 0 ? undefined : firstToPrepare + 1);
	const looks = new Map(
		mandatory.flatMap((step) => {
			const look = earlyLook(context, step, onFirmGround.includes(step));
			return look === undefined ? [] : [[step, look] as const];
		}),
	);
	const missing = [...looks].flatMap(([step, { unmet, needs, obstacles }]) => {
		return [
			...missingNeeds(needs, context.authority.permitted).map((need) => missingDiagnostic(need, nameOf(step), context.start.withheld)),
			...obstacles.map((each) => ofStep(nameOf(step), { code: "STEP_FAILED", ...each })),
			...(unmet === undefined ? impossibleChildren(step) : []).map((each) => ofStep(nameOf(step), each)),
		];
	});
	const [first, ...others] = onceEach(missing);
	if (first !== undefined) {
		throw new Failure(first, ...others);
	}
	return looks;
}

/** What helps with several is told with the last. */
function onceEach(diagnostics: readonly Diagnostic[]): Diagnostic[] {
	return diagnostics.map((each, index) => {
		const later = diagnostics.slice(index + 1).flatMap(({ remedy = [] }) => remedy);
		return each.remedy === undefined ? each : { ...each, remedy: each.remedy.filter((line) => !later.includes(line)) };
	});
}

/** What no step before can change: who exists in this user namespace. */
function impossibleChildren({ children }: PlannedStep): Diagnostic[] {
	return Object.values(children)
		.flatMap((child) => ("refused" in child ? child.refused.slice(0, 1) : []))
		.filter(({ code }) => code === "ID_UNMAPPED")
		.slice(0, 1);
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

interface Look {
	readonly unmet: string | undefined;
	readonly needs: readonly Need[];
	readonly obstacles: readonly Problem[];
}

/** `undefined` when it cannot be told whether its conditions hold: a step before may put that right, and it is told when it is the step's turn. */
function earlyLook(context: Working, step: PlannedStep, wantsObstacles: boolean): Look | undefined {
	try {
		return lookAt(context, step, wantsObstacles);
	} catch (error) {
		if (error instanceof Failure) {
			return undefined;
		}
		throw error;
	}
}

/** Whether a step's conditions hold, what it needs now, and what stands in its way where that is asked for. */
function lookAt(context: Working, step: PlannedStep, wantsObstacles: boolean): Look {
	const { host, authority } = context;
	return authority.with(forLooking, () => {
		const unmet = unmetCondition(step.when, circumstancesOf(context, authority.permitted, applyContext(context, step, [])));
		const isDue = unmet === undefined;
		return {
			unmet,
			needs: isDue ? needsOf(step.action, host) : [],
			obstacles: isDue && wantsObstacles ? obstaclesOf(step.action, host) : [],
		};
	});
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

function missingNeeds(needs: readonly Need[], permitted: CapabilitySet): Need[] {
	return needs.filter(({ anyOf, certain }) => certain && !anyOf.some((name) => permitted.has(capability(name))));
}

function missingDiagnostic({ anyOf, purpose, instead = [] }: Need, name: string, withheld: Withheld | undefined): Diagnostic {
	const { message: lack, remedy } = lackOf(anyOf.slice(0, 1), withheld);
	return ofStep(name, {
		code: "CAPABILITY_MISSING",
		message: `${anyOf.join(" or ")} is ${lack}, needed ${purpose}`,
		remedy: [...remedy, ...instead],
	});
}

function nameOf({ label, action }: PlannedStep): string {
	return `${label} ${action.kind} ${describeStep(action)}`;
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
		return [ofStep(name, { code: "STEP_FAILED", message: `${error.call}: ${message}`, remedy })];
	}
	throw error;
}
