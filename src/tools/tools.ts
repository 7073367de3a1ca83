import { CommanderError } from "commander";
import { modeOf, optionsOf } from "../cli/call.ts";
import { subcommands } from "../cli/subcommands.ts";
import { takeApart } from "../cli/words.ts";
import { Failure, fail } from "../report/failure.ts";
import type { LogOptions } from "../report/log.ts";
import { shellWord } from "../report/shell.ts";
import { suggestion } from "../report/suggest.ts";
import { tell } from "../report/tell.ts";
import { quoted } from "../report/text.ts";
import type { Host } from "../sys/native.ts";
import { spokenHere } from "../sys/runtime.ts";
import { planCommand } from "./plan/plan.ts";
import { endWith, findings, program } from "./program.ts";
import { wrongUse } from "./wrong-use.ts";

const usage = 2;

/** Everything that prints and does not run a workload. 0 fine, 1 findings, 2 wrong use. */
export async function runTools(host: Host, args: readonly string[], speech: LogOptions): Promise<void> {
	requireSubcommand(args[0]);
	try {
		// `--dry-run` belongs to the options of a run, which the run's own strict parser reads.
		if (modeOf(args) === "run" && takeApart(args).own.includes("--dry-run")) {
			endWith(host, speech, await planCommand(host, { format: "text" }, optionsOf(args)));
		} else {
			await program(host, args, speech).parseAsync(takeApart(args).own.includes("--version") ? ["--version"] : [...args], { from: "user" });
		}
		host.exit(0);
	} catch (error) {
		host.exit(statusOf(host, args, speech, error));
	}
}

/** An image's CMD must never turn into a subcommand by accident, nor a slip of the keyboard into a workload: it ends as a start that failed. */
function requireSubcommand(word = "run"): void {
	const names = subcommands.map(({ name }) => name);
	if (!word.startsWith("-") && !names.includes(word as never)) {
		fail("USAGE", `${quoted(word)} is not a subcommand${suggestion(word, names)}`, {
			remedy: [`to run it as the workload, write -- before it: abdicate -- ${shellWord(word)}`],
		});
	}
}

function statusOf(host: Host, args: readonly string[], speech: LogOptions, error: unknown): number {
	if (error instanceof CommanderError) {
		if (error.exitCode !== 0) {
			tell(host, speech, [wrongUse(error, args, program(host, args, speech))]);
			return usage;
		}
		return 0;
	}
	if (!(error instanceof Failure)) {
		throw error;
	}
	tell(host, speech, spokenHere(host, error.diagnostics, speech.format));
	return error.diagnostics.some(({ code }) => code === "USAGE") ? usage : findings;
}
