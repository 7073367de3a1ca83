import { describe, expect, it } from "vitest";
import { type DumbInitWish, parseDumbInit } from "../../../../src/cli/drop-ins/dumb-init/wish.ts";
import { failureOf } from "../../identity/failures.ts";

const plain: DumbInitWish = { command: ["app"], hasSession: true, rewritten: new Map(), isVerbose: false };
const parse = (words: string | readonly string[], environment: readonly string[] = []) =>
	failureOf(() =>
		parseDumbInit("dumb-init", typeof words === "string" ? words.split(" ").filter((word) => word !== "") : words, environment),
	);

describe("a command line of dumb-init", () => {
	it.each<[string, Partial<DumbInitWish>]>([
		["app", {}],
		["-- app --help -v", { command: ["app", "--help", "-v"] }],
		["app -c", { command: ["app", "-c"] }],
		["-c app", { hasSession: false }],
		["--single-child app", { hasSession: false }],
		["--sing app", { hasSession: false }],
		["--verbose -vc app", { isVerbose: true, hasSession: false }],
		[
			"--rewrite 15:2 -r15:3 --rewrite=28:0 app",
			{
				rewritten: new Map([
					[15, 3],
					[28, 0],
				]),
			},
		],
		["-vr 9:3 app", { isVerbose: true, rewritten: new Map([[9, 3]]) }],
		["-r 15:2, app", { rewritten: new Map([[15, 2]]) }],
	])("dumb-init %s", (line, expected) => {
		expect(parse(line)).toEqual({ ...plain, ...expected });
	});

	it.each([
		["-h", "help"],
		["--help --bogus", "help"],
		["-cV", "version"],
		["--version", "version"],
	])("dumb-init %s prints", (line, printed) => {
		expect(parse(line)).toBe(printed);
	});

	const form = "expected the number of a signal, a colon, and the number of another or 0, as in 15:3";
	it.each([
		["", "USAGE: no program was given"],
		["-c", "USAGE: no program was given"],
		["--bogus app", 'USAGE: there is no option "--bogus"'],
		["--ver app", 'USAGE: "--ver" could be --verbose or --version'],
		["--verbose=1 app", "USAGE: --verbose takes no value"],
		["-r", "USAGE: -r needs a value"],
		["--rewrite", "USAGE: --rewrite needs a value"],
		...["15:99", "TERM:INT", ":15", "-1:15", "32:15", "0:1", "15", "15::12", "15:derp", "4294967311:2"].map((text) => [
			`-r ${text} app`,
			`CONFIG_INVALID_VALUE: -r "${text}": ${form}`,
		]),
	])("dumb-init %s is refused", (line = "", message = "") => {
		expect(parse(line)).toBe(message);
	});

	it.each<[string, Partial<DumbInitWish>]>([
		["DUMB_INIT_SETSID=0", { hasSession: false }],
		["DUMB_INIT_SETSID=", {}],
		["DUMB_INIT_SETSID=false", {}],
		["DUMB_INIT_DEBUG=1", { isVerbose: true }],
		["DUMB_INIT_DEBUG=2", {}],
	])("%s", (entry, expected) => {
		expect(parse("app", [entry])).toEqual({ ...plain, ...expected });
	});
});
