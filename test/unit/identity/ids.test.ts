import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseId, toGid, toUid } from "../../../src/identity/ids.ts";

describe("parseId", () => {
	it.each([
		["0", 0],
		["1", 1],
		["1000", 1000],
		["4294967294", 4_294_967_294],
		["4294967295", "invalid"],
		["4294967296", "invalid"],
		["18446744073709551616", "invalid"],
		["00", "invalid"],
		["01000", "invalid"],
		["", undefined],
		["-1", undefined],
		["+1", undefined],
		[" 1", undefined],
		["1 ", undefined],
		["1\n", undefined],
		["0x10", undefined],
		["1e3", undefined],
		["1.0", undefined],
		["１", undefined],
		["root", undefined],
	])("reads %j as %j", (text, expected) => {
		expect(parseId(text)).toBe(expected);
	});

	it("gives back every id digit by digit", () => {
		fc.assert(fc.property(fc.integer({ min: 0, max: 4_294_967_294 }), (id) => parseId(String(id)) === id));
	});

	it("refuses every number past the range, however long", () => {
		fc.assert(fc.property(fc.bigInt({ min: 4_294_967_295n, max: 1n << 200n }), (number) => parseId(number.toString()) === "invalid"));
	});
});

describe("toUid and toGid", () => {
	it.each([-1, 4_294_967_295, 4_294_967_296, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("refuse %d", (value) => {
		expect(() => toUid(value)).toThrow(RangeError);
		expect(() => toGid(value)).toThrow(RangeError);
	});

	it("take the ends of the range", () => {
		expect([toUid(0), toGid(4_294_967_294)]).toEqual([0, 4_294_967_294]);
	});
});
