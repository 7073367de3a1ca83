import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { YamlNode } from "../../../src/sys/native.ts";
import { runs } from "../harness/runs.ts";

/** `make fuzz` names a file for what was generated: the native parser is asked about the same texts. */
const corpus = process.env["YAML_VECTORS"];

/** What a text means, whatever its places; native/src/host/yaml_vectors.js says it in the same words. */
function meaning(node: YamlNode): string {
	switch (node.kind) {
		case "scalar":
			return `${node.plain ? " " : "'"}${node.text}`;
		case "sequence":
			return `[${node.items.map(meaning).join(", ")}]`;
		case "mapping":
			return `{${node.entries.map(([key, value]) => `${meaning(key)}: ${meaning(value)}`).join(", ")}}`;
	}
}

const word = fc.constantFrom(
	...["a", "b", "c1", "0", "0027", "true", "-1", "~", "", "é", "x y", "a#b", "http://x", "*", "a: b", "- z", "? k", "# c"],
	...["'q'", "'it''s'", '"d"', '"\\n\\u00e9"', "|\n  t\n  u", ">-\n  f\n  g\n\n  h", "!!str 1", "&x v", "*x"],
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
	fc.constantFrom("", "- ", "a: ", "b: ", "c: ", "- a: ", "? ", "? b\n: ", "'k': ", "k:", "-", "# "),
	fc.oneof({ weight: 3, arbitrary: word }, flow),
	fc.constantFrom("", "", "", " # c", " ", "\r"),
);
/** Near enough to YAML that most of it is. */
const plausible = joined(
	fc.constantFrom("", "", "", "---\n", "\ufeff", "--- "),
	fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n")),
	fc.constantFrom("\n", "\n", "", "\n...\n"),
);
const characters = fc.string({ unit: fc.constantFrom(..."a: \n-[]{},'\"|>&*!#%\t\r\0\u0085") });

describe("generated YAML", () => {
	it("rule 8.3: is answered whatever comes", () => {
		const vectors: object[] = [];
		fc.assert(
			fc.property(fc.oneof({ weight: 4, arbitrary: plausible }, characters), (text) => {
				const found = parseYaml(text);
				if (found?.kind === "fault") {
					expect([found.line > 0, found.column > 0, found.message !== ""]).toEqual([true, true, true]);
				} else {
					vectors.push({ name: "generated", text, meaning: found === undefined ? null : meaning(found) });
				}
			}),
			{ numRuns: runs(2000) },
		);
		expect(vectors.length).toBeGreaterThan(200);
		if (corpus !== undefined) {
			writeFileSync(corpus, JSON.stringify(vectors));
		}
	});
});
