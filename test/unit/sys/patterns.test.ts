import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandPattern } from "../../../src/files/glob.ts";
import { matches, matchesAny } from "../../../src/report/pattern.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

describe("matches", () => {
	it.each([
		["redis.conf", "*.conf", true],
		["redis.conf", "*", true],
		["", "*", true],
		["", "", true],
		["", "?", false],
		["a", "", false],
		["DB_PASSWORD", "DB_*", true],
		["XDB_PASSWORD", "DB_*", false],
		["--help", "-*", true],
		["abcbc", "a*bc", true],
		["abcbd", "a*bc", false],
		["a*b", "a*b", true],
		["abc", "a?c", true],
		["ac", "a?c", false],
		["a.c", "a[.]c", false],
		["aXbYc", "a*b*c", true],
		["-?", "-\\?", true],
		["-v", "-\\?", false],
		["a*b", "a\\*b", true],
		["axb", "a\\*b", false],
		["a\\", "a\\", true],
		["a\\b", "a\\b", true],
		["\\x", "\\\\?", true],
		["a?b?c", "*\\?c", true],
		["a*", "a\\*", true],
		["a", "a\\*", false],
	])("%j against %j: %s", (text, pattern, expected) => {
		expect(matches(text, pattern)).toBe(expected);
	});

	it("agrees with a regular expression", () => {
		const letters = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?") });
		const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?", "\\*", "\\?"), maxLength: 8 });
		fc.assert(
			fc.property(letters, pattern, (text, wanted) => {
				const expression = new RegExp(`^${wanted.replace(/\\?[.*?]/g, (each) => ({ ".": "\\.", "*": ".*", "?": "." })[each] ?? each)}$`);
				expect(matches(text, wanted)).toBe(expression.test(text));
			}),
			{ numRuns: runs(2000) },
		);
	});

	it("does not blow up on many stars", () => {
		expect(matches("a".repeat(10_000), `${"*a".repeat(50)}b`)).toBe(false);
	});

	it("matchesAny needs one", () => {
		expect([matchesAny("b", ["a", "b"]), matchesAny("c", ["a", "b"]), matchesAny("c", [])]).toEqual([true, false, false]);
	});
});

describe("expandPattern", () => {
	const { host, files } = new FakeKernel({
		process: dockerRoot(),
		files: { "/dev/dri/card1": "", "/dev/dri/card0": "", "/dev/dri/.hidden": "", "/dev/snd/pcm": "", "/dev/null": "" },
	});

	it.each([
		["/dev/null", ["/dev/null"]],
		["/dev/none", ["/dev/none"]],
		["/dev/dri/*", ["/dev/dri/card0", "/dev/dri/card1"]],
		["/dev/dri/.*", ["/dev/dri/.hidden"]],
		["/dev/*/card?", ["/dev/dri/card0", "/dev/dri/card1"]],
		["/none/*", []],
		["/dev/null/*", []],
	])("%s", (pattern, expected) => {
		expect(expandPattern(host, pattern)).toEqual(expected);
		expect(files.openCount).toBe(0);
	});
});
