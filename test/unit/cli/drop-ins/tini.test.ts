import { describe, expect, it } from "vitest";
import { parseTini, type TiniWish } from "../../../../src/cli/drop-ins/tini/wish.ts";
import { signalNames } from "../../../../src/config/signals.ts";
import { failureOf } from "../../identity/failures.ts";

const plain: TiniWish = {
	command: ["app"],
	isSubreaper: false,
	toGroup: false,
	tellsOfZombies: false,
	verbosity: 1,
	expected: [],
	parentDeathSignal: undefined,
};
const parse = (words: string | readonly string[], environment: readonly string[] = []) =>
	failureOf(() => parseTini("tini", typeof words === "string" ? words.split(" ").filter((word) => word !== "") : words, environment));

describe("a command line of tini", () => {
	it.each<[string, Partial<TiniWish>]>([
		["app", {}],
		["-- app", {}],
		["-- -- app", { command: ["--", "app"] }],
		["- app", { command: ["-", "app"] }],
		["-s app", { isSubreaper: true }],
		["-wgv -- app a", { tellsOfZombies: true, toGroup: true, verbosity: 2, command: ["app", "a"] }],
		["-vv -v app", { verbosity: 4 }],
		["-e 143 -e0 -ge 7 app", { expected: [143, 0, 7], toGroup: true }],
		["-e0143 app", { expected: [143] }],
		["-p SIGKILL app", { parentDeathSignal: 9 }],
		["-p SIGTERM -pSIGUSR1 app", { parentDeathSignal: 10 }],
		// What the musl build does, and no other: the program's options are its own.
		["php-fpm -F", { command: ["php-fpm", "-F"] }],
		["app -s x -- -h", { command: ["app", "-s", "x", "--", "-h"] }],
		["--version app", { command: [] as never }],
	])("tini %s", (line, expected) => {
		expect(parse(line)).toEqual(line.startsWith("--version") ? 'USAGE: there is no option "--version"' : { ...plain, ...expected });
	});

	it.each([
		["--version", "version"],
		["-h", "help"],
		["-sh -x", "help"],
		["-l", "licence"],
	])("tini %s prints", (line, printed) => {
		expect(parse(line)).toBe(printed);
	});

	it.each([
		["", "USAGE: no program was given"],
		["-s --", "USAGE: no program was given"],
		["-x -h", 'USAGE: there is no option "-x"'],
		["-e", "USAGE: -e needs a value"],
		["-e -1 app", 'CONFIG_INVALID_VALUE: -e "-1": expected an exit status, 0 to 255'],
		["-e 256 app", 'CONFIG_INVALID_VALUE: -e "256": expected an exit status, 0 to 255'],
		["-e 1x app", 'CONFIG_INVALID_VALUE: -e "1x": expected an exit status, 0 to 255'],
		["-p TERM app", 'CONFIG_INVALID_VALUE: -p "TERM": expected the name of a signal, such as SIGTERM'],
		["-p SIGPWR app", 'CONFIG_INVALID_VALUE: -p "SIGPWR": expected the name of a signal, such as SIGTERM'],
		["-p SIG app", 'CONFIG_INVALID_VALUE: -p "SIG": expected the name of a signal, such as SIGTERM'],
	])("tini %s is refused", (line, message) => {
		expect(parse(line)).toBe(message);
	});

	it("takes nothing for the status 0, as its peer does", () => {
		expect(parse(["-e", "", "app"])).toEqual({ ...plain, expected: [0] });
	});

	it("knows every name of a signal that its peer knows", () => {
		const known = signalNames.filter((name) => typeof parse(`-p SIG${name} app`) !== "string");
		expect(signalNames.filter((name) => !known.includes(name))).toEqual(["STKFLT", "IO", "PWR"]);
	});

	it.each<[string, Partial<TiniWish>]>([
		["TINI_SUBREAPER=", { isSubreaper: true }],
		["TINI_SUBREAPER=0", { isSubreaper: true }],
		["TINI_KILL_PROCESS_GROUP=", { toGroup: true }],
		["TINI_VERBOSITY=3", { verbosity: 3 }],
		["TINI_VERBOSITY=", { verbosity: 0 }],
		["TINI_VERBOSITY=x", { verbosity: 0 }],
		["TINI_VERBOSITY= 2x", { verbosity: 2 }],
		["TINI_VERBOSITY=-1", { verbosity: 4 }],
		["XTINI_SUBREAPER=1", {}],
	])("%s", (entry, expected) => {
		expect(parse("-vv app", [entry])).toEqual({ ...plain, verbosity: 3, ...expected });
	});
});
