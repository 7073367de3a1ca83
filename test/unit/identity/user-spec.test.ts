import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGroup, parseUserSpec } from "../../../src/identity/user-spec.ts";
import { runs } from "../harness/runs.ts";
import { failureOf } from "./failures.ts";

const parsed = (text: string) => failureOf(() => parseUserSpec(text));

describe("parseUserSpec", () => {
	it.each([
		["app", { user: "app", group: undefined }],
		["1000", { user: 1000, group: undefined }],
		["0", { user: 0, group: undefined }],
		["root", { user: "root", group: undefined }],
		["app:video", { user: "app", group: "video" }],
		["1000:1000", { user: 1000, group: 1000 }],
		["app:44", { user: "app", group: 44 }],
		["1000:video", { user: 1000, group: "video" }],
		["4294967294:4294967294", { user: 4_294_967_294, group: 4_294_967_294 }],
		["www-data", { user: "www-data", group: undefined }],
		["Jörg.Müller@example.org", { user: "Jörg.Müller@example.org", group: undefined }],
		["user$", { user: "user$", group: undefined }],
		["domain user:domain users", { user: "domain user", group: "domain users" }],
		["EXAMPLE\\a b c", { user: "EXAMPLE\\a b c", group: undefined }],
		["1 a", { user: "1 a", group: undefined }],
		["1password", { user: "1password", group: undefined }],
	])("accepts %j", (text, expected) => {
		expect(parsed(text)).toEqual(expected);
	});

	it("rule 3.1: 4294967296 is refused", () => {
		expect(parsed("4294967296")).toBe('USER_INVALID: "4294967296" is not a user id');
		expect(parsed("1000:4294967296")).toBe('USER_INVALID: "4294967296" is not a group id');
	});

	it("rule 3.1: 4294967295, which means no change, is refused", () => {
		expect(parsed("4294967295")).toBe('USER_INVALID: "4294967295" is not a user id');
	});

	it.each(["-1", "+0", "+1000", "-app"])("rule 3.1: the sign of %j is refused", (text) => {
		expect(parsed(text)).toBe(`USER_INVALID: "${text}" is not a user name`);
	});

	it.each([" 0", "0 ", "app ", " app", "a  b", "a\tb", "a\u00a0b", " ", "0 0", "0 0x0", "0\n", "\t0", "app\r", "0\u00a0"])(
		"rule 3.1: the blank of %j is refused",
		(text) => {
			expect(parsed(text)).toMatch(/^USER_INVALID: .* is not a user name$/);
		},
	);

	it.each(["0x0", "0X1f", "0x", "0b1", "0o17"])("rule 3.1: %j is no name and no number", (text) => {
		expect(parsed(text)).toBe(`USER_INVALID: "${text}" is not a user name`);
	});

	it.each(["00", "01000", "0000001000"])("rule 3.1: the leading zero of %j is refused", (text) => {
		expect(parsed(text)).toBe(`USER_INVALID: "${text}" is not a user id`);
	});

	it("rule 3.2: all digits are an id, digits first may be a name", () => {
		expect(parsed("1000")).toEqual({ user: 1000, group: undefined });
		expect(parsed("1000a")).toEqual({ user: "1000a", group: undefined });
	});

	it.each([
		["", "the user is empty"],
		[":", "the user is empty"],
		[":1000", "the user is empty"],
		["app:", "the group is empty"],
		["a:b:c", '"a:b:c" has more than one colon'],
		["::", '"::" has more than one colon'],
		[".", '"." is not a user name'],
		["..", '".." is not a user name'],
		["a/b", '"a/b" is not a user name'],
		["/etc", '"/etc" is not a user name'],
		["#app", '"#app" is not a user name'],
		["a\u0000", '"a\\x00" is not a user name'],
		["a\u001b[1m", '"a\\x1b[1m" is not a user name'],
		["a\u0085b", '"a\\x85b" is not a user name'],
		["a\udcff", '"a\\xff" is not a user name'],
		["x".repeat(257), `"${"x".repeat(77)}..." is not a user name`],
	])("refuses %j", (text, message) => {
		expect(parsed(text)).toBe(`USER_INVALID: ${message}`);
	});

	it("accepts a name of 256 characters", () => {
		expect(parsed("x".repeat(256))).toEqual({ user: "x".repeat(256), group: undefined });
	});

	it("gives back every numeric spec digit by digit", () => {
		const id = fc.integer({ min: 0, max: 4_294_967_294 });
		fc.assert(
			fc.property(id, id, (user, group) => {
				expect(parseUserSpec(`${user}:${group}`)).toEqual({ user, group });
			}),
		);
	});

	it("refuses every number past the range", () => {
		fc.assert(
			fc.property(fc.bigInt({ min: 4_294_967_295n, max: 1n << 130n }), (number) => {
				expect(parsed(`${number}`)).toMatch(/^USER_INVALID: /);
				expect(parsed(`app:${number}`)).toMatch(/^USER_INVALID: /);
			}),
		);
	});

	it("rule 8.3: garbage is refused or comes back as it was written, and is 0 only when it was 0", () => {
		const garbage = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.string({ unit: fc.constantFrom("0", "1", "9", "x", "-", "+", ":", " ", "a", "\n") }),
		);
		fc.assert(
			fc.property(garbage, (text) => {
				const result = parsed(text);
				if (typeof result === "string") {
					expect(result).toMatch(/^USER_INVALID: /);
				} else {
					expect(result.group === undefined ? `${result.user}` : `${result.user}:${result.group}`).toBe(text);
				}
			}),
			{ numRuns: runs(2000) },
		);
	});
});

describe("parseGroup", () => {
	it("says where the group is written", () => {
		expect(failureOf(() => parseGroup("a:b", "groups.add"))).toBe('USER_INVALID: "a:b" is not a group name');
		expect([parseGroup("44"), parseGroup("video")]).toEqual([44, "video"]);
	});
});
