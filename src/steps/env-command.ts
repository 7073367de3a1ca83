import { quoted } from "../report/text.ts";

/** What env(1) runs: its words, and where the first is looked for. A text says what is not understood. `undefined`: nothing. */
export type EnvCommand = { readonly argv: readonly [string, ...string[]]; readonly path: string | undefined } | string | undefined;

/**
 * The words after `env`, as GNU's, BusyBox's and BSD's env take them. Only what is certain is understood: quotes, variables and
 * backslashes of -S are not.
 */
export function parseEnvCommand(words: readonly string[], path: string | undefined): EnvCommand {
	const rest = [...words];
	let search = path;
	for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
		const [, flags, split] = /^-([iv]*)S(.*)$/s.exec(word) ?? [];
		const unset = word === "-u" || word === "--unset" ? rest.shift() : /^(?:-u|--unset=)(.+)$/s.exec(word)?.[1];
		if (split !== undefined || word.startsWith("--split-string=")) {
			const text = split === undefined ? word.slice("--split-string=".length) : split || (rest.shift() ?? "");
			if (/["'\\$#]/.test(text)) {
				return `what ${quoted(text)} means to env is not followed`;
			}
			rest.unshift(...text.split(/[ \t\n\v\f\r]+/).filter((each) => each !== ""));
			search = flags?.includes("i") ? undefined : search;
		} else if (word === "-" || word === "--ignore-environment" || /^-v*i[iv]*$/.test(word) || unset === "PATH") {
			search = undefined;
		} else if (word.startsWith("PATH=")) {
			return "env is told another PATH";
		} else if (/^-v+$/.test(word) || word === "--debug" || word === "--" || unset !== undefined || /^[^-][^=]*=/.test(word)) {
			// Says nothing about the program.
		} else if (word.startsWith("-")) {
			return `what ${quoted(word)} means to env is not followed`;
		} else {
			return search === undefined && !word.includes("/") ? "env has no PATH then" : { argv: [word, ...rest], path: search };
		}
	}
	return undefined;
}
