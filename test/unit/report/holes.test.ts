import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "@swc/core";
import { expect, it } from "vitest";

const src = join(import.meta.dirname, "../../../src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

/** What a person pastes: the command lines and the keys that remedies are made of. */
const pasted =
	/\b(?:docker run|chown|chmod \S+ |setcap|sysctl -w|abdicate --|compose:|kubernetes:|--(?:device|sysctl|hostname|tmpfs|volume|env) )|\b(?:mkdir|own|from_path|env|user|devices|hostname): /;

const quoting = ["wordWithNames", "shellWord", "operand", "yamlScalar", "yamlQuoted", "quoted", "printable"];

/** Holes of such texts that hold our own words: capabilities, limits, ids, errors of the kernel. */
const ours: Readonly<Record<string, readonly string[]>> = {
	"capability/grant.ts": ["flags", 'names.join(", ")', "list", "uid", "gid", "caps", "added"],
	// What has been quoted before.
	"report/ways.ts": ['flags.join(" ")', "name", "value", "key", "end"],
	"capability/withheld.ts": ['denied.map((name) => `capability ${name.toLowerCase()},`).join(" ")', "name.toLowerCase()"],
	// By which name it was called is one of a table.
	"cli/drop-ins/common/command.ts": ['name.includes("/") ? "" : ", or write its whole path"'],
	// A name of letters, and what `shellWord` has made.
	"cli/point-at.ts": ["variable"],
	"files/who-met-what.ts": ["word"],
	"cli/drop-ins/dumb-init/wish.ts": ["name", "last"],
	"cli/drop-ins/gosu/gosu.ts": ["name"],
	"cli/drop-ins/tini/wish.ts": ["name"],
	"cli/other-names.ts": ['dropInNames.join(", ")'],
	"cli/drop-ins/capsh/arguments.ts": ["name"],
	"cli/drop-ins/capsh/refused.ts": ["name.toLowerCase()"],
	"cli/drop-ins/fusermount.ts": ['lacking.map(yamlScalar).join(", ")'],
	// What `word` and `yamlQuoted` have made, and letters of it.
	"steps/trees/own.ts": ['isSystem ? "" : ", or policy: top-only"'],
	"steps/trees/tree-goal.ts": ["where"],
	"tools/check/lint/tree-rules.ts": ['kernels.test(each) || isOfSystem(each.replace(/(?<=.)\\/+$/, "")) ? "" : ", or policy: top-only"'],
	// The line as it is written, with the name of an account.
	"tools/check/lint/near-account.ts": ["text"],
	// What yamlScalar, argument and flow have made, and names of letters.
	"tools/check/lint/shell-rules.ts": ["name", "argument(value)", "steps[0]", "each"],
	"config/step-shapes.ts": [
		...["flow(path)", 'given("owner", "group").join(", ")', 'at("group") === undefined ? ", group: keep" : ""'],
		...["fields", 'isDeep ? below : ""'],
	],
	"steps/content/link.ts": ["named"],
	"config/brought-along.ts": ["condition", "item"],
	"config/advice.ts": ["line", "whatIsEmpty(written, steps.names)", "advice", "text"],
	// Names that a pattern of letters has found, words that went through `word` or `shellWord`; all of it is parsed again before it is told.
	"config/condition-words.ts": ["name", "/^(?:true|false|\\d+)$/.test(value) ? yamlQuoted(value) : word(value)"],
	"config/elsewhere.ts": ["options(value, option)", 'options(value, "--volume")', 'path === undefined ? "/data" : yamlScalar(path)'],
	"config/foreign-words.ts": [
		'isName ? word(both[0] ?? "") : yamlQuoted(both.join(":"))',
		'names.length === 1 ? names[0] : `[${names.join(", ")}]`',
	],
	// A line of the file itself, a name of letters, and what `word` and `flow` have made.
	"config/at-the-top.ts": ["begun", "shown"],
	"config/foreign-files.ts": ["line"],
	"config/scan.ts": ['text.replace(/\\s+#.*$/, "").trim()'],
	"config/no-document.ts": [
		...["key", 'both.told.join(", ")', "rest(lines, key).trim()", "two || key", "one", "two"],
		'isSteps ? "setup: above it" : "each key without its dash"',
	],
	// Letters and digits.
	"tools/check/lint/stand-in-rules.ts": ["first", "second", "remedy"],
	// A number.
	"config/problems.ts": ["more"],
	"config/shell-words.ts": [
		"value(first)",
		"value(user)",
		"list",
		'command.length === 0 ? "" : `, and command: {default: [${command.map(value).join(", ")}]}`',
	],
	"config/key-shapes.ts": ["flow(value)", "user", "more", 'more.join("")', 'groups.join(", ")'],
	"config/unset.ts": ["name"],
	"config/trust.ts": ['what === "the link" ? "-h " : ""'],
	"identity/resolve.ts": ["user"],
	"confine/landlock/kernel.ts": ["linuxOf[wanted]"],
	"departure/landlock.ts": ["message"],
	"plan/paths.ts": ["each"],
	"plan/imagined/start-words.ts": ["wholeStarts"],
	"departure/devices.ts": ["kept"],
	"plan/devices.ts": ["kept", "list", "each", "withoutDevice"],
	"plan/kept-opening.ts": ["list", "withoutDevice", "leave"],
	"confine/devices/mode.ts": ["path", "access", "why"],
	"confine/cgroup/limits.ts": ["docker", "compose", "pods"],
	"plan/namespaces.ts": ["message", "what", "each", "lack.message"],
	"departure/rows/limits.ts": ["name", "forDocker(hard)", "own"],
	"files/execute-access.ts": ["word", "value"],
	"plan/notes.ts": ["real"],
	// A name of an option, and a number.
	"files/what-is-full.ts": ["option"],
	// Numbers, and what shellWord has made of a path.
	"steps/common/how-ended.ts": ["twice"],
	"steps/common/process-limits.ts": ["more"],
	"steps/sockets/low-ports.ts": ["start", "port"],
	"steps/common/ready.ts": ["found", "orLater"],
	"steps/common/refusal.ts": ["writableAt(reads, wanted)", "word", "inImage"],
	"steps/common/ways-to-have.ts": ["uid"],
	"steps/common/ways-to-open.ts": [
		"octal(mode & 0o7777)",
		"uid",
		"gid",
		'isRoots ? "or " : ""',
		'isRoots ? ", allow_root_group: true" : ""',
	],
	"departure/rows/workdir.ts": ["message"],
	"departure/rows/stdio.ts": ["fd", "errnoName(result)"],
	// Numbers of groups.
	"plan/build.ts": [
		"gid",
		'lost.join(" ")',
		'lost.join(", ")',
		'lost.map((gid) => `--group-add ${gid}`).join(" ")',
		'lost.map((gid) => `"${gid}"`).join(", ")',
	],
	// A name of letters.
	"steps/content/secret.ts": ["name"],
	"plan/foretell.ts": ["missing"],
	"steps/programs/child-environment.ts": ["how"],
	// Quoted by deviceRemedy.
	"steps/mount/block-refusal.ts": ["source"],
	"steps/mount/tmpfs.ts": ["emptyDir"],
	"steps/mount/mount-types.ts": ['[...Object.keys(attributeOptions), ...bindOptions].join(", ")'],
	"processes/explain-exec.ts": [
		'kept.length === 0 && ungiven.isEmpty ? "" : "or "',
		"key",
		'whose === "step" ? "its program" : "the workload"',
	],
	"steps/certificates/ca-certificates.ts": ["message"],
	// A message that begins with the name of the step.
	"steps/trees/chmod.ts": ["what"],
	"tools/init/first-file.ts": ["user.spec", "value(path)"],
	// A mode of digits, and words that a pattern of letters has found.
	"tools/init/script.ts": [
		"value(path)",
		'mode === undefined ? "" : `mode: "${mode}", `',
		'fields.length === 0 ? value(path) : `{ ${[`path: ${value(path)}`, ...fields].join(", ")} }`',
	],
	"tools/init/setpriv.ts": ["user", "role", "type", 'level.join(":")'],
	"tools/check/lint/command-rules.ts": ['pattern.replace("?", "\\\\?")', "pattern"],
	"tools/check/lint/capability-rules.ts": ["guideOf(name).instead", "name"],
	"tools/check/lint/environment-rules.ts": ["fact", "name"],
	"tools/check/lint/image-rules.ts": ["missing"],
	"tools/check/lint/process-rules.ts": ["name"],
	"tools/check/lint/replaced-rules.ts": ["name"],
	"tools/check/lint/seccomp-gap-rules.ts": [
		...["profileIn(seccomp)", 'lost.join(", ")', 'lost.length === 1 ? "it gets" : "these get"'],
		...['closed === "denied" ? "deny" : "refuse"', 'open.join(", ")'],
	],
	"tools/check/lint/seccomp-rules.ts": ['refused.join(", ")'],
	"tools/check/lint/needed-calls.ts": ["profileIn(seccomp)", "allow"],
	"tools/guides/step-needs.ts": ["files", "reach"],
	"tools/program.ts": ["own.name()", "words", 'command.map(shellWord).join(" ")'],
	"tools/wrong-use.ts": ["written"],
	"tools/check/lint/slip-rules.ts": ['number || "NUMBER"', "listed", "opposite", "shown"],
};

/** Whole remedies of ours, wherever they are told. */
const ourTexts = ["otherApparmor", "otherSeccomp"];

interface Node {
	readonly type?: string;
	readonly span?: { readonly start: number; readonly end: number };
	readonly [key: string]: unknown;
}

/** The holes that are neither quoted nor ours, of all texts that are pasted or part of a remedy. */
function openHoles(file: string, text: string): string[] {
	// The semicolon is a token at the very beginning, from which offsets count.
	const bytes = Buffer.from(`;${text}`);
	const module = parseSync(`;${text}`, { syntax: "typescript", target: "es2022" }) as unknown as Node;
	const start = module.span?.start ?? 0;
	const sourceOf = ({ span }: Node) => bytes.subarray((span?.start ?? 0) - start, (span?.end ?? 0) - start).toString();
	return templatesIn(module["body"], false)
		.flatMap((template) => template["expressions"] as Node[])
		.filter((hole) => !isQuoting(hole))
		.map(sourceOf)
		.filter((hole) => ours[file]?.includes(hole) !== true && !ourTexts.includes(hole))
		.map((hole) => `${file}: ${hole}`);
}

function isQuoting(node: Node): boolean {
	return node.type === "CallExpression" && quoting.includes(`${(node["callee"] as Node)["value"]}`);
}

/** Texts that are pasted, or stand where a remedy does. What is in a quoted hole is one value, whatever it is made of. */
function templatesIn(part: unknown, isRemedy: boolean): Node[] {
	if (part === null || typeof part !== "object" || isQuoting(part as Node)) {
		return [];
	}
	const node = part as Node;
	const name = ((node["key"] ?? node["id"]) as Node | null | undefined)?.["value"];
	const within = isRemedy || (typeof name === "string" && /remed/i.test(name));
	const below = Object.entries(node).flatMap(([key, each]) => (key === "span" ? [] : templatesIn(each, within)));
	const words = node.type === "TemplateLiteral" ? (node["quasis"] as Node[]).map(({ raw }) => raw).join("\0") : "";
	return node.type === "TemplateLiteral" && (within || pasted.test(words)) ? [node, ...below] : below;
}

it("rule 9.10: what a remedy is made of is quoted for the language that it is written in", () => {
	expect(files.flatMap((file) => openHoles(file, readFileSync(join(src, file), "utf8")))).toEqual([]);
	expect(openHoles("x.ts", "const a = { remedy: [`see ${path}`] };\nconst b = `docker run --device ${path}`;")).toEqual([
		"x.ts: path",
		"x.ts: path",
	]);
});

it("rule 9.10: JSON is printed by one function, which also escapes what JSON itself lets through", () => {
	const own = ["report/json.ts", "processes/messages.ts", "tools/inspect/watch.ts", "tools/schema/json-schema.ts", "node/yaml.ts"];
	expect(files.filter((file) => readFileSync(join(src, file), "utf8").includes("JSON.stringify")).sort()).toEqual(own.sort());
});

/** What each prints is tried with hostile values in tools/forgery.test.ts, or is made of our own words. */
it("rule 9.10: few files print, and a new one has to be looked at", () => {
	const printing = files.filter((file) => /\.write\(\s*(?:1|2|stderr),/.test(readFileSync(join(src, file), "utf8")));
	expect(printing.sort()).toEqual([
		...["capsh/capsh", "common/leave-with-init", "gosu/su-exec", "readers/getpcaps", "readers/pscap", "setpriv/setpriv"].map(
			(name) => `cli/drop-ins/${name}.ts`,
		),
		"report/log.ts",
		"report/tell.ts",
		...[
			"check/check",
			"compile/compile",
			"explain/decode",
			"explain/explain",
			"fmt/fmt",
			"init/init",
			"inspect/inspect",
			"inspect/score",
			"inspect/watch",
			"plan/plan",
		].map((name) => `tools/${name}.ts`),
		"tools/program.ts",
		"tools/schema/schema.ts",
	]);
});

/** Standard error is the log: whoever else writes there would be no line of it. */
it("what goes to standard error goes through the log, in TypeScript and in Rust", () => {
	const speaking = (folder: string, ending: string, pattern: RegExp) =>
		readdirSync(folder, { recursive: true, encoding: "utf8" })
			.filter((name) => name.endsWith(ending) && pattern.test(readFileSync(join(folder, name), "utf8")))
			.sort();
	expect(speaking(src, ".ts", /\bwrite\(\s*(?:2|stderr)\b|\bstream\(2\)|console\.error/)).toEqual([
		// Drop-ins speak as the programs that they stand in for.
		"cli/drop-ins/common/leave-with-init.ts",
		"cli/drop-ins/readers/getpcaps.ts",
		"report/log.ts",
		"report/tell.ts",
		// Commander's, whose errors go another way.
		"tools/shims/process.ts",
	]);
	expect(speaking(join(src, "../native/src"), ".rs", /\b(?:say|write_whole|write)\(\s*2\b|eprint/)).toEqual([
		// A defect, of which nobody else is left to speak.
		"host/program.rs",
		// The same, and what the settings of the run have given it to say.
		"resident.rs",
		"resident/settings.rs",
	]);
});
