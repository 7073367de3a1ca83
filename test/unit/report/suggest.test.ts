import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest, suggestion } from "../../../src/report/suggest.ts";

const keys = ["user", "groups", "home", "capabilities", "keep", "securebits", "no_new_privileges"];

describe("nearest", () => {
	it.each([
		["usr", "user"],
		["USER", "user"],
		["keeep", "keep"],
		["capabilites", "capabilities"],
		["no-new-privileges", "no_new_privileges"],
		["xyz", undefined],
		["", undefined],
		["completely different", undefined],
	])("of %j is %j", (word, expected) => {
		expect(nearest(word, keys)).toBe(expected);
	});

	it.each([
		["not_exists", ["exists", "env"], undefined],
		["no_exist", ["exists"], undefined],
		["unmount", ["mount"], undefined],
		["umount", ["mount"], undefined],
		["env_set", ["env_unset"], undefined],
		["sets", ["unset"], undefined],
		["new_privileges", ["no_new_privileges"], undefined],
		["--no-keep", ["--keep"], undefined],
		["not_exist", ["exists", "not_exists"], "not_exists"],
		["unst", ["set", "unset"], "unset"],
		["nofiles", ["file", "nofile"], "nofile"],
		["noot", ["noroot", "root"], "root"],
	])("of %j, among %j, is never the opposite: %j", (word, known, expected) => {
		expect(nearest(word, known)).toBe(expected);
	});

	it("finds every word itself, and after one slip of a long one", () => {
		fc.assert(
			fc.property(fc.constantFrom(...keys), fc.nat(), (key, at) => {
				const slip = `${key.slice(0, at % key.length)}${key.slice((at % key.length) + 1)}`;
				expect([nearest(key, keys), nearest(slip, keys)]).toEqual([key, key]);
			}),
		);
	});

	it("has nothing to say about a word of any length, at once", () => {
		expect(nearest("x".repeat(1_000_000), keys)).toBeUndefined();
	});
});

describe("suggestion", () => {
	it("is the end of a message, or nothing", () => {
		expect([suggestion("usr", keys), suggestion("xyz", keys)]).toEqual(['; did you mean "user"?', ""]);
	});
});
