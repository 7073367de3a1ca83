import type { LogOptions } from "../report/log.ts";
import { givenIn } from "../sys/environ.ts";
import type { RunMode } from "./subcommands.ts";
import { speechOf, takeApart } from "./words.ts";

const runModes: Readonly<Record<RunMode, true>> = { run: true, enter: true };

/** What is called, and how it is to speak. */
export interface Call {
	/** Everything that prints and does not run a workload belongs to the tools. */
	readonly wants: RunMode | "tools";
	/** The options of a run and its command; all words for the tools. */
	readonly args: readonly string[];
}

/** Options that only print belong to the tools. */
const printing = ["--help", "-h", "--version", "--dry-run"];

/** Only an option, or the name of a mode, leads to a workload. Any other first word is for the tools, which refuse what is none of theirs. */
export function callOf(args: readonly string[]): Call {
	const mode = modeOf(args);
	return mode === undefined || prints(args) ? { wants: "tools", args } : { wants: mode, args: optionsOf(args) };
}

/** Whether a word of ours asks for something to be printed. */
export function prints(args: readonly string[]): boolean {
	return takeApart(args).own.some((word) => printing.includes(word));
}

const usualSpeech: LogOptions = { format: "text", level: 0 };

/** Only a run and what plans one have options that say how to speak. ABDICATE_LOG holds for everything. */
export async function speechFor(args: readonly string[], environment: readonly string[]): Promise<LogOptions> {
	const variable = givenIn(environment, "ABDICATE_LOG");
	const inherited = variable === undefined ? usualSpeech : (await import("./log-words.ts")).speechIn(variable);
	return speechOf(modeOf(args) === undefined ? [] : takeApart(optionsOf(args)).own, inherited);
}

/** `undefined` for a first word that is another subcommand, or none. */
export function modeOf([first]: readonly string[]): RunMode | undefined {
	return first === undefined || first.startsWith("-") ? "run" : isRunMode(first) ? first : undefined;
}

/** Without the word that says what to do. */
export function optionsOf(args: readonly string[]): readonly string[] {
	return isRunMode(args[0]) ? args.slice(1) : args;
}

function isRunMode(word: string | undefined): word is RunMode {
	return word !== undefined && Object.hasOwn(runModes, word);
}
