import { securebits } from "../capability/securebits.ts";
import { yamlQuoted, yamlScalar } from "../report/yaml.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { conditionOf, isVariable } from "./condition-words.ts";
import { commandOfLine } from "./dollars.ts";
import type { StepSchemas } from "./entry.ts";
import { limitsOf } from "./limit-shapes.ts";
import { childOf } from "./locate.ts";
import { fuseOf, mountOf } from "./mount-shapes.ts";
import { isNothing, modesOf, quotedTruths, shellIn } from "./plain-shapes.ts";
import { lineOf } from "./shell-words.ts";
import { entriesOf, stepOf } from "./step-shapes.ts";
import { wallShape } from "./wall-shapes.ts";
import { assignments, flow, isMark, isNumber, keysOf, listOfWords, several, word, wordsOf, wrapped } from "./written.ts";

/** By the key: the shape that its value has, and what keys of somebody's own beside it come to. */

type Write = (value: YamlNode, steps: StepSchemas) => string | undefined;

/** By the key, within a step from its name on. */
export const shapes: Readonly<Record<string, Write>> = {
	env: (value) => wrapped("env: {set: ", assignments(quotedTruths(value), "=")),
	"env.set": (value) => wrapped("set: ", assignments(quotedTruths(value), "=")),
	"env.default": (value) => wrapped("default: ", assignments(quotedTruths(value), "=")),
	"env.from_file": (value) => wrapped("from_file: ", keysOf(value)) ?? filesOf(value),
	"env.unset": (value) => wrapped("unset: ", keysOf(value)),
	capabilities: (value) => wrapped("capabilities: {keep: ", several(value)),
	"capabilities.sets": (value) => wrapped("capabilities: {keep: ", several(value)),
	"capabilities.keep": (value) => wrapped("keep: ", several(value)),
	"capabilities.keep_if_present": (value) => wrapped("keep_if_present: ", several(value)),
	"capabilities.drop": (value) => wrapped("drop: ", several(value)),
	command: (value) =>
		(lineOf(lineIn(value))?.isOfDocument === true ? commandLine(value) : undefined) ??
		wrapped(
			"command: {default: ",
			shellIn(value) !== undefined ? undefined : value.kind === "scalar" ? commandOfLine(apart(value)) : listOfWords(value),
		) ??
		commandLine(value),
	"command.default": (value) => wrapped("default: ", value.kind === "scalar" ? commandOfLine(apart(value)) : keysOf(value)),
	groups: (value) => (isNone(value) ? undefined : wrapped("groups: {add: ", several(value))),
	"groups.add": (value) => wrapped("add: ", keysOf(value)),
	limits: (value) =>
		isNumber(value)
			? `limits: {nofile: ${flow(value)}}`
			: value.kind === "mapping"
				? limitsOf(value.entries)
				: wrapped("limits: ", assignments(value, "[=:]")),
	securebits: (value) =>
		value.kind === "scalar" && Object.hasOwn(securebits, value.text)
			? `securebits: ${/^(?:noroot|no_)/.test(value.text) ? "locked" : `[${flow(value)}]`}`
			: undefined,
	user: userOf,
	modes: modesOf,
	"own.policy": (value) => (value.kind === "scalar" && /^id-?map(?:ped)?$/i.test(value.text) ? "policy: idmap-or-chown" : undefined),
	mount: mountOf,
	fuse: fuseOf,
	setup: (value, steps) => {
		const [only, ...more] = value.kind === "mapping" ? value.entries : [];
		if (only?.[1].kind === "sequence" && more.length === 0 && !steps.names.includes(only[0].text)) {
			return `setup: ${flow(only[1])}`;
		}
		const items = value.kind === "mapping" ? entriesOf(value, steps) : [stepOf(value, steps.names)];
		return items.length > 0 && items.every((each) => each !== undefined)
			? `setup: [${items.map((each) => `{${each}}`).join(", ")}]`
			: undefined;
	},
	entry: (value, steps) => wrapped("- ", stepOf(value, steps.names)),
	when: conditionOf,
	"when.unset": (value) => wrapped("unset: ", keysOf(value)),
	"when.command": (value) => wrapped("command: ", keysOf(value)),
	"when.env": (value) => conditionOf(value)?.replace(/^when: \{(env: .*)\}$/, "$1"),
	"require.env": (value) =>
		wrapped("env: ", value.kind === "mapping" && value.entries.length > 0 ? namesOf(value.entries.map(([key]) => key)) : undefined),
	on_error: (value) => (value.kind === "scalar" && /^(?:ignore|continue|skip|log|pass)$/i.test(value.text) ? "on_error: warn" : undefined),
	"run.output": (value) => (value.kind === "scalar" && /null|^(?:false|none|no|off)$/.test(value.text) ? "output: discard" : undefined),
	"copy.if": (value) =>
		value.kind === "scalar" && /^(?:if[_-]?)?(?:not?[_-]?exists?|missing|new)$/i.test(value.text) ? "if: absent" : undefined,
	"secret.from": (value) =>
		value.kind !== "scalar" ? undefined : value.text.startsWith("/") ? `from: {file: ${flow(value)}}` : `from: {env: ${flow(value)}}`,
	"run.ready": (value) =>
		value.kind !== "scalar" ? undefined : value.text.startsWith("/") ? `ready: {file: ${flow(value)}}` : `ready: {tcp: ${flow(value)}}`,
};

/** `{NAME: /run/secrets/name}`: which file it is, NAME_FILE says. */
function filesOf(value: YamlNode): string | undefined {
	const entries = value.kind === "mapping" ? value.entries : [];
	const paths = entries.map(([{ text }, path]) => `${word(`${text}_FILE`)}: ${flow(path)}`);
	return entries.length === 0 || !entries.every(([, path]) => path.kind === "scalar" && /^[/.$]/.test(path.text))
		? undefined
		: `default: {${paths.join(", ")}}, and from_file: [${entries.map(([{ text }]) => word(text)).join(", ")}]`;
}

/** Who wants none names none. */
function isNone(value: YamlNode): boolean {
	return value.kind === "scalar" && /^(?:none|no|false|off|clear|drop)$/i.test(value.text);
}

/** `nginx, -g, "daemon off;"`, a list without its brackets. */
function apart({ text }: YamlScalar): string {
	return /^[^\s,]+, *[^\s,]/.test(text) ? text.replace(/, *(?=\S)/g, " ") : text;
}

/** `exec gosu app redis-server "$@"`: the shell's part of it is ours. */
function commandLine(value: YamlNode): string | undefined {
	const line = lineOf(lineIn(value));
	return line?.isOfDocument === true ? line.write : line?.write?.replace(/^run: (.*)$/s, "command: {default: $1}");
}

/** As a shell would be given it. */
function lineIn(value: YamlNode): string {
	return value.kind === "scalar"
		? value.text
		: value.kind === "sequence"
			? wordsOf(value)
					.map((each) => (/^[\w./:$@{}-]+$/.test(each) ? each : yamlQuoted(each)))
					.join(" ")
			: "";
}

/** One name alone, or a list of them. */
function namesOf(keys: readonly { readonly text: string }[]): string {
	const [first = "", ...others] = keys.map(({ text }) => word(text));
	return others.length === 0 ? first : `[${[first, ...others].join(", ")}]`;
}

/** A key of the reader's own where keys are ours, by where it stands. */
export const unknownKeys: Readonly<Record<string, (name: string, value: YamlNode, above: YamlNode) => string | undefined>> = {
	env: (name, value, above) => (value.kind === "scalar" && !ownKeys.test(name) ? variablesIn("env", "set", name, above) : undefined),
	groups: (name, value, above) => {
		const added = `add: [${yamlScalar(name)}]`;
		return isMark(value) && name !== "clear" ? (childOf(above, "add") === undefined ? `groups: {${added}}` : added) : undefined;
	},
	command: (name, value) =>
		value.kind === "scalar" ? `command: {default: [${[name, ...wordsOf(value)].map(word).join(", ")}]}` : undefined,
	capabilities: (name, value, above) =>
		!isMark(value) || above.kind !== "mapping"
			? undefined
			: childOf(above, "keep") === undefined
				? `capabilities: {keep: [${above.entries.flatMap(([key, each]) => (isMark(each) ? [word(key.text)] : [])).join(", ")}]}`
				: `keep: [${word(name)}]`,
	when: (name, value, above) =>
		isNothing(value)
			? conditionOf({ ...value, kind: "scalar", text: name, plain: true })
			: value.kind === "scalar" && isVariable(name)
				? variablesIn("when", "env", name, above)
				: undefined,
	device: (name, value) => {
		const [, major, minor] =
			(/^(?:numbers?|dev|rdev)$/.test(name) && value.kind === "scalar" && /^(\d+)[:, ]+(\d+)$/.exec(value.text)) || [];
		return major && `major: ${major}, minor: ${minor}`;
	},
	seccomp: (name, value) => wallShape(`seccomp.${name}`, value),
	init: (name, value) =>
		/^(?:stop_?signal|KillSignal)$/i.test(name) && value.kind === "scalar" && !/^(?:sig)?term$/i.test(value.text)
			? `signals: {TERM: ${value.text.toUpperCase().replace(/^SIG/, "")}}`
			: undefined,
};

const ownKeys = /^(?:set|default|from_file|unset|clear|env|exists|command|held|file|inherit|pass|path|from_env|remove|delete)$/;

/** All of them where they belong, and what stands right already. */
function variablesIn(outer: string, inner: string, name: string, above: YamlNode): string | undefined {
	const entries = above.kind === "mapping" ? above.entries : [];
	const isOther = (key: string) => (outer === "when" ? isVariable(key) : !ownKeys.test(key) && !negated.test(key));
	const isMeant = ([key, value]: (typeof entries)[number]) => key.text === name || (isOther(key.text) && value.kind === "scalar");
	const text = ([key, value]: (typeof entries)[number]) =>
		`${yamlScalar(key.text)}: ${isNothing(value) ? '""' : (inOneText(value) ?? flow(quotedTruths(value)))}`;
	const present = childOf(above, inner);
	if (present !== undefined && present.kind !== "mapping") {
		return undefined;
	}
	const inside = [...(present?.entries.map(text) ?? []), ...entries.filter(isMeant).map(text)];
	const beside = entries
		.filter((each) => !isMeant(each) && each[0].text !== inner)
		.map(([key, value]) => `${word(key.text)}: ${flow(value)}`);
	return `${outer}: {${[`${inner}: {${inside.join(", ")}}`, ...beside].join(", ")}}`;
}

/** A list at a variable, whose value is one text. */
export function inOneText(value: YamlNode): string | undefined {
	return value.kind === "sequence" && value.items.length > 0 && value.items.every((each) => each.kind === "scalar")
		? yamlScalar(wordsOf(value).join(","))
		: undefined;
}

/** What asks for the opposite. */
export const negated = /(?:^|_)(?:not?|un\w*|absent|missing)(?:_|$)/;

export const noAbsence =
	"there is no condition for what is not there: a step leaves alone what is right already (if: absent of file and copy), and a variable tells starts apart: when: {unset: NAME}";

export function conditions(value: YamlNode): string {
	return value.kind === "scalar" && /(?:!|not) .* ?\//.test(value.text)
		? noAbsence
		: "when has all of env: NAME, env: {NAME: value}, unset: NAME, exists: PATH; nothing else is asked";
}

/** There is one for variables alone. */
export function withoutCondition(name: string, value: YamlNode): string | undefined {
	return value.kind === "scalar" && !/[/\s!|&]/.test(value.text) && !/exist|absent|missing|file|path|held|cap/.test(name)
		? `when: {unset: ${flow(value)}}`
		: undefined;
}

function userOf(value: YamlNode): string | undefined {
	if (value.kind === "sequence") {
		const [user, ...groups] = value.items.map(flow);
		const more = groups.length === 0 ? "" : `, and groups: {add: [${groups.join(", ")}]}`;
		return user === undefined ? undefined : `user: ${user}${more}`;
	}
	if (value.kind === "mapping") {
		const at = (...names: string[]) => names.map((name) => childOf(value, name)).find((each) => each !== undefined);
		const parts = [at("uid", "id", "name", "user"), at("gid", "group")].flatMap((each) => (each?.kind === "scalar" ? [each.text] : []));
		const [home, groups] = [at("home"), at("groups", "supplementary_groups", "additional_groups")];
		const more = [
			home?.kind === "scalar" ? `, and home: ${flow(home)}` : "",
			groups === undefined ? "" : (wrapped(", and groups: {add: ", several(groups)) ?? ""),
		];
		return parts.length === 0 ? undefined : `user: ${yamlScalar(parts.join(":"))}${more.join("")}`;
	}
	return undefined;
}
