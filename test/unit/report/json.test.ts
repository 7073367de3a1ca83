import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { json } from "../../../src/report/json.ts";

describe("JSON", () => {
	it.each<[string, unknown, string]>([
		["half a character", "caf\udcc3", String.raw`"caf\\xc3"`],
		["several bytes, and a key", { "\udc80": "\udcff\udcfe" }, String.raw`{"\\x80":"\\xff\\xfe"}`],
		["a surrogate that is no byte", "\ud83d", String.raw`"\\ud83d"`],
		["words that look like an escape", "\\udc80", String.raw`"\\udc80"`],
		["a backslash before a byte", "\\\udc80", String.raw`"\\\\x80"`],
		["a whole character", "\u{1f600}", '"\u{1f600}"'],
	])("has no surrogate alone: %s", (_, value, expected) => {
		expect(json(value)).toBe(expected);
	});

	it("is text to who reads it, whatever it was", () => {
		fc.assert(
			fc.property(
				fc.string({ unit: "binary" }).map((text) => `${text}\udcc3`),
				(text) => {
					expect((JSON.parse(json([text])) as [string])[0]).not.toMatch(/[\ud800-\udfff]/u);
				},
			),
		);
	});
});
