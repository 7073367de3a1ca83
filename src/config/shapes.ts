import { securebits } from "../capability/securebits.ts";
import { yamlScalar } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import type { StepSchemas } from "./entry.ts";
import { type Form, formOf } from "./form.ts";

/**
 * What to write instead of a value of another shape: a word where there are keys, a list where there is a word. It is made of the text
 * as it stands in the file, never of what came out of a variable.
 */

/** A key or value that was refused, by the words for it. */
export interface Refused {
	readonly words: string;
	/** The last of the keys, also where a step in short has the value of that key. */
	readonly key: string;
	readonly isUnknownKey: boolean;
	/** What is written at the key. */
	readonly value: YamlNode;
}

/** `write env: {set: {A: b}}`, or `undefined` where the message says it all. */
export function whatToWrite({ words, key, isUnknownKey, value }: Refused, { names: steps, schemaOf }: StepSchemas): string | undefined {
	const [, entry = "", own = words] = /^(setup\[\d+\])(?:\.(.*))?$/.exec(words) ?? [];
	const path = entry === "" ? words : own === words ? "entry" : own;
	const parts = path.split(".");
	const name = parts.at(-1) ?? "";
	if (isUnknownKey && path.startsWith("when.") && negated.test(name)) {
		return withoutCondition(name, value);
	}
	const ofStep = (): string | undefined => {
		if (entry === "" || isBeside(path)) {
			return undefined;
		}
		return key === "command"
			? wrapped(`${name}: `, listOfWords(value))
			: parts.length === 1
				? fieldsOf(name, value, formOf(schemaOf(name)))
				: undefined;
	};
	const found = isUnknownKey
		? (unknownKeys[parts.slice(0, -1).join(".")]?.(name, value) ?? unknownAtTop(parts, value, steps))
		: isNothing(value)
			? undefined
			: (shapes[path]?.(value, steps) ?? ofStep() ?? (parts[0] === "limits" ? limitOf(name, value) : plainer(name, value)));
	return found !== undefined && found.length <= longest ? `write ${found}` : undefined;
}

function isNothing(value: YamlNode): boolean {
	return value.kind === "scalar" && value.plain && /^(?:~|null|)$/i.test(value.text);
}

const longest = 120;

function isBeside(path: string): boolean {
	return /^(?:entry|name|when|on_error)\b/.test(path);
}

type Write = (value: YamlNode, steps: readonly string[]) => string | undefined;

/** By the key, within a step from its name on. */
const shapes: Readonly<Record<string, Write>> = {
	env: (value) => wrapped("env: {set: ", assignments(value, "=")),
	"env.set": (value) => wrapped("set: ", assignments(value, "=")),
	"env.default": (value) => wrapped("default: ", assignments(value, "=")),
	"env.from_file": (value) => wrapped("from_file: ", keysOf(value)),
	"env.unset": (value) => wrapped("unset: ", keysOf(value)),
	capabilities: (value) => wrapped("capabilities: {keep: ", several(value)),
	"capabilities.sets": (value) => wrapped("capabilities: {keep: ", several(value)),
	"capabilities.keep": (value) => wrapped("keep: ", keysOf(value)),
	"capabilities.keep_if_present": (value) => wrapped("keep_if_present: ", keysOf(value)),
	"capabilities.drop": (value) => wrapped("drop: ", keysOf(value)),
	command: (value) => wrapped("command: {default: ", listOfWords(value)),
	"command.default": (value) => wrapped("default: ", keysOf(value)),
	groups: (value) => wrapped("groups: {add: ", several(value)),
	"groups.add": (value) => wrapped("add: ", keysOf(value)),
	limits: (value) => (isNumber(value) ? `limits: {nofile: ${flow(value)}}` : wrapped("limits: ", assignments(value, "[=:]"))),
	securebits: (value) => (value.kind === "scalar" && Object.hasOwn(securebits, value.text) ? `securebits: [${flow(value)}]` : undefined),
	user: userOf,
	setup: (value, steps) => {
		const items = value.kind === "mapping" ? entriesOf(value, steps) : [stepOf(value, steps)];
		return items.every((each) => each !== undefined) ? `setup: [${items.map((each) => `{${each}}`).join(", ")}]` : undefined;
	},
	entry: (value, steps) => wrapped("- ", stepOf(value, steps)),
	when: conditionOf,
	"when.unset": (value) => wrapped("unset: ", keysOf(value)),
	"when.command": (value) => wrapped("command: ", keysOf(value)),
};

/** A key of the reader's own where keys are ours, by where it stands. */
const unknownKeys: Readonly<Record<string, (name: string, value: YamlNode) => string | undefined>> = {
	env: (name, value) => (value.kind === "scalar" ? `env: {set: {${yamlScalar(name)}: ${flow(value)}}}` : undefined),
	groups: (name) => `groups: {add: [${yamlScalar(name)}]}`,
	command: (name, value) =>
		value.kind === "scalar" ? `command: {default: [${[name, ...wordsOf(value)].map(word).join(", ")}]}` : undefined,
	capabilities: (name, value) => (name === "add" ? `capabilities: {keep: ${several(value)}}` : undefined),
	when: (name, value) => (value.kind === "scalar" ? `when: {env: {${yamlScalar(name)}: ${flow(value)}}}` : undefined),
};

function unknownAtTop([name = "", ...below]: readonly string[], value: YamlNode, steps: readonly string[]): string | undefined {
	return below.length === 0 && steps.includes(name) ? `setup: [{${name}: ${flow(value)}}]` : undefined;
}

/** What asks for the opposite. */
const negated = /(?:^|_)(?:not?|un\w*|absent|missing)(?:_|$)/;

/** There is one for variables alone. */
function withoutCondition(name: string, value: YamlNode): string {
	return value.kind === "scalar" && !value.text.includes("/") && !/exist|absent|missing|file|path/.test(name)
		? `write when: {unset: ${flow(value)}}`
		: "there is no condition for what is not there: a step leaves alone what is right already (if: absent of file and copy), and a variable tells starts apart: when: {unset: NAME}";
}

function conditionOf(value: YamlNode): string | undefined {
	return wrapped(value.kind === "scalar" && /^\.{0,2}\//.test(value.text) ? "when: {exists: " : "when: {env: ", several(value));
}

/** `{soft: 1, hard: 2}`, or a list of both. */
function limitOf(name: string, value: YamlNode): string | undefined {
	const at = (wanted: string) => (value.kind === "mapping" ? value.entries.find(([key]) => key.text === wanted)?.[1] : undefined);
	const bounds = value.kind === "sequence" ? value.items : [at("soft") ?? at("hard"), at("hard")];
	const texts = bounds.flatMap((each) => (each?.kind === "scalar" ? [each.text] : []));
	return texts.length === 0
		? undefined
		: `limits: {${word(name)}: ${texts.length === 1 ? word(texts[0] as string) : `"${texts.slice(0, 2).join(":")}"`}}`;
}

function userOf(value: YamlNode): string | undefined {
	if (value.kind === "sequence") {
		const [user, ...groups] = value.items.map(flow);
		const more = groups.length === 0 ? "" : `, and groups: {add: [${groups.join(", ")}]}`;
		return user === undefined ? undefined : `user: ${user}${more}`;
	}
	if (value.kind === "mapping") {
		const at = (...names: string[]) => value.entries.find(([key, each]) => names.includes(key.text) && each.kind === "scalar")?.[1];
		const parts = [at("uid", "name", "user"), at("gid", "group")].flatMap((each) => (each?.kind === "scalar" ? [each.text] : []));
		return parts.length === 0 ? undefined : `user: ${yamlScalar(parts.join(":"))}`;
	}
	return undefined;
}

/** The keys of each step, with what stands beside it. */
function entriesOf(value: YamlNode & { kind: "mapping" }, steps: readonly string[]): string[] {
	const written = value.entries.map(([key, each]) => [key.text, `${word(key.text)}: ${flow(each)}`] as const);
	const beside = written.filter(([name]) => !steps.includes(name));
	return written.filter(([name]) => steps.includes(name)).map(([, step]) => [...beside.map(([, each]) => each), step].join(", "));
}

/** `own /data`, and `[own, /data]`. */
function stepOf(value: YamlNode, steps: readonly string[]): string | undefined {
	const [kind, ...rest] = wordsOf(value);
	return kind !== undefined && steps.includes(kind)
		? `${kind}: ${rest.length === 0 ? "..." : rest.length === 1 ? word(rest[0] as string) : `[${rest.map(word).join(", ")}]`}`
		: undefined;
}

/** A step whose mapping was written as words: by what the step says of them, or, for one of pairs, as those. */
function fieldsOf(kind: string, value: YamlNode, form: Form | undefined): string | undefined {
	if (form === undefined) {
		return wrapped(`${kind}: `, assignments(value, "="));
	}
	const byWords = typeof form === "object" && "fields" in form ? form.byWords : undefined;
	const isPath = (text: string | undefined) => text?.startsWith("/") === true || text?.startsWith(".") === true;
	const written = wordsOf(value);
	const words = !isPath(written[0]) && isPath(written[1]) && byWords?.name === undefined ? written.toReversed() : written;
	const fields = isPath(words[0]) ? byWords?.path : byWords?.name;
	if (fields === undefined || words.length === 0 || (words.length > fields.length && fields.length > 1)) {
		return undefined;
	}
	const given = fields.length === 1 && words.length > 1 ? [`[${words.map(word).join(", ")}]`] : words.map(word);
	const pairs = fields.map((field, index) => {
		const [outer = "", inner] = field.split(".");
		const text = given[index] ?? "...";
		return inner === undefined ? `${outer}: ${text}` : `${outer}: {${inner}: ${text}}`;
	});
	return `${kind}: {${pairs.join(", ")}}`;
}

/** One word in a list or a mapping of its own, where the word alone is meant. */
function plainer(name: string, value: YamlNode): string | undefined {
	const only = value.kind === "sequence" && value.items.length === 1 ? value.items[0] : undefined;
	const [pair, ...more] = value.kind === "mapping" ? value.entries : [];
	const inner = only ?? (more.length > 0 ? undefined : pair?.[1].kind === "scalar" && pair[1].text === "true" ? pair[0] : pair?.[1]);
	return inner?.kind === "scalar" ? `${name}: ${flow(inner)}` : undefined;
}

/** `A=b`, a list of such, or a list of mappings, as one mapping. */
function assignments(value: YamlNode, separator: string): string | undefined {
	const items = value.kind === "sequence" ? value.items : [value];
	const pairs = items.map((item) => {
		if (item.kind === "mapping") {
			return item.entries.map(([key, each]) => `${word(key.text)}: ${flow(each)}`).join(", ");
		}
		const [, name, text] = (item.kind === "scalar" && new RegExp(`^([^=:]+)${separator} *(.*)$`, "s").exec(item.text)) || [];
		return item.kind !== "scalar" ? undefined : `${word(name ?? item.text)}: ${name === undefined ? "..." : word(text ?? "")}`;
	});
	return pairs.length === 0 || pairs.some((each) => each === undefined) ? undefined : `{${pairs.join(", ")}}`;
}

/** The keys of a mapping as the list of names that was meant. */
function keysOf(value: YamlNode): string | undefined {
	return value.kind === "mapping" ? `[${value.entries.map(([key]) => word(key.text)).join(", ")}]` : undefined;
}

function several(value: YamlNode): string | undefined {
	return value.kind === "mapping"
		? keysOf(value)
		: value.kind === "scalar" && isSeveralWords(value)
			? `[${wordsOf(value).map(word).join(", ")}]`
			: flow(value);
}

function isSeveralWords({ text }: { readonly text: string }): boolean {
	return /^[\w/:.-]+(?:[ ,]+[\w/:.-]+)+$/.test(text);
}

function listOfWords(value: YamlNode): string | undefined {
	const words = wordsOf(value);
	return words.length === 0 ? undefined : `[${words.map(argument).join(", ")}]`;
}

/** Scalars of a list, or the words of one scalar, as somebody who writes a command line means them; none where a quote would decide. */
function wordsOf(value: YamlNode): string[] {
	if (value.kind === "sequence") {
		return value.items.every((item) => item.kind === "scalar") ? value.items.map((item) => (item as { text: string }).text) : [];
	}
	return value.kind === "scalar" && !/["'\\]/.test(value.text) ? value.text.split(/\s+/).filter((each) => each !== "") : [];
}

function isNumber(value: YamlNode): boolean {
	return value.kind === "scalar" && /^(?:\d+|unlimited)(?::(?:\d+|unlimited))?$/.test(value.text);
}

function wrapped(before: string, inner: string | undefined): string | undefined {
	return inner === undefined ? undefined : `${before}${inner}${"}".repeat(before.split("{").length - 1)}`;
}

/** A node as it would be written in one line. */
function flow(node: YamlNode): string {
	switch (node.kind) {
		case "scalar":
			return node.plain ? word(node.text) : yamlScalar(node.text);
		case "sequence":
			return `[${node.items.map(flow).join(", ")}]`;
		case "mapping":
			return `{${node.entries.map(([key, value]) => `${word(key.text)}: ${flow(value)}`).join(", ")}}`;
	}
}

/** Plain where that is one value inside braces: it was plain where it came from, or is one of the words of a command. */
function word(text: string): string {
	return /^(?:\/|\.{0,2}\/|-{0,2}\w|\w)(?:[\w./@%+=-]|:(?=[^\s:]))*$/.test(text) ? text : yamlScalar(text);
}

/** A word of a command is text, whatever it looks like. */
function argument(text: string): string {
	return /^(?:true|false|null)$/i.test(text) ? yamlScalar(text) : word(text);
}
