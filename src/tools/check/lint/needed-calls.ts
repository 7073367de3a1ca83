import { exceptions, programsFor } from "../../../confine/seccomp/exceptions.ts";
import { baseName } from "../../../files/path-text.ts";
import { quoted } from "../../../report/text.ts";
import { isAlways } from "../../seccomp/words.ts";
import { type Found, placeOfWord, type Rule, wordsOfCommand } from "./rule.ts";
import { profileIn } from "./seccomp-rules.ts";

/** What a command is known by to make calls that docker-default refuses. */
interface Need {
	/** The name that `allow` takes for it, or what it keeps in any case, which opens them. */
	readonly by: { readonly allow: string } | { readonly keep: string };
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

/** Programs whose calls a capability opens, which they need in any case. */
const keeping: Readonly<Record<string, { readonly calls: readonly string[]; readonly keep: string }>> = {
	bpftrace: { calls: ["bpf", "perf_event_open"], keep: "BPF, PERFMON" },
	bpftool: { calls: ["bpf"], keep: "BPF" },
	"systemd-nspawn": { calls: ["clone", "unshare", "mount", "umount2"], keep: "SYS_ADMIN" },
};

const needs: readonly Need[] = [
	...(Object.keys(exceptions) as (keyof typeof exceptions)[]).map(
		(exception): Need => ({
			by: { allow: exception },
			calls: exceptions[exception].calls,
			find: (words, names) =>
				exception === "browser" && words.some((word) => word.split(/\s+/).some((each) => withoutSandbox.test(each)))
					? -1
					: words.findIndex((word, at) => programsFor[exception].includes(names[at] ?? "") || options[exception]?.test(word) === true),
		}),
	),
	{
		by: { allow: "personality" },
		calls: ["personality"],
		find: (words, names) =>
			names.findIndex(
				(name, at) =>
					debuggers.includes(name) ||
					(architectureChangers.includes(name) && words.slice(at + 1, at + 4).some((word) => persona.test(word))),
			),
	},
	...Object.entries(keeping).map(([name, { calls, keep }]): Need => ({ by: { keep }, calls, find: (_, names) => names.indexOf(name) })),
];

/** What a word of a command line starts, by its last name: of a script after `-c` what stands after exec, or first. */
function startedBy(word: string, before: string | undefined): string {
	const isScript = before !== undefined && /^-[a-z]*c$/.test(before);
	const [, program = word] = (isScript && (/(?:^|[\s;&|])exec\s+([^\s;&|-][^\s;&|]*)/.exec(word) ?? /^\s*([^\s;&|]+)/.exec(word))) || [];
	return baseName(program);
}

const runtimeToo =
	"the runtime's own filter refuses it too, and what one of two refuses is refused: --security-opt seccomp=unconfined, as plan --format docker says";

export const neededCalls: Rule = {
	severity: "warning",
	summary: "The seccomp filter refuses what the command is known to need: a browser, bubblewrap, perf, io_uring, NUMA, a debugger.",
	find: (subject) => {
		const { seccomp } = subject;
		const words = wordsOfCommand(subject);
		const names = words.map((word, at) => startedBy(word, words[at - 1]));
		return needs.flatMap(({ by, calls, find }): Found[] => {
			const index = find(words, names);
			const refused = seccomp === undefined || index < 0 ? [] : calls.filter((call) => !isAlways(seccomp.judge(call)));
			const message = `${quoted(words[index] ?? "")} is known to need ${refused.join(", ")}, which the filter refuses`;
			return refused.length === 0
				? []
				: [{ at: placeOfWord(subject, index, "seccomp"), message, remedy: remedyFor(by, profileIn(seccomp)) }];
		});
	},
};

/** A capability that is kept was granted, and opens the runtime's filter as well. */
function remedyFor(by: Need["by"], profile: string): string[] {
	return "keep" in by
		? [`capabilities: {keep: [${by.keep}]}, which it takes anyhow and which opens them`]
		: [`seccomp: {profile: ${profile}, allow: [${by.allow}]}; explain ${by.allow} says what that opens`, runtimeToo];
}
