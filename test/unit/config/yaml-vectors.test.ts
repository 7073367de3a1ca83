import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { YamlNode } from "../../../src/sys/native.ts";

/** What both parsers make of a text. Pairs of a piece and how often it comes stand for texts that are too long to write down. */
interface Vector {
	readonly name: string;
	readonly text: string | readonly (readonly [piece: string, times: number])[];
	/** `line:column` of each node, then a blank or `'` and the text of a scalar, [items] or {key: value}. null for no document. */
	readonly tree?: string | null;
	/** For a text too long for its tree. */
	readonly accepted?: true;
	readonly fault?: string;
	/** Where both say the fault is; they differ about syntax. */
	readonly at?: readonly [line: number, column: number];
}

const vectors = JSON.parse(readFileSync(new URL("../../fixtures/yaml-vectors.json", import.meta.url), "utf8")) as readonly Vector[];

function outline(node: YamlNode): string {
	const at = `${node.line}:${node.column}`;
	switch (node.kind) {
		case "scalar":
			return `${at}${node.plain ? " " : "'"}${node.text}`;
		case "sequence":
			return `${at}[${node.items.map(outline).join(", ")}]`;
		case "mapping":
			return `${at}{${node.entries.map(([key, value]) => `${outline(key)}: ${outline(value)}`).join(", ")}}`;
	}
}

describe("the YAML that is accepted", () => {
	it.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, { text, tree, accepted, fault, at }) => {
		const parsed = parseYaml(typeof text === "string" ? text : text.map(([piece, times]) => piece.repeat(times)).join(""));
		if (parsed?.kind === "fault") {
			expect({ fault: parsed.fault, at: at && [parsed.line, parsed.column] }).toEqual({ fault, at });
		} else if (accepted) {
			expect(parsed?.kind).toBe("sequence");
		} else {
			expect(parsed === undefined ? null : outline(parsed)).toBe(tree);
		}
	});

	it("is UTF-8", () => {
		expect(parseYaml("a: 1\n\u00e9\udcff")).toEqual({ kind: "fault", fault: "syntax", message: "invalid UTF-8", line: 2, column: 2 });
	});

	it.each(["[", "{a: ", "- ", "? ", "&a ", "!!str ", "a: ", "'", '"', "|\n ", "a\n", "- a\n", "*a "])(
		"repeats %j without harm",
		(piece) => {
			expect(["fault", "scalar", "sequence", "mapping"]).toContain(parseYaml(piece.repeat(5000))?.kind);
		},
	);
});
