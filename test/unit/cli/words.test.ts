import { describe, expect, it } from "vitest";
import { callOf, speechFor } from "../../../src/cli/call.ts";
import { unknownWords } from "../../../src/cli/log-words.ts";
import { parseOptions } from "../../../src/cli/options.ts";
import { optionsIn, takeApart } from "../../../src/cli/words.ts";
import type { Failure } from "../../../src/report/failure.ts";
import { shellWord } from "../../../src/report/shell.ts";
import type { Host } from "../../../src/sys/native.ts";
import { runTools } from "../../../src/tools/tools.ts";
import { failureOf } from "../identity/failures.ts";

describe("a command line", () => {
	it("is ours up to the first --", () => {
		expect(["", "-v", "-- a", "-v -- a -- b"].map((line) => takeApart(line.split(" ").filter((word) => word !== "")))).toEqual([
			{ own: [], command: [] },
			{ own: ["-v"], command: [] },
			{ own: [], command: ["a"] },
			{ own: ["-v"], command: ["a", "--", "b"] },
		]);
	});

	it("is read to its end, whatever is wrong in it", () => {
		const read = optionsIn(["--nope=1", "-e", "--log-format=json", "--quiet=x", "word", "-u"]);
		expect(read.map(({ written, row, value }) => [written, row?.long, value])).toEqual([
			["--nope=1", undefined, "1"],
			["-e", "env", "--log-format=json"],
			["--quiet=x", "quiet", "x"],
			["word", undefined, undefined],
			["-u", "user", undefined],
		]);
	});

	it.each([
		[["--user", "--", "x"], "USAGE: --user needs a value: USER"],
		[["--quiet=1"], "USAGE: --quiet takes no value"],
		[["--usr=app"], 'USAGE: unknown option "--usr"; did you mean "--user"?'],
		[["word"], 'USAGE: unexpected argument "word"'],
		[["-u", "a", "--user=b"], "USAGE: --user is given twice"],
		[["--log-format", "xml"], 'USAGE: --log-format "xml": expected text or json'],
		[["--no-new-privileges", "1"], 'USAGE: --no-new-privileges "1": expected true or false'],
	])("is refused: %j", (args, message) => {
		expect(failureOf(() => parseOptions(args))).toBe(message);
	});

	it("is refused with all that is wrong, but for what only follows", () => {
		const told = (args: readonly string[]) => {
			try {
				parseOptions(args);
			} catch (error) {
				return (error as Failure).diagnostics.map(({ message }) => message);
			}
			return [];
		};
		expect(told(["--usr", "app", "--quiet=1", "--kep=CHOWN", "word", "other", "--log-format", "xml", "-u"])).toEqual([
			'unknown option "--usr"; did you mean "--user"?',
			"--quiet takes no value",
			'unknown option "--kep"; did you mean "--keep"?',
			'unexpected argument "word"',
			'unexpected argument "other"',
			'--log-format "xml": expected text or json',
			"--user needs a value: USER",
		]);
	});
});

describe("how to speak", () => {
	const text = { format: "text", level: 0 };
	const json = { format: "json", level: 0 };

	it.each([
		[[], text],
		[["--log-format", "json"], json],
		[["--log-format=json"], json],
		[["run", "--log-format=json"], json],
		[["enter", "-q", "--log-format", "json", "--", "ls"], { format: "json", level: -1 }],
		[["--dry-run", "--log-format=json"], json],
		[["-v", "--usr", "app", "--log-format=json"], { format: "json", level: 1 }],
		[["-q", "-v"], { format: "text", level: -1 }],
		[["--log-format=xml"], text],
		[["--log-format"], text],
		[["--", "--log-format=json", "-v"], text],
		[["--", "prog", "--log-format", "json"], text],
		[["-e", "--log-format=json"], text],
		[["-e", "-v"], text],
		[["check", "--log-format=json"], text],
		[["nothing", "--log-format=json"], text],
	])("is known from %j", async (args, speech) => {
		expect(await speechFor(args, ["ABDICATE_LOG=text"])).toEqual(speech);
	});

	it.each([
		[[], json],
		[["check", "f"], json],
		[["nothing"], json],
		[["--log-format", "text"], text],
		[["--log-format", "xml"], json],
		[["--", "--log-format=text"], json],
	])("is known from the environment for %j", async (args, speech) => {
		expect(await speechFor(args, ["A=b", "ABDICATE_LOG=json"])).toEqual(speech);
	});
});

describe("ABDICATE_LOG", () => {
	it.each<[string, readonly string[], object]>([
		["verbose,json", [], { format: "json", level: 1 }],
		["json,verbose", [], { format: "json", level: 1 }],
		[" quiet , text ", [], { format: "text", level: -1 }],
		["verbose", [], { format: "text", level: 1 }],
		["verbose,normal", [], { format: "text", level: 0 }],
		["quiet,verbose,text,json", [], { format: "json", level: 1 }],
		["verbose,json", ["-q"], { format: "json", level: -1 }],
		["quiet,json", ["-v", "--log-format=text"], { format: "text", level: 1 }],
		["verbose,json", ["check"], { format: "json", level: 1 }],
		["", [], { format: "text", level: 0 }],
		[",", [], { format: "text", level: 0 }],
		["verbos,json,debug", [], { format: "json", level: 0, unknown: ["verbos", "debug"] }],
		["constructor", [], { format: "text", level: 0, unknown: ["constructor"] }],
	])("is words: %j with %j", async (value, args, speech) => {
		expect(await speechFor(args, [`ABDICATE_LOG=${value}`])).toEqual(speech);
	});

	it("is told what it does not know", () => {
		expect(unknownWords(["verbos", "JSON", "de\u001bbug"])).toBe(
			'ABDICATE_LOG: "verbos" (did you mean "verbose"?), "JSON" (did you mean "json"?), "de\\x1bbug" is none of its words, which are quiet, normal, verbose, text, json, with commas between them',
		);
	});
});

describe("what is called", () => {
	it.each([
		[[], "run", []],
		[["-v", "--", "plan"], "run", ["-v", "--", "plan"]],
		[["run", "--", "--help"], "run", ["--", "--help"]],
		[["enter", "--", "sh"], "enter", ["--", "sh"]],
		[["enter", "--help"], "tools", ["enter", "--help"]],
		[["run", "--dry-run", "--", "x"], "tools", ["run", "--dry-run", "--", "x"]],
		[["check", "f"], "tools", ["check", "f"]],
	])("is known from %j", (args, wants, rest) => {
		expect(callOf(args)).toEqual({ wants, args: rest });
	});

	it.each(["redis-server", "runn", ""])("is no workload without an option before it: %j", async (word) => {
		expect(callOf([word])).toEqual({ wants: "tools", args: [word] });
		await expect(runTools({} as Host, [word], { format: "text", level: 0 })).rejects.toMatchObject({
			diagnostics: [{ code: "USAGE", remedy: [`to run it as the workload, write -- before it: abdicate -- ${shellWord(word)}`] }],
		});
	});
});
