import { spawn } from "node:child_process";
import { constants } from "node:os";
import { type ProbeAct, type ProbeState, parseActs, parseState } from "./probe.ts";

/** How a program ended, and what it said. */
export interface Outcome {
	/** 128+n when signal n ended it. */
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
	/** The probe's report; an error when the probe did not run. */
	readonly probe: ProbeState;
	/** The report of `probe try`; an error when it did not run. */
	readonly acts: readonly ProbeAct[];
}

export function outcome(status: number, stdout: string, said: string): Outcome {
	const stderr = withoutDurations(said);
	return {
		status,
		stdout,
		stderr,
		get probe() {
			return explained(stderr, () => parseState(stdout));
		},
		get acts() {
			return explained(stderr, () => parseActs(stdout));
		},
	};
}

/** How long a step takes depends on the machine: test/unit/report has a test of its own for that it is told. */
function withoutDurations(stderr: string): string {
	return stderr
		.replace(/^(abdicate: (?:ok|changed|skipped) .*?)[:,] in [\d.]+ (?:ms|s|min)$/gm, "$1")
		.replace(/^(\{"time":.*),"milliseconds":\d+(.*\})$/gm, "$1$2");
}

function explained<T>(stderr: string, parse: () => T): T {
	try {
		return parse();
	} catch (error) {
		throw new Error(`${(error as Error).message}; standard error was: ${stderr}`);
	}
}

interface ProcessOptions {
	readonly input?: string | undefined;
	readonly env?: NodeJS.ProcessEnv | undefined;
	readonly seconds?: number | undefined;
	/** Ends what `program` started when time is up; the program itself is killed in any case. */
	readonly onTimeout?: (() => void) | undefined;
	/** Is given what the program writes to its descriptor 3, which it has only then. */
	readonly onThird?: ((text: string) => void) | undefined;
}

/** Runs a program to its end; never fails because of its status, only when it takes too long. */
export function runProcess(program: string, args: readonly string[], options: ProcessOptions = {}): Promise<Outcome> {
	const { input = "", env = process.env, seconds = 30, onTimeout, onThird } = options;
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe", ...(onThird === undefined ? [] : ["pipe" as const])] });
		child.stdio[3]?.on("data", (bytes: Buffer) => onThird?.(bytes.toString()));
		const text = { stdout: "", stderr: "" };
		for (const name of ["stdout", "stderr"] as const) {
			child[name].setEncoding("utf8").on("data", (chunk: string) => {
				text[name] += chunk;
			});
		}
		const timer = setTimeout(() => {
			onTimeout?.();
			child.kill("SIGKILL");
			reject(new Error(`${program} ${args.join(" ")}: not done within ${seconds} s\n${text.stdout}\n${text.stderr}`));
		}, seconds * 1000);
		child.once("error", reject);
		child.once("close", (status, signal) => {
			clearTimeout(timer);
			resolve(outcome(status ?? 128 + signalNumber(signal), text.stdout, text.stderr));
		});
		child.stdin.on("error", () => {}).end(input);
	});
}

function signalNumber(signal: NodeJS.Signals | null): number {
	return signal === null ? 0 : (constants.signals[signal] ?? 0);
}
