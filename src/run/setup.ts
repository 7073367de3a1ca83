import { grantRemedy } from "../capability/grant.ts";
import { type CapabilityName, capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import type { Plan, PlannedStep } from "../plan/plan.ts";
import type { Start } from "../plan/start.ts";
import { unmetCondition } from "../plan/when.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import { applyStep, describeStep, needsOf } from "../steps/index.ts";
import type { ApplyContext, Need, Outcome } from "../steps/step.ts";
import type { Host } from "../sys/native.ts";
import { SyscallError } from "../sys/observe.ts";
import type { Authority } from "./authority.ts";
import type { Log } from "./log.ts";
import { lookAs } from "./look-as.ts";
import { spawnDropped } from "./spawn.ts";

export interface SetupContext {
	readonly host: Host;
	readonly plan: Plan;
	readonly start: Start;
	readonly log: Log;
	readonly authority: Authority;
	readonly mask: bigint;
	readonly environment: ReadonlyMap<string, string>;
}

/** Looking may need to pass directories of others; uid 0 without capabilities is an ordinary owner. */
const forLooking = CapabilitySet.of("DAC_READ_SEARCH", "DAC_OVERRIDE");

/** Every step in the order written, each with exactly what it needs effective. Returns the sockets for the workload. */
export function applySetup(context: SetupContext): number[] {
	const sockets: number[] = [];
	for (const step of context.plan.setup) {
		const name = `${step.label} ${step.action.kind} ${describeStep(step.action)}`;
		try {
			const { state, detail } = runStep(context, step, sockets, name);
			context.log.step(name, state, detail);
		} catch (error) {
			const diagnostic = stepDiagnostic(error, name);
			if (step.onError === "fail") {
				throw new Failure(diagnostic);
			}
			context.log.warn(`${name}: ${diagnostic.message}`);
		}
	}
	return sockets;
}

function runStep(context: SetupContext, step: PlannedStep, sockets: number[], name: string): Outcome {
	const { host, plan, authority, environment } = context;
	const unmet = authority.with(forLooking, () =>
		unmetCondition(step.when, { reads: host, environment, command: plan.command.argv[0], held: authority.permitted }),
	);
	if (unmet !== undefined) {
		return { state: "skipped", detail: unmet };
	}
	const needs = authority.with(forLooking, () => needsOf(step.action, host));
	return authority.with(grant(needs, authority.permitted), () => applyStep(step.action, applyContext(context, sockets, name)));
}

/** The first held capability of each need. A need that is certain and not held stops here, before the step touches anything. */
function grant(needs: readonly Need[], permitted: CapabilitySet): CapabilitySet {
	const granted: CapabilityName[] = [];
	for (const { anyOf, certain, purpose } of needs) {
		const held = anyOf.find((name) => permitted.has(capability(name)));
		if (held !== undefined) {
			granted.push(held);
		} else if (certain) {
			throw new Failure({
				code: "CAPABILITY_MISSING",
				message: `${anyOf.join(" or ")} is not held, needed ${purpose}`,
				remedy: grantRemedy(anyOf.slice(0, 1)),
			});
		}
	}
	return CapabilitySet.of(...granted);
}

function applyContext({ host, plan, start, log, mask }: SetupContext, sockets: number[], name: string): ApplyContext {
	const spawning = { host, start, environment: plan.environment, mask };
	return {
		host,
		target: plan.identity,
		spawn: (request) => spawnDropped(spawning, request),
		lookAs: (identity, path) => lookAs(spawning, identity, path),
		handOver: (fd) => void sockets.push(fd),
		progress: (message) => log.warn(`${name}: ${message}`),
	};
}

function stepDiagnostic(error: unknown, name: string): Diagnostic {
	if (error instanceof Failure) {
		const [first] = error.diagnostics;
		return first === undefined ? { code: "STEP_FAILED", message: error.message, where: name } : { ...first, where: name };
	}
	if (error instanceof SyscallError) {
		return { code: "STEP_FAILED", message: error.message, where: name };
	}
	throw error;
}
