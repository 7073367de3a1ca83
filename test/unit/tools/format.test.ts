import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { formatted } from "../../../src/tools/fmt/proved.ts";
import { examples } from "../../../src/tools/guides/examples.ts";
import { runs } from "../harness/runs.ts";

const inForm = (text: string) => formatted({ parseYaml }, text, "f.yaml");

describe("in form", () => {
	it.each([
		["a file of DOS", "\ufeffuser: app\r\nhome: keep\r\n", "user: app\nhome: keep\n"],
		["a file of an old Mac", "user: app\rhome: keep\r", "user: app\nhome: keep\n"],
		["no end of the last line", "user: app", "user: app\n"],
		["blanks at ends", "user: app  \nhome: keep\t\n\n\n", "user: app\nhome: keep\n"],
		["blank lines", "\n\na: 1\n\n\n\nb: 2\n", "a: 1\n\nb: 2\n"],
		["blanks inside", "a:    1\n'b' :  [ 1,2 ,  3]\nc: {d: 1,e:   2}\n", "a: 1\nb: [1, 2, 3]\nc: { d: 1, e: 2 }\n"],
		["brackets without anything in them", "a: [ ]\nb: { }\n", "a: []\nb: {}\n"],
		["four spaces", "a:\n    b:\n        c: 1\n    d: 2\n", "a:\n  b:\n    c: 1\n  d: 2\n"],
		["a list in the column of its key", "a:\n- b: 1\n  c: 2\n-   - d\nb: 1\n", "a:\n  - b: 1\n    c: 2\n  - - d\nb: 1\n"],
		["quotes that nothing needs", 'a: \'b\'\n"c": "/d"\n', "a: b\nc: /d\n"],
		[
			"quotes that others need",
			"a: '0700'\nb: 'yes'\nc: '1000:1000'\nd: ''\ne: '*'\n",
			'a: "0700"\nb: "yes"\nc: "1000:1000"\nd: ""\ne: "*"\n',
		],
		["quotes with quotes or escapes in them", "a: 'b\"c'\nd: \"e\\n\"\nf: 'g''h'\n", "a: 'b\"c'\nd: \"e\\n\"\nf: 'g''h'\n"],
		["plain values", "mode: 0700\na: yes\nb: ~\n", "mode: 0700\na: yes\nb: ~\n"],
		["a comment behind a value", "a:   1   # b\nc: 1# d\n", "a: 1     # b\nc: 1# d\n"],
		["a comment without room", "a: {b: 1} # c\n", "a: { b: 1 } # c\n"],
		["comments above and below", "a:\n   # b\n     - c\n     # d\n# e\n  # f\nb: 1\n", "a:\n  # b\n  - c\n  # d\n# e\n# f\nb: 1\n"],
		[
			"a comment at the end of a block",
			"a:\n    - b:\n        c: 1\n        # d\n    # e\n# f\n",
			"a:\n  - b:\n      c: 1\n      # d\n  # e\n# f\n",
		],
		["brackets over lines", "a: [b,  # c\n      d,\n\n  e ]\n", "a: [b,  # c\n  d,\n\n  e]\n"],
		["brackets on lines of their own", "a:\n    {\n    b: [\n c ]\n    }\n", "a:\n  {\n    b: [\n      c]\n  }\n"],
		["text in a block", "a: |\n     b\n       c\n\n     d  \nb: >-\n e\n", "a: |\n  b\n    c\n\n  d  \nb: >-\n  e\n"],
		["blank lines that are part of a block", "a: |+\n    b\n\n\nc: 1\n", "a: |+\n  b\n\n\nc: 1\n"],
		["a block with its indent", "a:\n    - |2\n        b\n", "a:\n  - |2\n      b\n"],
		["text over lines", 'a: b\n       c\n\n       d\ne: "f  \n   g"\n', 'a: b\n  c\n\n  d\ne: "f\n  g"\n'],
		["blanks of other kinds", "a: b\u00a0 # c\u00a0\n", "a: b\u00a0 # c\u00a0\n"],
		["anchors", "a:   &b   d\n*b :  *b\nc: {*b : 1}\n", "a: &b d\n*b : *b\nc: { *b : 1 }\n"],
		["a document's marks", "---   # a\nb:  1\n...\n", "---   # a\nb: 1\n...\n"],
		["only comments", "  # a\n\n\n#b\n", "# a\n\n#b\n"],
		["nothing", "", ""],
	])("%s", (_, text, expected) => {
		expect(inForm(text)).toBe(expected);
		expect(inForm(expected)).toBe(expected);
	});
});

it("what is not proved to be the same is refused", () => {
	const trees = [parseYaml("a: 1"), parseYaml("a: 2")];
	const parse = () => trees.shift();
	expect(() => formatted({ parseYaml: parse as never }, "a:  1\n", "f.yaml")).toThrow(
		expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "NOT_FORMATTED", where: "f.yaml:1:1" })] }),
	);
});

const root = join(import.meta.dirname, "../../..");
const under = (folder: string, ending: RegExp) =>
	readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
		.filter((name) => ending.test(name))
		.map((name) => [join(folder, name), readFileSync(join(root, folder, name), "utf8")] as const);
const blocks = [
	...under("docs", /\.md$/),
	...under("examples", /\.md$/),
	["README.md", readFileSync(join(root, "README.md"), "utf8")] as const,
].flatMap(([name, text]) =>
	[...text.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map(([, block = ""], index) => [`${name} ${index}`, block] as const),
);
const vectors = (JSON.parse(readFileSync(join(root, "test/fixtures/yaml-vectors.json"), "utf8")) as { name: string; text: string }[]).map(
	({ name, text }) => [name, text] as const,
);

describe("every file that there is", () => {
	const all = [...under("examples", /\.ya?ml$/), ...under("test", /\.ya?ml$/), ...blocks, ...Object.entries(examples), ...vectors];
	const ours = all.filter(([, text]) => typeof text === "string" && parseYaml(text)?.kind !== "fault");

	it("is brought into form, and stays so", () => {
		expect(ours.length).toBeGreaterThan(150);
		expect(ours.filter(([, text]) => !isStable(text)).map(([name]) => name)).toEqual([]);
	});

	it.each(under("examples", /entrypoint\.yaml$/))("%s is in form", (_, text) => {
		expect(inForm(text)).toBe(text);
	});
});

function isStable(text: string): boolean {
	try {
		const once = inForm(text);
		return inForm(once) === once;
	} catch (error) {
		if (error instanceof Failure) {
			return false;
		}
		throw error;
	}
}

const scalar = fc.oneof(
	fc.constantFrom(
		"a",
		"0700",
		"yes",
		"null",
		"true",
		"",
		" x ",
		"a: b",
		"# c",
		"*",
		"${A:-b}",
		"x\ny\n",
		"- z",
		"é",
		"\u0000",
		"'",
		'"',
		"\\",
		"@a",
		"1000:1000",
	),
	fc.string(),
	fc.integer(),
	fc.boolean(),
);
const tree = fc.letrec<Record<"node", unknown>>((tie) => ({
	node: fc.oneof(
		{ depthSize: "small" },
		scalar,
		fc.array(tie("node"), { maxLength: 4 }),
		fc.dictionary(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom("a", "b")), tie("node"), { maxKeys: 4 }),
	),
})).node;

it("whatever another writer of YAML writes is brought into form, and stays so", () => {
	fc.assert(
		fc.property(
			tree,
			fc.integer({ min: 1, max: 6 }),
			fc.integer({ min: 20, max: 90 }),
			fc.boolean(),
			fc.boolean(),
			(value, indent, lineWidth, indentSeq, isDos) => {
				const written = stringify(value, { indent, lineWidth, indentSeq });
				const text = isDos ? written.replaceAll("\n", "\r\n") : written;
				fc.pre(parseYaml(text)?.kind !== "fault");
				expect(isStable(text)).toBe(true);
			},
		),
		{ numRuns: runs(400) },
	);
}, 60_000);

const word = fc.constantFrom(
	...["a", "b", "c1", "0", "0027", "true", "-1", "~", "", "é", "x y", "a#b", "http://x", "*", "a: b", "- z", "# c"],
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
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));
const flow = fc.letrec<Record<"node" | "list" | "mapping", string>>((tie) => ({
	node: fc.oneof({ depthSize: "small" }, word, tie("list"), tie("mapping")),
	list: fc.array(tie("node"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
	mapping: fc
		.array(fc.tuple(word, tie("node")), { maxLength: 3 })
		.map((entries) => `{${entries.map((entry) => entry.join(": ")).join(",")}}`),
})).node;
const line = joined(
	fc.constantFrom("", "  ", "    ", " "),
	fc.constantFrom("", "- ", "a: ", "b: ", "c: ", "- a: ", "'k': ", "k:", "-", "# ", "-   - ", '"q" : ', "&k k: ", "? "),
	fc.oneof({ weight: 3, arbitrary: word }, flow),
	fc.constantFrom("", "", "", " # c", " ", "\r", "\n\n", "\t# c"),
);
/** Near enough to YAML that some of it is. */
const plausible = joined(
	fc.constantFrom("", "", "", "---\n", "\ufeff", "--- ", "\n\n# c\n"),
	fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n")),
	fc.constantFrom("\n", "\n", "", "\n...\n", "\n\n\n"),
);

it("rule 8.3: whatever is written, it is brought into form and stays so, or it is refused", () => {
	let [done, refused] = [0, 0];
	fc.assert(
		fc.property(plausible, (text) => {
			const tree = parseYaml(text);
			fc.pre(tree?.kind === "mapping");
			try {
				const once = inForm(text);
				done++;
				if (!text.includes("? ")) {
					expect(inForm(once)).toBe(once);
				}
			} catch (error) {
				expect([text.includes("? "), error instanceof Failure]).toEqual([true, true]);
				refused++;
			}
		}),
		{ numRuns: runs(400) },
	);
	expect(done).toBeGreaterThan(20 * refused);
}, 60_000);
