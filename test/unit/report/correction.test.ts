import { expect, it } from "vitest";
import { type Correction, corrected } from "../../../src/report/correction.ts";

const at = (line: number, column: number, endLine: number, endColumn: number, text: string): Correction => ({
	edits: [{ line, column, endLine, endColumn, text }],
	isCertain: true,
});

it("corrections that touch nothing of one another are made together", () => {
	expect(corrected("a: 1\nb: 2\n", [at(2, 4, 2, 5, "3"), at(1, 1, 1, 2, "c")]).text).toBe("c: 1\nb: 3\n");
});

it("one that touches what another has changed waits", () => {
	const [first, second, third] = [at(1, 1, 2, 1, ""), at(1, 4, 1, 5, "9"), at(2, 1, 2, 2, "x")];
	expect(corrected("a: 1\nb: 2\n", [first, second, third])).toMatchObject({ text: "x: 2\n", made: [first, third] });
});

it("a place in what is made of a text has one in that text, lines that came and went too", () => {
	const { text, back } = corrected("a: \u{1f512}1\nb: 2\nc: 3\n", [at(1, 1, 1, 1, "top:\n  "), at(1, 4, 1, 5, "xyz"), at(2, 1, 3, 1, "")]);
	expect(text).toBe("top:\n  a: xyz1\nc: 3\n");
	const places = ["1:2", "2:3", "2:7", "2:9", "3:4"]
		.map((place) => place.split(":").map(Number))
		.map(([line = 0, column = 0]) => back({ line, column }));
	expect(places.map(({ line, column }) => `${line}:${column}`)).toEqual(["1:1", "1:1", "1:4", "1:5", "3:4"]);
});

it("a place behind more that was taken away than there is has one too", () => {
	const { text, back } = corrected("a: 1\nlong line\nb: long value\nc: 3\n", [at(2, 1, 2, 10, ""), at(3, 4, 3, 14, "2")]);
	expect([text, back({ line: 4, column: 1 })]).toEqual(["a: 1\n\nb: 2\nc: 3\n", { line: 4, column: 1 }]);
});

it("what is put in at one place stands in the order in which it was told", () => {
	expect(corrected("a: [1]\n", [at(1, 6, 1, 6, ", 2"), at(1, 6, 1, 6, ", 3")]).text).toBe("a: [1, 2, 3]\n");
});

it("columns count characters, and a byte order mark none", () => {
	expect(corrected("\ufeff\u{1f512}: x\r\nb: y\r\n", [at(1, 4, 1, 5, "z"), at(2, 4, 2, 5, "w")]).text).toBe(
		"\ufeff\u{1f512}: z\r\nb: w\r\n",
	);
});

it("the edits of one are made all or none", () => {
	const both: Correction = { edits: [...at(1, 1, 1, 2, "x").edits, ...at(2, 1, 2, 2, "y").edits], isCertain: true };
	expect(corrected("a: 1\nb: 2\n", [at(2, 1, 2, 2, "c"), both])).toMatchObject({ text: "a: 1\nc: 2\n" });
});
