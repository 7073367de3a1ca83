import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolate } from "../../../src/config/interpolate.ts";
import { decimal, typedScalar } from "../../../src/config/scalar.ts";

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
