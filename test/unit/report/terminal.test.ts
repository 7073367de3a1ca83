import { describe, expect, it } from "vitest";
import { renderTable } from "../../../src/report/table.ts";
import { paint, plain, terminalOf, wrap } from "../../../src/report/terminal.ts";
import { bytesText, durationText } from "../../../src/report/units.ts";

const screen = (columns: number, ...environment: readonly string[]) => ({ windowColumns: () => columns, environ: () => [...environment] });
const notty = -25;

describe("what is printed on", () => {
	it.each([
		["a terminal", screen(120), 1, { columns: 120, colours: true }],
		["a terminal that does not know its width", screen(0), 2, { columns: 80, colours: true }],
		["a terminal of hardly any width", screen(3), 2, { columns: 20, colours: true }],
		["a terminal, with another width in COLUMNS", screen(120, "COLUMNS=60"), 1, { columns: 120, colours: true }],
		["NO_COLOR", screen(80, "NO_COLOR=1"), 1, { columns: 80, colours: false }],
		["an empty NO_COLOR", screen(80, "NO_COLOR="), 1, { columns: 80, colours: true }],
		["a terminal without colours", screen(80, "TERM=dumb"), 1, { columns: 80, colours: false }],
		["a pipe", screen(notty), 1, plain],
		["a pipe of a known width", screen(notty, "COLUMNS=100"), 1, { columns: 100, colours: false }],
		["a log of a known width", screen(notty, "COLUMNS=100"), 2, plain],
		...["19", "501", "0100", "80.5", " 80", "-1", ""].map(
			(text) => [`COLUMNS=${text}`, screen(notty, `COLUMNS=${text}`), 1, plain] as const,
		),
	] as const)("%s", (_, on, fd, terminal) => {
		expect(terminalOf(on, fd)).toEqual(terminal);
	});
});

it("paints where there are colours alone", () => {
	expect([paint({ colours: true }, "bad", "x"), paint({ colours: false }, "bad", "x"), paint({ colours: true }, "dim", "")]).toEqual([
		"\x1b[31mx\x1b[0m",
		"x",
		"",
	]);
});

describe("wrapping", () => {
	it.each([
		["a short text", 20, 2, "a short text"],
		["one two three four", 9, 0, "one two\nthree\nfour"],
		["one two three four", 9, 2, "one two\n  three\n  four"],
		["    one two three", 12, 6, "    one two\n      three"],
		["a averyveryverylongword b", 10, 2, "a\n  averyveryverylongword\n  b"],
		["éééé éééé", 9, 0, "éééé éééé"],
		["two  blanks", 20, 0, "two  blanks"],
		["", 20, 2, ""],
	])("%j in %i", (text, columns, indent, lines) => {
		expect([wrap(text, columns, indent), wrap(text, undefined, indent)]).toEqual([lines, text]);
	});
});

describe("a table", () => {
	const rows = [
		["name", "what it is", "here"],
		["one", "a text that has many words in it, more than fit", { text: "held", as: "good" }],
		["this row is one cell and goes across all of the columns"],
	] as const;

	it("is as wide as it has to be", () => {
		expect(renderTable(rows, plain)).toBe(
			[
				"name  what it is                                       here",
				"one   a text that has many words in it, more than fit  held",
				"this row is one cell and goes across all of the columns",
				"",
			].join("\n"),
		);
	});

	it("is not wider than the terminal", () => {
		expect(renderTable(rows, { columns: 40, colours: true }, "  ")).toBe(
			[
				"  name  what it is                  here",
				"  one   a text that has many words  \x1b[32mheld\x1b[0m",
				"        in it, more than fit",
				"  this row is one cell and goes across",
				"  all of the columns",
				"",
			].join("\n"),
		);
	});

	it("lets a long cell run on beside the rows that belong to it, and leaves none without a line", () => {
		const several = [
			["one", "a goal that takes three lines of these", "first", "held"],
			["", "", "second", { text: "MISSING", as: "bad" }],
			["two", "short", "first", "held"],
			["", "", "a need that takes two", "held"],
			["", "", "third", "held"],
		] as const;
		expect(renderTable(several, { columns: 50, colours: false })).toBe(
			[
				"one  a goal that takes  first              held",
				"     three lines of     second             MISSING",
				"     these",
				"two  short              first              held",
				"                        a need that takes  held",
				"                        two",
				"                        third              held",
				"",
			].join("\n"),
		);
	});
});

it.each([
	[0, "0 bytes"],
	[1, "1 byte"],
	[1000, "1000 bytes"],
	[1024, "1 KiB"],
	[67108864, "64 MiB"],
	[67108864n, "64 MiB"],
	[1610612736, "1536 MiB"],
])("%s bytes are %s", (count, text) => {
	expect(bytesText(count)).toBe(text);
});

it.each([
	[0, "0 ms"],
	[250, "250 ms"],
	[1000, "1 s"],
	[1234, "1.23 s"],
	[12_345, "12.3 s"],
	[60_000, "1 min"],
	[90_000, "90 s"],
	[5_400_000, "1 h 30 min"],
	[3_600_000, "1 h"],
])("%i ms are %s", (milliseconds, text) => {
	expect(durationText(milliseconds)).toBe(text);
});
