import { callOf, speechFor } from "./cli/call.ts";
import { logFor } from "./cli/log-for.ts";
import { isOfOtherProgram, otherCallOf, runOther } from "./cli/other-names.ts";
import { run } from "./cli/run.ts";
import { Failure } from "./report/failure.ts";
import type { LogOptions } from "./report/log.ts";
import { type Host, nativeHost } from "./sys/native.ts";

const failed = 125;

/** Dispatch only: the hot path is linked in, everything else is loaded when it is asked for. Called by the native host. */
export async function main(): Promise<void> {
	const host = nativeHost();
	const words = host.argv();
	/** Of a call of our own. */
	let args: readonly string[] = [];
	try {
		const other = otherCallOf(words);
		if (other !== undefined) {
			host.exit(await runOther(host, other));
		}
		args = words.slice(1);
		const speech = await speechFor(args, host.environ());
		if (speech.unknown !== undefined) {
			(await logFor(host, speech)).warn((await import("./cli/log-words.ts")).unknownWords(speech.unknown));
		}
		const call = callOf(args);
		if (call.wants === "tools") {
			const { runTools } = await import("./tools/tools.ts");
			await runTools(host, call.args, speech);
		} else {
			await run(host, call.args, call.wants, speech);
		}
	} catch (error) {
		await end(host, await speechFor(args, host.environ()), error, words[0]);
	}
}

/** Every way out that is not the workload. A defect of ours ends as hard as a refusal: the workload does not run. */
async function end(host: Host, speech: LogOptions, error: unknown, self = ""): Promise<never> {
	const [{ tell }, { spokenHere }] = await Promise.all([import("./report/tell.ts"), import("./sys/runtime.ts")]);
	const diagnostics = error instanceof Failure ? error.diagnostics : [(await import("./cli/unexplained.ts")).unexplained(error)];
	const isOfOther = isOfOtherProgram(diagnostics[0]);
	const told = isOfOther ? (await import("./cli/misnamed.ts")).toldOfName(self, diagnostics) : diagnostics;
	tell(host, speech, spokenHere(host, told, speech.format));
	host.exit(error instanceof Failure ? error.exitStatus : failed);
}
