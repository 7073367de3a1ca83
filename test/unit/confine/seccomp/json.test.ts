import { describe, expect, it } from "vitest";
import { JsonFault, type JsonNode, jsonLimits, positions, readJson } from "../../../../src/confine/seccomp/json.ts";

function plainOf(node: JsonNode): unknown {
	switch (node.kind) {
		case "object":
			return Object.fromEntries(node.members.map(([key, value]) => [key.text, plainOf(value)]));
		case "list":
			return node.items.map(plainOf);
		case "text":
			return node.text;
		default:
			return JSON.parse(node.text);
	}
}

function faultIn(text: string): string {
	try {
		readJson(text);
		return "none";
	} catch (error) {
		if (!(error instanceof JsonFault)) {
			throw error;
		}
		const { line, column } = positions(text)(error.at);
		return `${line}:${column} ${error.message}`;
	}
}

describe("JSON", () => {
	it.each([
		"{}",
		"[]",
		' \t\r\n{\t"a" :\r\n[ 1 , -2.5e+3 , 0, true,false , null ]\t}\n',
		String.raw`{"\u0061\ud83d\ude00\n\"\\\/": "é😀", "": [[], {}]}`,
		'\ufeff{"a":1}',
		'"x"',
	])("%j is read as the engine reads it", (text) => {
		expect(plainOf(readJson(text))).toEqual(JSON.parse(text.replace(/^\ufeff/, "")));
	});

	it("keeps the digits of a number, and where it stands", () => {
		expect(readJson("\n [18446744073709551615]")).toEqual({
			kind: "list",
			at: 2,
			items: [{ kind: "number", at: 3, text: "18446744073709551615" }],
		});
	});

	it("a key called __proto__ is a key", () => {
		expect(readJson('{"__proto__": 1}')).toMatchObject({ members: [[{ text: "__proto__" }, { text: "1" }]] });
	});

	it.each([
		["", "1:1 the file ends where a value is expected"],
		['{"a": 1', "1:8 the file ends where a comma or } is expected"],
		['{"a" 1}', '1:6 expected a colon after the key, not "1"'],
		["{a: 1}", '1:2 expected a key in quotes, not "a"'],
		['{"a": 1,}', "1:8 a comma before }, where JSON takes none"],
		["[1\n\t,\n]", "2:2 a comma before ], where JSON takes none"],
		["[1 2]", '1:4 expected a comma or ], not "2"'],
		["[01]", '1:2 expected a value, not "01"'],
		["[1.]", '1:2 expected a value, not "1."'],
		["[+1]", '1:2 expected a value, not "+1"'],
		["[0x10]", '1:2 expected a value, not "0x10"'],
		["[NaN]", '1:2 expected a value, not "NaN"'],
		["{} x", '1:4 expected the end of the file, not "x"'],
		['{"a": 1, "b": 2, "a": 3}', '1:18 the key "a" is written twice'],
		[String.raw`{"a": 1, "\u0061": 3}`, '1:10 the key "a" is written twice'],
		['["a\nb"]', "1:2 text that does not end on its line, or has a \\ before a character that JSON does not escape"],
		[String.raw`["\x"]`, "1:2 text that does not end on its line, or has a \\ before a character that JSON does not escape"],
		["{“defaultAction”: 1}", '1:2 the typographic quote “, as web pages print it: JSON takes the straight " alone'],
		['{"a": «b»}', '1:7 the typographic quote «, as web pages print it: JSON takes the straight " alone'],
		['{"a": ”b”}', '1:7 the typographic quote ”, as web pages print it: JSON takes the straight " alone'],
		["{'a': 1}", "1:2 the quote ': text in JSON stands between two \""],
		["{‘a’: 1}", '1:2 the typographic quote ‘, as web pages print it: JSON takes the straight " alone'],
		['{ // no\n"a": 1}', '1:3 a comment: JSON has none, but a "comment" beside "names" is passed over'],
		["# no\n{}", '1:1 a comment: JSON has none, but a "comment" beside "names" is passed over'],
		['["é😀", x]', '1:8 expected a value, not "x"'],
		['["\udcff"]', "1:3 a byte that is not UTF-8"],
		["[".repeat(17), "1:17 deeper than 16 levels"],
		[`[${"1,".repeat(jsonLimits.nodes)}1]`, `1:${2 * jsonLimits.nodes} more than 100000 values`],
		[" ".repeat(jsonLimits.size + 1), "1:1 larger than 1024 KiB"],
	])("%.40j is refused", (text, fault) => {
		expect(faultIn(text)).toBe(fault);
	});
});
