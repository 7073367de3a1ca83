import { type GenericSchema, safeParse } from "valibot";
import { describe, expect, it } from "vitest";
import * as fields from "../../../src/config/fields.ts";
import { typedScalar } from "../../../src/config/scalar.ts";

/** What a schema makes of text as it stands in the file without quotes; `undefined` when it refuses. */
function read(schema: GenericSchema, text: string): unknown {
	const result = safeParse(schema, typedScalar({ text, plain: true }));
	return result.success ? result.output : undefined;
}

type Cases = readonly (readonly [written: string, value: unknown])[];

const refused = (...texts: string[]): Cases => texts.map((text) => [text, undefined]);

const cases: Readonly<Record<string, readonly [GenericSchema, Cases]>> = {
	fileMode: [
		fields.fileMode(),
		[
			["0755", 0o755],
			["755", 0o755],
			["0o755", 0o755],
			["03775", 0o3775],
			["4755", 0o4755],
			["0000", 0],
			...refused("0789", "7", "77", "77777", "0x1ff", "-755", "u+x", "755.0", "true", "", " 755"),
		],
	],
	umask: [fields.umask(), [["0027", 0o027], ["27", 0o027], ["0", 0], ["0o077", 0o077], ...refused("1777", "08", "-1", "022 ", "")]],
	duration: [
		fields.duration(),
		[
			["10s", 10_000],
			["500ms", 500],
			["2m", 120_000],
			["1h", 3_600_000],
			["30", 30_000],
			["0", 0],
			["2147483s", 2_147_483_000],
			...refused("2147484s", "600h", "9999999h", "1d", "1.5s", "-1s", "s", "", "1 s", "99999999"),
		],
	],
	flag: [fields.flag(), [["true", true], ["TRUE", true], ["false", false], ...refused("yes", "1", "0", "on", "")]],
	integer: [fields.integer(-20, 19), [["-20", -20], ["19", 19], ["0", 0], ...refused("20", "-21", "1.0", "0x1", "+1", "01", "")]],
	path: [
		fields.path(),
		[
			["/", "/"],
			["/a b", "/a b"],
			[".", "."],
			["./a", "./a"],
			["../a", "../a"],
			[`/${"a".repeat(4094)}`, `/${"a".repeat(4094)}`],
			...refused("a", "a/b", ".a", "...", "~", "~/a", "", "1", `/${"a".repeat(4095)}`),
		],
	],
	nonEmptyText: [fields.nonEmptyText(), [["a", "a"], ["1000", "1000"], ["0027", "0027"], ...refused("", "~", "true")]],
	environmentName: [fields.environmentName(), [["A", "A"], ["a.b", "a.b"], ...refused("", "A=b", "1")]],
	capabilityName: [fields.capabilityName(), [["KILL", 5], ["cap_kill", 5], ...refused("ALL", "5", "cap_42", "KİLL", "")]],
};

describe.each(Object.entries(cases))("%s", (_, [schema, expected]) => {
	it.each(expected)("%j", (written, value) => {
		expect(read(schema, written)).toEqual(value);
	});
});

describe("what came out of an interpolation is text, and read as strictly", () => {
	it.each<[string, GenericSchema, string, unknown]>([
		["integer", fields.integer(0, 65_536), "65536", 65_536],
		["integer", fields.integer(0, 65_536), "65536 ", undefined],
		["integer", fields.integer(0, 65_536), "1e3", undefined],
		["flag", fields.flag(), "true", true],
		["flag", fields.flag(), "True", undefined],
		["fileMode", fields.fileMode(), "0640", 0o640],
		["duration", fields.duration(), "10", 10_000],
	])("%s", (_, schema, text, value) => {
		const result = safeParse(schema, text);
		expect(result.success ? result.output : undefined).toEqual(value);
	});
});

it("no text holds NUL", () => {
	for (const schema of [fields.text(), fields.nonEmptyText(), fields.path(), fields.environmentName()]) {
		expect(safeParse(schema as GenericSchema, "/a\0b").success).toBe(false);
	}
});
