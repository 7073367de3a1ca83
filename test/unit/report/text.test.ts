import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, quoted } from "../../../src/report/text.ts";

describe("printable", () => {
	it.each([
		["plain text, öäü, 日本, 😀", "plain text, öäü, 日本, 😀"],
		["a\u001b[31mred", "a\\x1b[31mred"],
		["a\nb\r\tc\0", "a\\x0ab\\x0d\\x09c\\x00"],
		["\u007f\u0085\u009f", "\\x7f\\x85\\x9f"],
		["a\u202eb\u2066c\u200ed\u061c", "a\\u202eb\\u2066c\\u200ed\\u61c"],
		["a\u2028b", "a\\u2028b"],
		["a\u00a0b\u2800c\u3000d\ufe00e\ue000f\u{10ffff}g", "a\\xa0b\\u2800c\\u3000d\\ufe00e\\ue000f\\u{10ffff}g"],
		["byte \udcff\udc80", "byte \\xff\\x80"],
		["half \ud83d", "half \\ud83d"],
	])("makes %j safe", (text, expected) => {
		expect(printable(text)).toBe(expected);
	});

	it("leaves nothing that a terminal obeys", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
				expect(printable(printable(text))).toBe(printable(text));
			}),
		);
	});
});

describe("quoted", () => {
	it("keeps up to 80 characters and cuts what is longer", () => {
		expect(quoted("x".repeat(80))).toBe(`"${"x".repeat(80)}"`);
		expect(quoted("x".repeat(81))).toBe(`"${"x".repeat(77)}..."`);
	});

	it("does not cut a character in two, and counts what is seen", () => {
		expect(quoted(`${"x".repeat(76)}${"😀".repeat(10)}`)).toBe(`"${"x".repeat(76)}😀..."`);
		expect(quoted("😀".repeat(80))).toBe(`"${"😀".repeat(80)}"`);
		expect(quoted("😀".repeat(81))).toBe(`"${"😀".repeat(77)}..."`);
	});

	it("does not cut an escape in two", () => {
		expect(quoted(`${"x".repeat(74)}\u202e\u202e`)).toBe(`"${"x".repeat(74)}..."`);
		expect(quoted(`${"x".repeat(71)}\u202e\u202e`)).toBe(`"${"x".repeat(71)}\\u202e..."`);
		expect(quoted(`${"x".repeat(76)}"""`)).toBe(`"${"x".repeat(76)}..."`);
		expect(quoted(`${"x".repeat(78)}"`)).toBe(`"${"x".repeat(78)}\\""`);
	});
});
