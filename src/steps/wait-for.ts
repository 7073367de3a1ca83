import * as v from "valibot";
import { duration, oneOrMany, path, textLike, understood } from "../config/fields.ts";
import { type FieldsOutput, list, mapping, optional } from "../config/mapping.ts";
import { absolutePath } from "../files/path-text.ts";
import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import { SIG } from "../sys/constants.ts";
import type { Host } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";
import { parseEndpoint, parseHttp, type ReadyTarget, whyNotReady } from "./ready.ts";
import type { ApplyContext, Outcome, Phased, Step } from "./step.ts";

export interface WaitForAction extends Phased {
	readonly targets: readonly ReadyTarget[];
	/** For all together. */
	readonly timeoutMs: number;
	readonly intervalMs: number;
}

const endpoint = () => understood("expected host:port, such as db:5432, 10.0.0.1:80 or [::1]:80", parseEndpoint);
const http = () => understood("expected http://host:port/path; for https wait for the port with tcp", parseHttp);
const socketPath = () => textLike(/^(?:\/|\.{1,2}\/|@).+$/, "expected a path, or @name for an abstract socket");

const fields = {
	tcp: list(() => oneOrMany(endpoint())),
	unix: list(() => oneOrMany(socketPath())),
	file: list(() => oneOrMany(path())),
	http: list(() => oneOrMany(http())),
	timeout: optional(duration, 30_000),
	interval: optional(duration, 250),
};

export const waitFor: Step<FieldsOutput<typeof fields>, WaitForAction> = {
	summary: "Waits, as the user and after the drop, until servers answer and files are there.",
	schema: () =>
		v.pipe(
			mapping(fields),
			v.check(
				({ tcp, unix, file, http }) => tcp.length + unix.length + file.length + http.length > 0,
				"expected at least one of tcp, unix, file and http",
			),
			v.check(({ interval }) => interval >= 10, "expected an interval of 10ms or more"),
		),
	plan: (config, { reads }) => {
		const workdir = mustRead("getcwd", reads.getcwd());
		const absolute = (each: string) => (each.startsWith("@") ? each : absolutePath(each, workdir));
		return {
			targets: [
				...config.tcp.map((each) => ({ kind: "tcp", ...each }) as const),
				...config.unix.map((each) => ({ kind: "unix", text: `unix ${absolute(each)}`, path: absolute(each) }) as const),
				...config.file.map((each) => ({ kind: "file", text: `file ${absolute(each)}`, path: absolute(each) }) as const),
				...config.http.map((each) => ({ kind: "http", ...each }) as const),
			],
			timeoutMs: config.timeout,
			intervalMs: config.interval,
			afterDrop: true,
		};
	},
	describe: ({ targets, timeoutMs }) => `${targets.map(({ text }) => text).join(", ")} for ${timeoutMs} ms at most, after the drop`,
	needs: () => [],
	apply: (action, context) => whileHoldingSignals(context.host, () => waitForAll(action, context)),
};

const firstProgressMs = 2000;
const progressMs = 10_000;

function waitForAll({ targets, timeoutMs, intervalMs }: WaitForAction, context: ApplyContext): Outcome {
	const { host, progress } = context;
	const begun = host.clock();
	let nextProgress = firstProgressMs;
	let missing = targets;
	for (let round = 1; ; round++) {
		const found = missing.map((each) => [each, whyNotReady(each, context, restOf(host, begun, timeoutMs))] as const);
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
		host.poll([], Math.min(intervalMs, restOf(host, begun, timeoutMs)));
		refuseToGoOn(host);
	}
}

function restOf(host: Host, begun: number, timeoutMs: number): number {
	return Math.max(0, begun + timeoutMs - host.clock());
}

/**
 * The kernel throws away what would end PID 1 of a container unless it is blocked; then it can be seen to be pending. Without
 * this, a container that waits could only be killed. pid_namespaces(7)
 */
const stopSignals = { HUP: SIG.HUP, INT: SIG.INT, QUIT: SIG.QUIT, TERM: SIG.TERM } as const;

function whileHoldingSignals<T>(host: Host, work: () => T): T {
	if (host.getpid() !== 1) {
		return work();
	}
	const blocked = Object.values(stopSignals).reduce((mask, signal) => mask | bitOf(signal), 0n);
	const former = must(host, "sigmask", blocked) as bigint;
	try {
		return work();
	} finally {
		must(host, "sigmask", former);
	}
}

function bitOf(signal: number): bigint {
	return 1n << BigInt(signal - 1);
}

/** proc_pid_status(5) */
function refuseToGoOn(host: Host): void {
	const status = host.getpid() === 1 ? readProc(host, "self/status") : "";
	const pending = BigInt(`0x${/^ShdPnd:\s*([0-9a-f]+)$/m.exec(typeof status === "string" ? status : "")?.[1] ?? "0"}`);
	const [name] = Object.entries(stopSignals).find(([, signal]) => (pending & bitOf(signal)) !== 0n) ?? [];
	if (name !== undefined) {
		fail("STEP_FAILED", `told to stop by SIG${name} while waiting`);
	}
}
