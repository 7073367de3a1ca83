import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OptionForm, parseWords, readWords } from "../../../../src/cli/drop-ins/common/options.ts";
import { runs } from "../../harness/runs.ts";
import { failureOf } from "../../identity/failures.ts";

const forms: readonly OptionForm[] = [
	{ name: "dump", short: "d", long: "dump" },
	{ name: "nnp", long: ["nnp", "no-new-privs"] },
	{ name: "reuid", long: "reuid", value: "required" },
	{ name: "regid", long: "regid", value: "required" },
	{ name: "reset-env", long: "reset-env" },
	{ name: "groups", short: "g", value: "required" },
	{ name: "verbose", short: "v" },
	{ name: "mode", long: "mode", short: "m", value: "optional" },
];
const parsed = (...words: readonly string[]) => {
	const { options, rest } = parseWords(forms, words);
	return [options.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)), rest];
};

describe("the options of a drop-in, as getopt_long has them", () => {
	it("end with the first word that is none", () => {
		expect(parsed("--nnp", "-d", "app", "--dump", "--")).toEqual([
			["nnp", "dump"],
			["app", "--dump", "--"],
		]);
		expect(parsed("--nnp", "--", "-d")).toEqual([["nnp"], ["-d"]]);
		expect(parsed("-", "-d")).toEqual([[], ["-", "-d"]]);
		expect(parsed()).toEqual([[], []]);
	});

	it("take a value with = or as the next word, which may look like anything", () => {
		expect(parsed("--reuid=1000", "--regid", "-1", "a")).toEqual([["reuid=1000", "regid=-1"], ["a"]]);
		expect(parsed("--reuid=", "--regid=a=b", "--reuid", "--")).toEqual([["reuid=", "regid=a=b", "reuid=--"], []]);
	});

	it("may be shortened to what no other begins with", () => {
		expect(parsed("--no-new", "--reu=1", "--rese")).toEqual([["nnp", "reuid=1", "reset-env"], []]);
		expect(failureOf(() => parsed("--re"))).toBe('USAGE: "--re" could be --reuid or --regid or --reset-env');
		expect(parsed("--n")).toEqual([["nnp"], []]);
	});

	it("stand in bundles, in which one that takes a value is the last", () => {
		expect(parsed("-vdv", "-vgroot", "-g", "-v", "-mx", "-m", "x")).toEqual([
			["verbose", "dump", "verbose", "verbose", "groups=root", "groups=-v", "mode=x", "mode"],
			["x"],
		]);
	});

	it("are read one after the other", () => {
		const read = readWords(forms, ["-d", "--nope"]);
		expect(read.next().value).toEqual({ name: "dump", value: undefined, written: "-d" });
		expect(failureOf(() => read.next())).toBe('USAGE: there is no option "--nope"');
	});

	it("rule 8.3: whatever the words are, the rest is what they end with, or they are refused", () => {
		const word = fc.oneof(fc.string(), fc.constantFrom("--", "-", "--reuid", "--re=1", "-vg", "-m", "--dump", "--nnp=", "app"));
		fc.assert(
			fc.property(fc.array(word, { maxLength: 6 }), (words) => {
				const found = failureOf(() => parseWords(forms, words));
				return typeof found === "string" || found.rest.join("\0") === words.slice(words.length - found.rest.length).join("\0");
			}),
			{ numRuns: runs(1000) },
		);
	});

	it.each([
		[["--nope"], 'USAGE: there is no option "--nope"'],
		[["--nope=secret"], 'USAGE: there is no option "--nope"'],
		[["--dumb"], 'USAGE: there is no option "--dumb"; did you mean "--dump"?'],
		[["--=x"], 'USAGE: there is no option "--"'],
		[["-dx"], 'USAGE: there is no option "-x"'],
		[["-\u001b"], 'USAGE: there is no option "-\\x1b"'],
		[["--dump=1"], "USAGE: --dump takes no value"],
		[["--reuid"], "USAGE: --reuid needs a value"],
		[["-vg"], "USAGE: -g needs a value"],
	])("are refused: %j", (words, message) => {
		expect(failureOf(() => parsed(...words))).toBe(message);
	});
});
