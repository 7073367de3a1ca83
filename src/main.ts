import { type RunMode, run } from "./cli/run.ts";
import { subcommands } from "./cli/subcommands.ts";
import { type Diagnostic, Failure } from "./report/failure.ts";
import { openLog } from "./report/log.ts";
import { shellWord } from "./report/shell.ts";
import { suggestion } from "./report/suggest.ts";
import { quoted } from "./report/text.ts";
import { standInNames } from "./steps/fuse/stand-in.ts";
import { type Host, nativeHost } from "./sys/native.ts";

const failed = 125;

/** Dispatch only: the hot path is linked in, everything else is loaded when it is asked for. Called by the native host. */
export async function main(): Promise<void> {
	const host = nativeHost();
	const [self = "", ...args] = host.argv();
	const name = self.slice(self.lastIndexOf("/") + 1);
	try {
		if (standInNames.includes(name)) {
			host.exit((await import("./cli/drop-ins/fusermount.ts")).fusermount(host, name, args));
		} else if (isForTools(args)) {
			const { runTools } = await import("./tools/tools.ts");
			await runTools(host, args);
		} else {
			const mode = modes.find((each) => each === args[0]);
			await run(host, mode === undefined ? args : args.slice(1), mode ?? "run");
		}
	} catch (error) {
		end(host, args, error);
	}
}

/** First words that end in a workload; everything else only prints. */
const modes: readonly RunMode[] = ["run", "enter"];

/** Options that only print belong to the tools, unless they stand behind `--`, where they are the workload's. */
const printing = ["--help", "-h", "--version", "--dry-run"];

function isForTools(args: readonly string[]): boolean {
	const [first] = args;
	if (first !== undefined && !modes.includes(first as never) && !first.startsWith("-")) {
		return isSubcommand(first);
	}
	const end = args.indexOf("--");
	return (end < 0 ? args : args.slice(0, end)).some((argument) => printing.includes(argument));
}

/** An image's CMD must never turn into a subcommand by accident, nor a slip of the keyboard into a workload. */
function isSubcommand(word: string): true {
	const names = subcommands.map(({ name }) => name);
	if (names.includes(word as never)) {
		return true;
	}
	throw new Failure({
		code: "USAGE",
		message: `${quoted(word)} is not a subcommand${suggestion(word, names)}`,
		remedy: [`to run it as the workload, write -- before it: abdicate -- ${shellWord(word)}`],
	});
}

/** Every way out that is not the workload. A defect of ours ends as hard as a refusal: the workload does not run. */
function end(host: Host, args: readonly string[], error: unknown): never {
	const format = args.includes("--log-format=json") || host.environ().includes("ABDICATE_LOG=json") ? "json" : "text";
	openLog(host, { level: 0, format }).error(error instanceof Failure ? error.diagnostics : [defect(error)]);
	host.exit(error instanceof Failure ? error.exitStatus : failed);
}

function defect(error: unknown): Diagnostic {
	const detail = error instanceof Error ? [error.stack ?? ""] : [];
	return { code: "INTERNAL", message: String(error), remedy: detail };
}
