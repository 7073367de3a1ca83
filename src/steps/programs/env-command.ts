import { quoted } from "../../report/text.ts";

/** What env(1) runs: its words, and where the first is looked for. A text says what is not understood. `undefined`: nothing. */
export type EnvCommand = { readonly argv: readonly [string, ...string[]]; readonly path: string | undefined } | string | undefined;

/** The words after `env`, as GNU's and BusyBox's take them. Only what is certain is understood: not the quotes and variables of -S. */
export function parseEnvCommand(words: readonly string[], path: string | undefined): EnvCommand {
	const rest = [...words];
	let search = path;
	for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
		if (word.startsWith("-S")) {
			const text = word.slice(2) || (rest.shift() ?? "");
			if (/["'\\$#]/.test(text)) {
				return `what ${quoted(text)} means to env is not followed`;
			}
			rest.unshift(...text.split(/\s+/).filter(Boolean));
		} else if (word === "-" || word === "-i" || (word === "-u" && rest.shift() === "PATH")) {
			search = undefined;
		} else if (word.startsWith("PATH=")) {
			return "env is told another PATH";
		} else if (!word.startsWith("-") && !word.includes("=")) {
			return search === undefined && !word.includes("/") ? "env has no PATH then" : { argv: [word, ...rest], path: search };
		} else if (word.startsWith("-") && word !== "-u" && word !== "-v" && word !== "--") {
			return `what ${quoted(word)} means to env is not followed`;
		}
	}
	return undefined;
}
