import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { formatted } from "../../../src/tools/fmt/proved.ts";
import { runs } from "../harness/runs.ts";

const inForm = (text: string) => formatted({ parseYaml }, text, "f.yaml");

const word = fc.constantFrom(
	...["a", "b", "c1", "0", "0027", "true", "-1", "~", "", "é", "x y", "a#b", "http://x", "*", "a: b", "- z", "? k", "# c"],
	...["'q'", "'it''s'", '"d"', '"\\n\\u00e9"', "|\n  t\n  u", ">-\n  f\n  g\n\n  h", "!!str 1", "&x v", "*x"],
	...[
		"|+\n   k\n\n",
		"|2\n    l\n",
		"word\n    more",
		'"a  \n\n   b"',
		"'/p'",
		'"0700"',
		"[a,\n   b ] # c",
		"{a: b,\n}",
		"> # c\n   x\n",
		"&y",
	],
);
const flow = fc.letrec<Record<"node" | "list" | "mapping", string>>((tie) => ({
	node: fc.oneof({ depthSize: "small" }, word, tie("list"), tie("mapping")),
	list: fc.array(tie("node"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
	mapping: fc
		.array(fc.tuple(word, tie("node")), { maxLength: 3 })
		.map((entries) => `{${entries.map((entry) => entry.join(": ")).join(", ")}}`),
})).node;
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));
const line = joined(
	fc.constantFrom("", "  ", "    ", " "),
	fc.constantFrom("", "- ", "a: ", "b: ", "c: ", "- a: ", "? ", "? b\n: ", "'k': ", "k:", "-", "# ", "-   - ", '"q" : ', "&k k: "),
	fc.oneof({ weight: 3, arbitrary: word }, flow),
	fc.constantFrom("", "", "", " # c", " ", "\r", "\n\n", "\t# c"),
);
const plausible = joined(
	fc.constantFrom("", "", "", "---\n", "\ufeff", "--- ", "\n\n# c\n"),
	fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n")),
	fc.constantFrom("\n", "\n", "", "\n...\n", "\n\n\n"),
);

it("whatever is accepted", () => {
	let [done, refused] = [0, 0];
	const bad: string[] = [];
	fc.assert(
		fc.property(plausible, (text) => {
			const found = parseYaml(text);
			fc.pre(found?.kind !== "fault");
			try {
				const once = inForm(text);
				done++;
				if (inForm(once) !== once) bad.push(`IDEM ${JSON.stringify(text)} -> ${JSON.stringify(once)} -> ${JSON.stringify(inForm(once))}`);
			} catch (error) {
				if (!(error instanceof Failure)) throw error;
				refused++;
				bad.push(JSON.stringify(text));
			}
		}),
		{ numRuns: runs(5000) },
	);
	console.log(
		done,
		refused,
		bad
			.sort((a, b) => a.length - b.length)
			.slice(0, 40)
			.join("\n"),
	);
});
