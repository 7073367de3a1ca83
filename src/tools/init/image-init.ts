import { signalName, signalNumber } from "../../config/signal-number.ts";
import { baseName } from "../../files/path-text.ts";
import { wordsOfInit } from "../check/lint/replaced-rules.ts";

/** An init that an image starts, as what does the same. */
export interface ImageInit {
	readonly name: string;
	/** How many words it takes before its program. */
	readonly count: number;
	/** Keys of the file, with their values. */
	readonly keys: readonly (readonly [string, string])[];
	/** Its options for which there is no key. */
	readonly lost: string;
}

/** Of nobody can be told KILL and STOP; CHLD is the init's own. */
const untold = [0, 9, 17, 19];

/** Undefined where the words begin with another program. */
export function initOf(words: readonly string[], environment: readonly string[]): ImageInit | undefined {
	const count = wordsOfInit(words);
	if (count === 0) {
		return undefined;
	}
	const name = baseName(words[0] ?? "");
	const isDumb = name === "dumb-init";
	const given = words
		.slice(1, count)
		.join(" ")
		.replace(/--s\S*/, "c")
		.replace(/--(\w)\w*=?/g, "$1");
	// Of two for the same the last one counts.
	const [signals, codes] = [new Map<number, string>(), new Map<number, string>()];
	let death = "";
	const lost = given
		.replace(/([rep]) ?(?:SIG)?(\w+):?(\d*)/g, (all, letter: string, value: string, other: string) => {
			const [from, to] = [Number(value), Number(other)];
			if (letter === "p" && signalNumber(value) !== undefined) {
				death = value;
			} else if (letter === "e" && from < 256) {
				codes.set(from, `${from}: 0`);
			} else if (letter === "r" && from < 32 && to < 32 && !untold.includes(from)) {
				signals.set(from, `${signalName(from)}: ${to === 0 ? "none" : signalName(to)}`);
			} else {
				return all;
			}
			return "";
		})
		.replace(/[ -]/g, "");
	const has = (letter: string, variable: string) => lost.includes(letter) || environment.some((each) => each.startsWith(variable));
	const inner = (key: string, pairs: ReadonlyMap<number, string>) =>
		pairs.size === 0 ? [] : [`${key}: { ${[...pairs.values()].join(", ")} }`];
	const keys = [
		...inner("signals", signals),
		...inner("exit_codes", codes),
		// dumb-init tells the whole group, unless it is told not to.
		...((isDumb ? !has("c", "DUMB_INIT_SETSID=0") : has("g", "TINI_KILL_PROCESS_GROUP=")) ? ["group: true"] : []),
		...(!isDumb && has("s", "TINI_SUBREAPER=") ? ["subreaper: true"] : []),
	];
	return {
		name,
		count,
		keys: [
			["init", keys.length === 0 ? "true" : `{ ${keys.join(", ")} }`],
			...(death === "" ? [] : [["parent_death_signal", death] as const]),
		],
		lost: lost.replace(/[cgs]/g, ""),
	};
}
