import { describe, expect, it } from "vitest";
import { dropInNames, otherCallOf } from "../../../src/cli/other-names.ts";
import { failureOf } from "../identity/failures.ts";

const called = (...words: readonly string[]) => {
	const call = otherCallOf(words);
	return call && [call.name, ...call.args];
};

describe("a program under another name", () => {
	it("is the one that the last part of argv[0] says, and that alone", () => {
		expect(
			[["gosu", "a"], ["/usr/local/bin/gosu", "as", "b"], ["./su-exec"], ["/sbin/fusermount3", "-u"]].map((each) => called(...each)),
		).toEqual([["gosu", "a"], ["gosu", "as", "b"], ["su-exec"], ["fusermount3", "-u"]]);
		const own = [["abdicate", "gosu"], ["gosu/"], ["gosu.real"], ["GOSU"], ["-gosu"], ["gosu/abdicate"], [""], []];
		expect(own.map((each) => called(...each))).toEqual(own.map(() => undefined));
	});

	it("is asked for by `as` as well, but for one that only a program calls", () => {
		expect(called("abdicate", "as", "gosu", "--version")).toEqual(["gosu", "--version"]);
		expect([called("abdicate", "as"), called("abdicate", "as", "--help"), called("abdicate", "--", "as", "gosu")]).toEqual([
			undefined,
			undefined,
			undefined,
		]);
		expect(dropInNames).not.toContain("fusermount");
		expect(failureOf(() => called("abdicate", "as", "fusermount"))).toBe('USAGE: "fusermount" is no program that this one can be');
		expect(failureOf(() => called("abdicate", "as", "su-exe"))).toBe(
			'USAGE: "su-exe" is no program that this one can be; did you mean "su-exec"?',
		);
	});

	it("is loaded when it is called", async () => {
		expect(await otherCallOf(["gosu"])?.load()).toBe((await import("../../../src/cli/drop-ins/gosu/gosu.ts")).gosu);
	});
});
