import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMet, raised, whyIncomparable } from "../../../src/steps/common/setting-value.ts";
import { runs } from "../harness/runs.ts";

const least = (value: string) => ({ value, atLeast: true });

describe("a value that may be more", () => {
	it.each([
		["262144", "65530", "262144"],
		["262144", "262144", "262144"],
		["262144", "1048576", "1048576"],
		["9007199254740993", "9007199254740992", "9007199254740993"],
		["9223372036854775807", "18446744073709551615", "18446744073709551615"],
		["4096 87380 16777216", "4096 131072 6291456", "4096 131072 16777216"],
		["32768 60999", "1024 65535", "32768 65535"],
		["-1", "-5", "-1"],
		["-1", "0", "0"],
	])("%s: %s becomes %s", (wanted, found, written) => {
		expect([whyIncomparable(least(wanted), found), raised(least(wanted), found), isMet(least(wanted), found)]).toEqual([
			undefined,
			written,
			written === found,
		]);
	});

	it.each([
		["1", "cubic", "which is no number"],
		["1", "", "which is no number"],
		["1", "0x10", "which is no number"],
		["1", "1 2", "which has 2 numbers, not 1"],
		["1 2 3", "1", "which has 1 numbers, not 3"],
		["950000", "-1", "which may mean no limit at all"],
		["0 0", "5 -1", "which may mean no limit at all"],
	])("%s is not held against %s", (wanted, found, why) => {
		expect([whyIncomparable(least(wanted), found), isMet(least(wanted), found)]).toEqual([why, false]);
	});

	it("lowers nothing, and is met by what is written", () => {
		const numbers = fc.array(fc.bigInt(-2n, 2n ** 64n), { minLength: 3, maxLength: 3 });
		fc.assert(
			fc.property(numbers, numbers, (wanted, found) => {
				const [setting, present] = [least(wanted.join(" ")), found.join(" ")];
				fc.pre(whyIncomparable(setting, present) === undefined);
				const written = raised(setting, present);
				expect(written.split(" ").map((each, index) => BigInt(each) >= (found[index] as bigint))).toEqual([true, true, true]);
				expect(isMet(setting, written)).toBe(true);
			}),
			{ numRuns: runs(1000) },
		);
	});
});

describe("a value that is written out", () => {
	it.each([
		["1", "1", true],
		["1", "2", false],
		["cubic", "cubic", true],
		["1 2", "1 2", true],
		["-1", "0", false],
	])("%s and %s", (value, found, expected) => {
		const setting = { value, atLeast: false };
		expect([isMet(setting, found), raised(setting, found), whyIncomparable(setting, found)]).toEqual([expected, value, undefined]);
	});
});
