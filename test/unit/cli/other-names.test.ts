import { describe, expect, it } from "vitest";
import { dropInNames, type OtherCall, otherCallOf, runOther } from "../../../src/cli/other-names.ts";
import type { Host } from "../../../src/sys/native.ts";
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
		expect(called("abdicate", "as", "--", "tini", "--", "sh")).toEqual(["tini", "--", "sh"]);
		const asks = [
			["as", "--help"],
			["as", "-h", "gosu"],
			["as", "--version"],
			["--", "as", "gosu"],
		];
		expect(asks.map((each) => called("abdicate", ...each))).toEqual(asks.map(() => undefined));
		expect(dropInNames).not.toContain("fusermount");
		expect(failureOf(() => called("abdicate", "as", "fusermount"))).toBe('USAGE: "fusermount" is no program that this one can be');
		expect(failureOf(() => called("abdicate", "as", "su-exe"))).toBe(
			'USAGE: "su-exe" is no program that this one can be; did you mean "su-exec"?',
		);
	});

	it.each([
		[[], "as which program this one is to be called was not said"],
		[["--"], "as which program this one is to be called was not said"],
		[["-v", "gosu", "nobody"], 'as has no option "-v"'],
		[["--user", "app", "gosu"], 'as has no option "--user"'],
		[["--", "--help"], 'as has no option "--help"'],
		[["--", "nosuch"], '"nosuch" is no program that this one can be'],
		[[""], '"" is no program that this one can be'],
	])("is not passed over for what stands in its place: as %j", (words, said) => {
		expect(failureOf(() => called("abdicate", "as", ...words))).toBe(`USAGE: ${said}`);
	});

	it("is loaded when it is called", async () => {
		expect(await otherCallOf(["gosu"])?.other.load()).toBe((await import("../../../src/cli/drop-ins/gosu/gosu.ts")).gosu);
	});

	it.each([...dropInNames, "fusermount3"])("as the first process gets the mask that was found: %s", async (name) => {
		const masks: bigint[] = [];
		const host = {
			heldMask: () => 5n,
			sigmask: (mask: bigint) => {
				masks.push(mask);
				return 0n;
			},
		} as unknown as Host;
		const call = otherCallOf([name]);
		await runOther(host, { ...(call as OtherCall), other: { ...(call as OtherCall).other, load: async () => () => 0 } });
		expect(masks).toEqual(/init$|^tini/.test(name) ? [] : [5n]);
	});
});
