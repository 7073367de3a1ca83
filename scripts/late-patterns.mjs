import { readFileSync } from "node:fs";
import { parseSync } from "@swc/core";

/** What is loaded for a file with a mistake in it, and by the tools that look at one. */
const late =
	/src\/(?:tools\/.*|config\/(?:advice|all-but|at-the-top|brought-along|condition-words|dollar(?:s|-advice)|edits|elsewhere|example-of|extent|foreign-(?:files|values|words)|indents|no-document|not-ours|plain-words|problems|proposal|read-on|(?:\w+-)?shapes|scan|shell-words|synonyms|value-words))\.ts$/;

/**
 * A pattern lies in the bytecode as its text and as what the engine makes of it, which is several times as long and deflates badly. Those of code that
 * hardly any start loads are made when it is loaded, each once. One that goes on where it ended stays where it is, and so do properties of Unicode,
 * whose tables the engine has when the binary is built only.
 */
export const latePatterns = {
	name: "late-patterns",
	setup(hooks) {
		hooks.onLoad({ filter: late }, ({ path }) => {
			// The semicolon is a token at the very beginning, from which offsets count, in bytes.
			const text = Buffer.from(`;${readFileSync(path, "utf8")}`);
			const module = parseSync(text.toString(), { syntax: "typescript", target: "es2022" });
			const names = new Map();
			let [made, at] = ["", 0];
			for (const { span, pattern, flags } of patternsIn(module.body)) {
				if (/^\.(?:exec|test)\b/.test(text.subarray(span.end - module.span.start).toString()) && flags.includes("g")) {
					continue;
				}
				const words = `${JSON.stringify(pattern)}, ${JSON.stringify(flags)}`;
				names.set(words, names.get(words) ?? `latePattern${names.size}`);
				made += text.subarray(at, span.start - module.span.start).toString() + names.get(words);
				at = span.end - module.span.start;
			}
			const head = [...names].map(([words, name]) => `const ${name} = RegExp(${words});`).join("");
			return { contents: head + made + text.subarray(at).toString(), loader: "ts" };
		});
	},
};

function patternsIn(part) {
	if (part === null || typeof part !== "object") {
		return [];
	}
	const isOne = part.type === "RegExpLiteral" && !/[yuv]/.test(part.flags);
	return isOne
		? [part]
		: Object.values(part)
				.flatMap(patternsIn)
				.toSorted((left, right) => left.span.start - right.span.start);
}
