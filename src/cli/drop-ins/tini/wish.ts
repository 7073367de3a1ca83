import { signalNames } from "../../../config/signals.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { readWords } from "../common/options.ts";
import { variableIn } from "../common/variable.ts";

/** What a command line of tini, and its variables, ask for. */
export interface TiniWish {
	readonly command: readonly [string, ...string[]];
	readonly isSubreaper: boolean;
	/** Signals go to the whole process group of the program. */
	readonly toGroup: boolean;
	readonly tellsOfZombies: boolean;
	/** 0 nothing but what ends it, 1 warnings, 2 the program's begin and end, 3 every signal and child. */
	readonly verbosity: number;
	/** Exit statuses that become 0. */
	readonly expected: readonly number[];
	/** The number of the signal that the program is to get when the parent of this process ends. */
	readonly parentDeathSignal: number | undefined;
}

export type Printed = "version" | "help" | "licence";

const options = [
	...(["s", "v", "w", "g", "h", "l"] as const).map((short) => ({ name: short, short })),
	...(["p", "e"] as const).map((short) => ({ name: short, short, value: "required" as const })),
];

const normal = 1;

/** From left to right, up to the first word that is no option: what follows is the program's, whatever it looks like. */
export function parseTini(name: string, args: readonly string[], environment: readonly string[]): TiniWish | Printed {
	if (args.length === 1 && args[0] === "--version") {
		return "version";
	}
	const flags = new Set<string>();
	const expected: number[] = [];
	let verbosity = normal;
	let parentDeathSignal: number | undefined;
	const given = readWords(options, args);
	let next = given.next();
	for (; next.done !== true; next = given.next()) {
		const { name: option, value = "" } = next.value;
		switch (option) {
			case "h":
				return "help";
			case "l":
				return "licence";
			case "v":
				verbosity++;
				break;
			case "e":
				expected.push(exitStatus(value));
				break;
			case "p":
				parentDeathSignal = signalNumber(value);
				break;
			default:
				flags.add(option);
		}
	}
	const [program, ...rest] = next.value;
	if (program === undefined) {
		fail("USAGE", "no program was given", { remedy: [`${name} [OPTIONS] [--] PROGRAM [ARG...]; ${name} -h tells the options`] });
	}
	return {
		command: [program, ...rest],
		isSubreaper: flags.has("s") || variableIn(environment, "TINI_SUBREAPER") !== undefined,
		toGroup: flags.has("g") || variableIn(environment, "TINI_KILL_PROCESS_GROUP") !== undefined,
		tellsOfZombies: flags.has("w"),
		verbosity: verbosityOf(variableIn(environment, "TINI_VERBOSITY")) ?? verbosity,
		expected,
		parentDeathSignal,
	};
}

/** As strtol(3) reads it: nothing at all is 0. */
function exitStatus(text: string): number {
	const status = text === "" ? 0 : /^\s*[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
	return status >= 0 && status <= 255 ? status : fail("CONFIG_INVALID_VALUE", `-e ${quoted(text)}: expected an exit status, 0 to 255`);
}

/** Signals that tini's names do not have. */
const nameless = ["STKFLT", "IO", "PWR"];

function signalNumber(text: string): number {
	const found = text.startsWith("SIG") ? signalNames.findIndex((each) => text === `SIG${each}` && !nameless.includes(each)) : -1;
	return found >= 0 ? found + 1 : fail("CONFIG_INVALID_VALUE", `-p ${quoted(text)}: expected the name of a signal, such as SIGTERM`);
}

const most = 4;

/** As atoi(3) reads it into a number without a sign. */
function verbosityOf(text: string | undefined): number | undefined {
	if (text === undefined) {
		return undefined;
	}
	const number = Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0);
	return number < 0 ? most : number;
}
