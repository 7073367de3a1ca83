import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { readWords } from "../common/options.ts";
import { variableIn } from "../common/variable.ts";

/** What a command line of dumb-init, and its variables, ask for. */
export interface DumbInitWish {
	readonly command: readonly [string, ...string[]];
	/** The program gets a session, and signals go to its group; else it stays where it is, and they go to it alone. */
	readonly hasSession: boolean;
	/** Signal number to what is sent instead, 0 for nothing. */
	readonly rewritten: ReadonlyMap<number, number>;
	readonly isVerbose: boolean;
}

export type Printed = "version" | "help";

const options = [
	{ name: "single-child", short: "c", long: "single-child" },
	{ name: "rewrite", short: "r", long: "rewrite", value: "required" },
	{ name: "verbose", short: "v", long: "verbose" },
	{ name: "help", short: "h", long: "help" },
	{ name: "version", short: "V", long: "version" },
] as const;

/** From left to right, up to the first word that is no option. */
export function parseDumbInit(name: string, args: readonly string[], environment: readonly string[]): DumbInitWish | Printed {
	const flags = new Set<string>();
	const rewritten = new Map<number, number>();
	const given = readWords(options, args);
	let next = given.next();
	for (; next.done !== true; next = given.next()) {
		const { name: option, value = "" } = next.value;
		switch (option) {
			case "help":
			case "version":
				return option;
			case "rewrite":
				rewritten.set(...rewriting(value));
				break;
			default:
				flags.add(option);
		}
	}
	const [program, ...rest] = next.value;
	if (program === undefined) {
		fail("USAGE", "no program was given", { remedy: [`${name} [OPTIONS] [--] PROGRAM [ARG...]; ${name} --help tells the options`] });
	}
	return {
		command: [program, ...rest],
		hasSession: !flags.has("single-child") && variableIn(environment, "DUMB_INIT_SETSID") !== "0",
		rewritten,
		isVerbose: flags.has("verbose") || variableIn(environment, "DUMB_INIT_DEBUG") === "1",
	};
}

const last = 31;

/** As sscanf(3) reads two numbers: what follows the second is not looked at. */
function rewriting(text: string): readonly [number, number] {
	const [, from = 0, to = -1] = (/^\s*([+-]?\d+):\s*([+-]?\d+)/.exec(text) ?? []).map(Number);
	return from >= 1 && from <= last && to >= 0 && to <= last
		? [from, to]
		: fail(
				"CONFIG_INVALID_VALUE",
				`-r ${quoted(text)}: expected the number of a signal, a colon, and the number of another or 0, as in 15:3`,
				{
					remedy: [`numbers up to ${last}; 0 sends nothing`],
				},
			);
}
