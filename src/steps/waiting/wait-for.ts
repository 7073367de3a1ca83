import * as v from "valibot";
import { duration } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional } from "../../config/mapping.ts";
import { fail } from "../../report/failure.ts";
import type { Host } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { type ReadyTarget, whyNotReady } from "../common/ready.ts";
import { countTargets, planTargets, readyFields } from "../common/ready-targets.ts";
import { pause, whileHoldingSignals } from "../common/stop-signals.ts";
import type { ApplyContext, Outcome, Phased, Step } from "../step.ts";

export interface WaitForAction extends Phased {
	readonly targets: readonly ReadyTarget[];
	/** For all together. */
	readonly timeoutMs: number;
	readonly intervalMs: number;
}

const fields = {
	...readyFields,
	timeout: optional(duration, 30_000),
	interval: optional(duration, 250),
};

export const waitFor: Step<FieldsOutput<typeof fields>, WaitForAction> = {
	summary: "Waits, as the user and after the drop, until servers answer and files are there.",
	schema: () =>
		v.pipe(
			mapping(fields),
			v.check((written) => countTargets(written) > 0, "expected at least one of tcp, unix, file and http"),
			v.check(({ interval }) => interval >= 10, "expected an interval of 10ms or more"),
		),
	plan: (config, { reads }) => {
		return {
			targets: planTargets(config, mustRead("getcwd", reads.getcwd())),
			timeoutMs: config.timeout,
			intervalMs: config.interval,
			afterDrop: true,
		};
	},
	describe: ({ targets, timeoutMs }) => `${targets.map(({ text }) => text).join(", ")} for ${timeoutMs} ms at most, after the drop`,
	needs: () => [],
	isAfterDrop: ({ afterDrop }) => afterDrop,
	apply: (action, context) =>
		context.host.getpid() === 1 ? whileHoldingSignals(context.host, () => waitForAll(action, context)) : waitForAll(action, context),
};

const firstProgressMs = 2000;
const progressMs = 10_000;

function waitForAll({ targets, timeoutMs, intervalMs }: WaitForAction, context: ApplyContext): Outcome {
	const { host, progress, tryAs } = context;
	const asked = { host, child: "", tryAs, here: (attempt: (host: Host) => number) => attempt(host) };
	const begun = host.clock();
	let nextProgress = firstProgressMs;
	let missing = targets;
	for (let round = 1; ; round++) {
		const found = missing.map((each) => [each, whyNotReady(each, asked, restOf(host, begun, timeoutMs))] as const);
		const still = found.filter(([, why]) => why !== undefined);
		const elapsed = Math.floor(host.clock() - begun);
		const words = still.map(([{ text }, why]) => `${text}: ${why}`).join("; ");
		if (still.length === 0) {
			return { state: "ok", detail: round === 1 ? "there at once" : `there after ${elapsed} ms` };
		}
		if (elapsed >= timeoutMs) {
			fail("STEP_FAILED", `not there after ${timeoutMs} ms: ${words}`, { remedy: ["timeout: 2m, say, if it may take longer"] });
		}
		if (elapsed >= nextProgress) {
			progress(`still waiting: ${words}`);
			nextProgress = elapsed + progressMs;
		}
		missing = still.map(([each]) => each);
		pause(host, Math.min(intervalMs, restOf(host, begun, timeoutMs)));
	}
}

function restOf(host: Host, begun: number, timeoutMs: number): number {
	return Math.max(0, begun + timeoutMs - host.clock());
}
