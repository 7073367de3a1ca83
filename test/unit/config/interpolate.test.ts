import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolate } from "../../../src/config/interpolate.ts";
import { decimal, typedScalar } from "../../../src/config/scalar.ts";
import { runs } from "../harness/runs.ts";

const facts = { cpus: () => "4", memory: () => "1024", hostname: () => "box", uid: () => "0", gid: () => "0" };
const expand = (text: string, environment: Readonly<Record<string, string>> = {}) =>
	interpolate(text, { environment: new Map(Object.entries(environment)), facts });

describe("interpolate", () => {
	it.each([
		["plain", {}, "plain"],
		["${A}", { A: "b" }, "b"],
		["${A}${A}-${A}", { A: "b" }, "bb-b"],
		["${A}", { A: "" }, ""],
		["${A:-x}", {}, "x"],
		["${A:-x}", { A: "" }, "x"],
		["${A:-}", {}, ""],
		["${A:-a:b/c d}", {}, "a:b/c d"],
		["$$A $${A}", { A: "b" }, "$A ${A}"],
		["costs 5$", {}, "costs 5$"],
		["$1", {}, "$1"],
		["${@cpus}", {}, "4"],
	])("%s", (text, environment, expected) => {
		expect(expand(text, environment as Record<string, string>)).toBe(expected);
	});

	it.each(["$A", "${", "${A", "${1}", "${A-b}", "${A:+b}", "${}", "${A B}", "${@nothing}", "${A:?}"])("%s is refused", (text) => {
		expect(expand(text)).toMatchObject({ code: expect.stringMatching(/^INTERPOLATION_/) });
	});

	it("leaves text without a dollar sign alone", () => {
		fc.assert(
			fc.property(
				fc.string().filter((text) => !text.includes("$")),
				(text) => expand(text) === text,
			),
		);
	});

	it("never reads a value again", () => {
		fc.assert(
			fc.property(
				fc.string(),
				fc.string(),
				(before, value) => expand(`${before.replaceAll("$", "")}\${A}`, { A: value }) === before.replaceAll("$", "") + value,
			),
		);
	});

	it("gives back any text whose dollar signs were doubled", () => {
		fc.assert(fc.property(fc.string(), (text) => expand(text.replaceAll("$", "$$$$")) === text));
	});

	it("rule 8.3: of garbage is refused, or holds nothing but what was written and the values that were asked for", () => {
		const piece = fc.constantFrom(
			"$",
			"{",
			"}",
			"$$",
			"${",
			"${A}",
			"${A:-",
			"${B:?",
			"${@cpus}",
			"${@",
			"A",
			":",
			"-",
			"?",
			"@",
			"\n",
			"x",
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 20 }), fc.string(), (pieces, value) => {
				const text = pieces.join("");
				const result = expand(text, { A: value });
				if (typeof result !== "string") {
					expect([typeof result.message, /^INTERPOLATION_(?:UNSET|SYNTAX)$/.test(result.code)]).toEqual(["string", true]);
				} else {
					expect(result.length).toBeLessThanOrEqual(text.length * Math.max(1, value.length));
				}
			}),
			{ numRuns: runs(3000) },
		);
	});
});

describe("typedScalar", () => {
	it.each([
		["true", true],
		["FALSE", false],
		["~", null],
		["", null],
		["0", 0],
		["-5", -5],
		["1000", 1000],
		["0027", "0027"],
		["0o644", "0o644"],
		["0x10", "0x10"],
		["1e3", "1e3"],
		["1.0", "1.0"],
		["+1", "+1"],
		["-0", "-0"],
		["yes", "yes"],
		["9007199254740993", "9007199254740993"],
		["4294967296", 4_294_967_296],
	])("%s", (text, expected) => {
		expect(typedScalar({ text, plain: true })).toBe(expected);
		expect(typedScalar({ text, plain: false })).toBe(text);
	});

	it("gives a number only where its text comes back", () => {
		fc.assert(
			fc.property(fc.stringMatching(/^[-+0-9eox.]{0,20}$/), (text) => decimal(text) === undefined || decimal(text)?.toString() === text),
		);
	});
});
