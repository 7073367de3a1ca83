import * as v from "valibot";
import { duration } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional } from "../../config/mapping.ts";
import { fail } from "../../report/failure.ts";
import { durationText } from "../../report/units.ts";
import type { Host } from "../../sys/native.ts";
import { mustRead, SyscallError } from "../../sys/observe.ts";
import { type Asked, longer, type ReadyTarget, remediesFor, whyNotReady } from "../common/ready.ts";
import { planTargets, readyFields, whyNoTargets } from "../common/ready-targets.ts";
import { pause } from "../common/stop-signals.ts";
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
			mapping(fields, { path: ["file"], name: ["tcp"] }),
			v.check(
				(written) => whyNoTargets(written) === undefined,
				({ input }) => whyNoTargets(input) ?? "",
			),
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
	describe: ({ targets, timeoutMs }) =>
		`${targets.map(({ text }) => text).join(", ")} for ${durationText(timeoutMs)} at most, after the drop`,
	needs: () => [],
	mayNeed: () => [],
	isAfterDrop: ({ afterDrop }) => afterDrop,
	apply: waitForAll,
};

const atOnceMs = 1000;
const firstProgressMs = 2000;
const progressMs = 10_000;

function waitForAll({ targets, timeoutMs, intervalMs }: WaitForAction, context: ApplyContext): Outcome {
	const { host, progress } = context;
	const begun = host.clock();
	let nextProgress = firstProgressMs;
	const missing = new Map(targets.map((each) => [each, "no answer yet"]));
	const words = () => [...missing].map(([{ text }, why]) => `${text}: ${why}`).join("; ");
	const tell = () => {
		if (host.clock() - begun >= nextProgress) {
			progress(`still waiting: ${words()}`);
			nextProgress = host.clock() - begun + progressMs;
		}
	};
	const asked = {
		host,
		tryAs: lookingFrom(context),
		whileWaiting: tell,
		answers: new Map(),
		remedies: new Map(),
		moreTime: longer(timeoutMs, 2),
	};
	for (let round = 1; ; round++) {
		for (const each of [...missing.keys()]) {
			const why = whyNotReady(each, asked, restOf(host, begun, timeoutMs));
			if (why === undefined) {
				missing.delete(each);
			} else {
				missing.set(each, why);
			}
		}
		const elapsed = Math.floor(host.clock() - begun);
		if (missing.size === 0) {
			return { state: "ok", detail: round === 1 && elapsed < atOnceMs ? "there at once" : `there after ${durationText(elapsed)}` };
		}
		if (elapsed >= timeoutMs) {
			fail("STEP_FAILED", `not there after ${durationText(timeoutMs)}: ${words()}`, {
				remedy: remediesFor(missing.keys(), asked),
			});
		}
		tell();
		pause(host, Math.min(intervalMs, restOf(host, begun, timeoutMs)));
	}
}

/** In another process, because a file system whose server does not answer keeps whoever looks; here where there may be no other. */
function lookingFrom({ host, tryAs }: ApplyContext): Asked["tryAs"] {
	return (attempt, patienceMs) => {
		try {
			return tryAs("", attempt, patienceMs);
		} catch (error) {
			if (error instanceof SyscallError && error.call === "fork") {
				return attempt(host);
			}
			throw error;
		}
	};
}

function restOf(host: Host, begun: number, timeoutMs: number): number {
	return Math.max(0, begun + timeoutMs - host.clock());
}
