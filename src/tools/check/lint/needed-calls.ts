import { exceptions, programsFor } from "../../../confine/seccomp/exceptions.ts";
import { quoted } from "../../../report/text.ts";
import { isAlways } from "../../seccomp/words.ts";
import { type Found, placeOfWord, type Rule, wordsOfCommand } from "./rule.ts";
import { profileIn } from "./seccomp-rules.ts";

/** What a command is known by to make calls that docker-default refuses. */
interface Need {
	/** The name that `allow` takes for it. */
	readonly allow: string;
	readonly calls: readonly string[];
	/** Which word of the command says so; -1 for none. `names` are the words without their directories. */
	readonly find: (words: readonly string[], names: readonly string[]) => number;
}

/** What words of a command line ask for, whatever the program is called. */
const options: Readonly<Partial<Record<keyof typeof exceptions, RegExp>>> = {
	io_uring: /(?:^|[=:,-])io_uring\b/,
	numa: /^--?(?:innodb[-_]numa[-_]interleave|numa)(?:=(?:1|on|true|distribute|isolate))?$/i,
};

/** A browser is told so to do without its sandbox. */
const withoutSandbox = /^--no-sandbox$/;

const architectureChangers = ["setarch", "linux32", "linux64", "i386", "x86_64"];
/** What asks for more than another architecture, or an older kernel's number, which everybody may have. setarch(8) */
const persona = /^(?:-[a-zA-Z0-9]*[RFZLXBIST3]|--(?:32bit|fdpic|short|addr|whole|sticky|read|mmap|3gb|4gb))/;
/** They start what they look at with addresses that are not randomised. */
const debuggers = ["gdb", "gdbserver", "rr"];

const needs: readonly Need[] = [
	...(Object.keys(exceptions) as (keyof typeof exceptions)[]).map(
		(exception): Need => ({
			allow: exception,
			calls: exceptions[exception].calls,
			find: (words, names) =>
				exception === "browser" && words.some((word) => withoutSandbox.test(word))
					? -1
					: words.findIndex((word, at) => programsFor[exception].includes(names[at] ?? "") || options[exception]?.test(word) === true),
		}),
	),
	{
		allow: "personality",
		calls: ["personality"],
		find: (words, names) =>
			names.findIndex(
				(name, at) =>
					debuggers.includes(name) ||
					(architectureChangers.includes(name) && words.slice(at + 1, at + 4).some((word) => persona.test(word))),
			),
	},
];

const runtimeToo =
	"the runtime's own filter refuses it too, and what one of two refuses is refused: --security-opt seccomp=unconfined, as plan --format docker says";

export const neededCalls: Rule = {
	severity: "warning",
	summary: "The seccomp filter refuses what the command is known to need: a browser, bubblewrap, perf, io_uring, NUMA, a debugger.",
	find: (subject) => {
		const { seccomp } = subject;
		const words = wordsOfCommand(subject);
		const names = words.map((word) => word.slice(word.lastIndexOf("/") + 1));
		return needs.flatMap(({ allow, calls, find }): Found[] => {
			const index = find(words, names);
			const refused = seccomp === undefined || index < 0 ? [] : calls.filter((call) => !isAlways(seccomp.judge(call)));
			return seccomp === undefined || refused.length === 0
				? []
				: [
						{
							at: placeOfWord(subject, index, "seccomp"),
							message: `${quoted(words[index] ?? "")} is known to need ${refused.join(", ")}, which the filter refuses`,
							remedy: [`seccomp: {profile: ${profileIn(seccomp)}, allow: [${allow}]}; explain ${allow} says what that opens`, runtimeToo],
						},
					];
		});
	},
};
