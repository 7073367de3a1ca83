import { securebits } from "../capability/securebits.ts";
import { yamlQuoted, yamlScalar } from "../report/yaml.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { conditionOf, isUnsureCondition, isVariable } from "./condition-words.ts";
import { confineKey } from "./confine-shapes.ts";
import { commandOfLine, needsShell } from "./dollars.ts";
import { needlessField } from "./elsewhere.ts";
import type { StepSchemas } from "./entry.ts";
import { type Advice, foreignWords, stepAtTop, stepOfValue } from "./foreign-words.ts";
import { type Form, type FormFields, formOf } from "./form.ts";
import { childOf } from "./locate.ts";
import { mountOf, optionsWith, typesLike } from "./mount-shapes.ts";
import { lineOf, meantBy, ownersOf } from "./shell-words.ts";
import { isOfEndpoint, noteOf, synonymOf } from "./synonyms.ts";
import { isRelative, modeOf, valueMeant } from "./value-words.ts";
import { wallHints, wallShape } from "./wall-shapes.ts";
import { argument, assignments, flow, isMark, isNumber, keysOf, listOfWords, several, word, wordsOf, wrapped } from "./written.ts";

/**
 * What to write instead of a value of another shape: a word where there are keys, a list where there is a word. It is made of the text
 * as it stands in the file, never of what came out of a variable.
 */

/** A key or value that was refused. */
export interface Refused {
	/** As they are written. */
	readonly keys: readonly (string | number)[];
	/** The last of them, also where a step in short has the value of that key. */
	readonly key: string;
	readonly isUnknownKey: boolean;
	/** What is written at the key. */
	readonly value: YamlNode;
	/** What holds the key. */
	readonly above: YamlNode;
	/** Of a step the fields that are not written. */
	readonly free: readonly string[];
	/** What is said of it. */
	readonly message: string;
}

interface Spot {
	/** Within a step from its name on; `entry` for the step itself. */
	readonly parts: readonly string[];
	readonly isStep: boolean;
	/** An item of a list. */
	readonly isItem: boolean;
	readonly name: string;
}

function spotOf(keys: Refused["keys"]): Spot {
	const isStep = keys[0] === "setup" && typeof keys[1] === "number";
	const own = isStep ? keys.slice(2) : keys;
	const parts = own.length === 0 ? ["entry"] : own.map(String);
	return { parts, isStep, isItem: typeof own.at(-1) === "number", name: parts.at(-1) ?? "" };
}

/** Where an unknown key stands, for the words that others have for ours. */
export function scopeOf({ keys }: Pick<Refused, "keys">): string {
	const { parts, isStep } = spotOf(keys);
	return isStep && parts.length === 1 ? "entry" : parts.slice(0, -1).join(".");
}

/** `env: {set: {A: b}}` and the like, the likeliest first; whether it is good is found out by who asks. */
/** `known` are the keys at the top. */
export function whatToWrite(refused: Refused, steps: StepSchemas, known: readonly string[]): readonly Advice[] {
	const { isUnknownKey, value, above, keys } = refused;
	const note = isUnknownKey ? noteOf(scopeOf(refused), refused.key) : undefined;
	const guess = note === undefined ? {} : { isGuess: true, note };
	const found = isUnknownKey ? forUnknownKey(refused, steps) : isNothing(value) ? [emptyText(refused)] : forValue(refused, steps);
	return [
		...(keys.length === 1 && (isUnknownKey || keys[0] === "command") ? foreignWords(String(keys[0]), above, steps.names, known) : []),
		...(isUnknownKey || isNothing(value) ? fieldsBeside(refused, steps) : []),
		...symbolicMode(refused),
		...(isUnknownKey && scopeOf(refused) === "limits" ? ofCgroup(refused) : []),
		...found.flatMap((text) => (text === undefined ? [] : [{ text, ...guess, ...(isUnsure(text, refused) ? { isGuess: true } : {}) }])),
		...(isUnknownKey || spotOf(keys).parts[0] !== "entry" ? [] : ofLine(refused, steps.names)),
	].filter(({ text }) => text.length <= mostWritten);
}

/** Whose a dollar sign is, and which of two paths is the link, is known to who wrote it. */
function isUnsure(text: string, { keys, key, value, message }: Refused): boolean {
	const isMappingInList = value.kind === "mapping" && typeof keys.at(-1) === "number";
	const isOneOfTwo =
		isNothing(value) ||
		isRelative(message) ||
		text.startsWith("file: {template: ") ||
		(message.startsWith("expected permission bits") && value.kind === "scalar" && value.text.includes("=")) ||
		(message.startsWith("unknown step") && synonymOf("entry", key) === undefined) ||
		text.startsWith("modes: ") ||
		isUnsureCondition(value, text) ||
		isUnsureStep(text, value) ||
		(text.startsWith("when: {unset") && negated.test(key));
	return isMappingInList || isOneOfTwo || text.includes("$$") || (text.startsWith("link: {path") && value.kind === "sequence");
}

/** What a variable brings is not known, a name may have a dot of its own, and the home of a script is that of who runs it. */
function isUnsureStep(text: string, value: YamlNode): boolean {
	const isOwner = value.kind === "scalar" && text.includes(", owner: ") && /\$|(?:^|\s)([\w-]+)\.(?!\1?\s)[\w-]+\s/.test(value.text);
	return isOwner || text.includes("@user.home");
}

function forUnknownKey(refused: Refused, schemas: StepSchemas): (string | undefined)[] {
	const { value, above } = refused;
	const { names: steps, schemaOf } = schemas;
	const { parts, isStep, name } = spotOf(refused.keys);
	const scope = scopeOf(refused);
	const isTemplate = scope === "entry" && /^(?:template|envsubst)$/.test(name);
	const ours = synonymOf(scope, name, refused.free);
	const path = isStep ? (ours ?? "") : [...parts.slice(0, -1), ours].join(".");
	return [
		isOfEndpoint(scope) ? endpointIn(scope, above) : undefined,
		...(ours === undefined
			? []
			: [
					wallShape(path, value),
					shapes[path]?.(value, schemas),
					isStep && parts.length === 1
						? (stepOfValue(name, ours, value) ?? (steps.includes(ours) ? fieldsOf(ours, value, formOf(schemaOf(ours))) : undefined))
						: undefined,
					ours === "owner" && value.kind === "scalar" && value.text.includes(":") ? ownersOf(value.text).join(", ") : undefined,
					ours === "run" ? wrapped("run: ", listOfWords(value)) : undefined,
					ours === "on_error" && isMark(value) ? "on_error: warn" : undefined,
					scope === "when" && value.kind === "scalar" && /[\s!|&]/.test(value.text) ? undefined : `${word(ours)}: ${flow(value)}`,
					truth(`${word(ours)}: `, value),
					isStep && ours === "command" && shellIn(value) === undefined ? wrapped("command: ", listOfWords(value)) : undefined,
				]),
		scope === "" && !isStep ? confineKey(name, value) : undefined,
		scope === "mount" && isStep && isMark(value) ? optionsWith(name, above) : undefined,
		isTemplate ? templateOf(value) : undefined,
		// YAML takes `chown -R app: /data` for a key.
		refused.message.startsWith("unknown step") && value.kind === "scalar" && !isTemplate
			? lineOf(`${name}${/\s/.test(name) ? ":" : ""} ${value.text}`)?.write
			: undefined,
		scope === "when" && negated.test(name) ? withoutCondition(name, value) : unknownKeys[scope]?.(name, value, above),
	];
}

/** `mode: "0750"` beside `mkdir: /data` instead of within. */
function fieldsBeside({ keys, above }: Refused, steps: StepSchemas): Advice[] {
	const { names } = steps;
	const entries = keys.length === 3 && keys[0] === "setup" && above.kind === "mapping" ? above.entries : [];
	const step = entries.find(([{ text }]) => names.includes(text));
	if (step === undefined) {
		return [];
	}
	const kind = step[0].text;
	const { fields, short } = fieldsIn(kind, steps);
	const nameOf = (key: string) => fieldMeant(kind, key, fields);
	const others = entries.filter(([{ text }]) => !names.includes(text) && !["name", "when", "on_error"].includes(text));
	const beside = others.filter(([{ text }]) => nameOf(text) !== undefined);
	const needless = others.filter(([{ text }, each]) => nameOf(text) === undefined && needlessField(kind, text, each)?.isCertain);
	const taken = [...beside, ...needless].map(([{ text }]) => text);
	const isEmpty = isNothing(step[1]) && keys.at(-1) === kind;
	if (beside.length === 0 || !(isEmpty || taken.includes(String(keys.at(-1))))) {
		return [];
	}
	const own =
		step[1].kind === "mapping"
			? step[1].entries.map(([key, each]) => `${word(key.text)}: ${flow(each)}`)
			: isNothing(step[1])
				? []
				: [`${short}: ${flow(step[1])}`];
	const isNames = (key: string, each: YamlNode) => key === "capabilities" && each.kind === "scalar";
	const text = ([{ text: key }, each]: (typeof beside)[number]) =>
		(nameOf(key) === "modes" ? modesOf(each) : undefined) ?? `${nameOf(key)}: ${isNames(key, each) ? listOfWords(each) : flow(each)}`;
	const all = [...own, ...beside.map(text)];
	const guess = all.some((each) => each.startsWith("modes: ")) ? { isGuess: true } : {};
	return [{ text: `${kind}: {${all.join(", ")}}`, instead: [kind, ...taken], ...guess }];
}

/** `host: db` and `port: 80`, as the one value that they are; `protocol: udp` as the key of it. */
function endpointIn(step: string, above: YamlNode): string | undefined {
	const entries = above.kind === "mapping" ? above.entries : [];
	const at = (...names: readonly string[]) => entries.find(([key, each]) => names.includes(key.text) && each.kind === "scalar");
	const [host, port, protocol] = [at("host", "hostname", "address"), at("port", "tcp", "udp"), at("protocol", "proto")];
	const text = (entry: typeof host) => (entry?.[1].kind === "scalar" ? entry[1].text : "");
	const others = entries.filter((each) => ![host, port, protocol].includes(each)).map(([key, each]) => `${word(key.text)}: ${flow(each)}`);
	const kind = protocol === undefined && port?.[0].text === "udp" ? "udp" : text(protocol).toLowerCase() || "tcp";
	const address = host === undefined ? text(port) : word(`${text(host)}:${text(port)}`);
	return (host ?? protocol) !== undefined && /^(?:\d+|\$\{.*\})$/.test(text(port)) && /^(?:tcp|udp)$/.test(kind)
		? `${step}: {${[`${kind}: ${address}`, ...others].join(", ")}}`
		: undefined;
}

/** `mode: u=rwx,g=rx` within braces, where the comma makes a key of what follows. */
function symbolicMode({ above }: Refused): Advice[] {
	const entries = above.kind === "mapping" ? above.entries : [];
	const parts = entries.filter(([{ text }, each]) => text === "mode" || (isNothing(each) && /^[go]=/.test(text)));
	const bits = modeOf(parts.map(([{ text }, each]) => (each.kind === "scalar" && text === "mode" ? each.text : text)).join(","));
	return bits === undefined || parts.length < 2 ? [] : [{ text: `mode: ${bits}`, instead: parts.map(([{ text }]) => text), isGuess: true }];
}

/** What is no limit of a process. */
function ofCgroup({ key, value }: Refused): Advice[] {
	return /^(?:mem|memory|cpus|pids)$/.test(key) && value.kind === "scalar"
		? [{ text: `cgroup: {${synonymOf("cgroup", key) ?? key}: ${flow(value).replace(/m$/, "M")}}`, atTop: true, isGuess: true }]
		: [];
}

/** `{src: /a.tmpl, dest: /a}` */
function templateOf(value: YamlNode): string | undefined {
	const [template, path] = [childOf(value, "src"), childOf(value, "dest")];
	return template && path && `file: {template: ${flow(template)}, path: ${flow(path)}, vars: [NAME]}`;
}

/** Where it is mounted is a word of the command, by that name. */
function withMountpoint(value: YamlNode, target: YamlNode | undefined): string | undefined {
	const words = wordsOf(value).map((each) => (target?.kind === "scalar" && each === target.text ? "{mountpoint}" : each));
	return words.includes("{mountpoint}") ? `command: [${words.map(argument).join(", ")}]` : undefined;
}

function forValue({ keys, key, value, above, message }: Refused, schemas: StepSchemas): (string | undefined)[] {
	const { names: steps, schemaOf } = schemas;
	const { parts, isStep, isItem, name } = spotOf(keys);
	const path = parts.join(".");
	const isOfStep = isStep && !isBeside(path);
	const label = isItem ? "" : `${word(name)}: `;
	return [
		isStep ? undefined : wallShape(path, value),
		...(isStep && path === "mount.type" ? typesLike(value).map((each) => `type: ${each}`) : []),
		shapes[path]?.(value, schemas),
		valueMeant(label, value, message),
		isOfStep && name === "capabilities" && value.kind === "scalar"
			? `capabilities: [${value.text.split(/[ ,]+/).map(word).join(", ")}]`
			: undefined,
		message.includes("is not a capability") ? severalNames(parts, above) : undefined,
		isStep && name === "env" && parts[0] !== "when" ? wrapped("env: ", assignments(value, "=")) : undefined,
		parts[0] === "sysctl" && childOf(above, "value") !== undefined ? wrapped("sysctl: ", assignments(above, "=")) : undefined,
		path === "fuse.command" ? withMountpoint(value, childOf(above, "target")) : undefined,
		isOfStep && parts[0] !== undefined && steps.includes(parts[0]) && key === "command" && !isItem && shellIn(value) === undefined
			? wrapped(label, listOfWords(value))
			: isOfStep && key === "command" && !isItem
				? withShell(label, value)
				: undefined,
		isOfStep && parts.length === 1 && steps.includes(name) ? stepOfValue(name, name, value) : undefined,
		isOfStep && parts.length === 1 && steps.includes(name) && key !== "command" ? fieldsOf(name, value, formOf(schemaOf(name))) : undefined,
		atLeast(label, value),
		parts[0] === "limits" ? limitOf(name, value) : undefined,
		...(path === "entry" ? [] : [withQuotes(label, value), plainer(label, value), truth(label, value), listOfOne(label, value)]),
	];
}

/** What is more than what the schema takes in another shape: none of it is to be written as it stands. */
export function shapeHints({ keys, key, isUnknownKey, value }: Refused, written: string | undefined): string[] {
	const { parts, isStep, name } = spotOf(keys);
	const ours = isStep ? (synonymOf(scopeOf({ keys }), name) ?? name) : "";
	const isCondition = parts.length === 1 ? ours === "when" : parts.length === 2 && parts[0] === "when" && ours === "env";
	const ofCondition = isCondition && written === undefined && value.kind !== "mapping" ? [conditions(value)] : [];
	const ofWall = isStep ? [] : wallHints(parts.join("."), value);
	if (ofWall.length > 0) {
		return [...ofWall];
	}
	if (isUnknownKey) {
		return parts[0] === "when" && negated.test(name) && withoutCondition(name, value) === undefined ? [noAbsence] : ofCondition;
	}
	const shell = key === "command" || (!isStep && parts[0] === "command") ? shellIn(value) : undefined;
	return [
		...(shell === undefined || written?.includes("[sh, -c") === true ? [] : [shell]),
		...ofCondition,
		...(parts.join(".") === "require.env" && value.kind === "mapping"
			? ["require asks whether a variable is set, whatever its value"]
			: []),
	];
}

/** `- NET_ADMIN, NET_RAW` in a list of names. */
function severalNames(parts: readonly string[], above: YamlNode): string | undefined {
	const names = above.kind === "sequence" ? wordsOf(above).flatMap((each) => each.split(/[ ,]+/)) : [];
	return names.length > 0 && above.kind === "sequence" && names.length > above.items.length
		? `${parts.at(-2)}: [${names.map(word).join(", ")}]`
		: undefined;
}

/** Words that only a shell understands. What a variable brings would be read by it as well. */
function shellIn(value: YamlNode): string | undefined {
	if (value.kind !== "scalar" || !needsShell(value.text)) {
		return undefined;
	}
	const script = value.text.includes("$") || value.text.length > longest / 2 ? "..." : value.text;
	return `there is no shell: [sh, -c, ${yamlQuoted(script)}] starts one`;
}

/** The shell that the words are for. A dollar sign is ours, unless it is doubled. */
function withShell(label: string, value: YamlNode): string | undefined {
	return value.kind === "scalar" && shellIn(value) !== undefined ? wrapped(label, commandOfLine(value.text)) : undefined;
}

/** `{atleast: 1}`, `{min: 1}`, `">= 1"`. */
function atLeast(label: string, value: YamlNode): string | undefined {
	const [pair, ...more] = value.kind === "mapping" ? value.entries : [];
	const isMeant = pair !== undefined && more.length === 0 && /^(?:at.?least|min(?:imum)?|gte|>=)$/i.test(pair[0].text);
	return isMeant && pair[1].kind === "scalar" ? `${label}{at_least: ${flow(pair[1])}}` : undefined;
}

/** Text that would be a truth value. */
function withQuotes(label: string, value: YamlNode): string | undefined {
	const changed = quotedTruths(value);
	return flow(changed) === flow(value) ? undefined : `${label}${flow(changed)}`;
}

function listOfOne(label: string, value: YamlNode): string | undefined {
	return value.kind === "scalar" && shellIn(value) === undefined ? wrapped(label, listOfWords(value)) : undefined;
}

/** What YAML took for a truth value once, and Docker's labels and systemd still do. */
function truth(label: string, value: YamlNode): string | undefined {
	const text = value.kind === "scalar" ? value.text : "";
	return /^(?:y|yes|on|1)$/i.test(text) ? `${label}true` : /^(?:n|no|off|0)$/i.test(text) ? `${label}false` : undefined;
}

function quotedTruths(node: YamlNode): YamlNode {
	switch (node.kind) {
		case "scalar":
			return node.plain && /^(?:true|false)$/i.test(node.text) ? { ...node, plain: false } : node;
		case "sequence":
			return { ...node, items: node.items.map(quotedTruths) };
		case "mapping":
			return { ...node, entries: node.entries.map(([key, each]) => [key, quotedTruths(each)] as const) };
	}
}

export function isNothing(value: YamlNode): boolean {
	return value.kind === "scalar" && value.plain && /^(?:~|null|)$/i.test(value.text);
}

function emptyText({ keys, key, message }: Refused): string | undefined {
	return !message.startsWith("expected text") ? undefined : typeof keys.at(-1) === "number" ? '""' : `${word(key)}: ""`;
}

const longest = 120;
const mostWritten = 4096;

function isBeside(path: string): boolean {
	return /^(?:entry|name|when|on_error)\b/.test(path);
}

type Write = (value: YamlNode, steps: StepSchemas) => string | undefined;

/** By the key, within a step from its name on. */
const shapes: Readonly<Record<string, Write>> = {
	env: (value) => wrapped("env: {set: ", assignments(quotedTruths(value), "=")),
	"env.set": (value) => wrapped("set: ", assignments(quotedTruths(value), "=")),
	"env.default": (value) => wrapped("default: ", assignments(quotedTruths(value), "=")),
	"env.from_file": (value) => wrapped("from_file: ", keysOf(value)),
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
	groups: (value) => wrapped("groups: {add: ", several(value)),
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
	"run.output": (value) => (value.kind === "scalar" && /null|^(?:false|none|no|off)$/.test(value.text) ? "output: discard" : undefined),
	"secret.from": (value) =>
		value.kind !== "scalar" ? undefined : value.text.startsWith("/") ? `from: {file: ${flow(value)}}` : `from: {env: ${flow(value)}}`,
	"run.ready": (value) =>
		value.kind !== "scalar" ? undefined : value.text.startsWith("/") ? `ready: {file: ${flow(value)}}` : `ready: {tcp: ${flow(value)}}`,
};

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
const unknownKeys: Readonly<Record<string, (name: string, value: YamlNode, above: YamlNode) => string | undefined>> = {
	env: (name, value, above) => (value.kind === "scalar" && !ownKeys.test(name) ? variablesIn("env", "set", name, above) : undefined),
	groups: (name, value, above) => {
		const added = `add: [${yamlScalar(name)}]`;
		return isMark(value) ? (childOf(above, "add") === undefined ? `groups: {${added}}` : added) : undefined;
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
	seccomp: (name, value) => wallShape(`seccomp.${name}`, value),
};

const ownKeys = /^(?:set|default|from_file|unset|clear|env|exists|command|held|file|inherit|pass|path|from_env|remove|delete)$/;

/** All of them where they belong, and what stands right already. */
function variablesIn(outer: string, inner: string, name: string, above: YamlNode): string | undefined {
	const entries = above.kind === "mapping" ? above.entries : [];
	const isOther = (key: string) => (outer === "when" ? isVariable(key) : !ownKeys.test(key) && !negated.test(key));
	const isMeant = ([key, value]: (typeof entries)[number]) => key.text === name || (isOther(key.text) && value.kind === "scalar");
	const text = ([key, value]: (typeof entries)[number]) =>
		`${yamlScalar(key.text)}: ${isNothing(value) ? '""' : flow(quotedTruths(value))}`;
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

/** A directory of this mode has files that nobody executes. */
function modesOf(value: YamlNode): string | undefined {
	const [mode] = value.kind === "scalar" ? (/^0?[0-7]{3}$/.exec(value.text) ?? []) : [];
	const files = Number.parseInt(mode ?? "", 8) & 0o666;
	return mode === undefined ? undefined : `modes: {dirs: "${mode.padStart(4, "0")}", files: "0${files.toString(8).padStart(3, "0")}"}`;
}

/** What asks for the opposite. */
const negated = /(?:^|_)(?:not?|un\w*|absent|missing)(?:_|$)/;

const noAbsence =
	"there is no condition for what is not there: a step leaves alone what is right already (if: absent of file and copy), and a variable tells starts apart: when: {unset: NAME}";

function conditions(value: YamlNode): string {
	return value.kind === "scalar" && /(?:!|not) .* ?\//.test(value.text)
		? noAbsence
		: "when has all of env: NAME, env: {NAME: value}, unset: NAME, exists: PATH; nothing else is asked";
}

/** There is one for variables alone. */
function withoutCondition(name: string, value: YamlNode): string | undefined {
	return value.kind === "scalar" && !/[/\s!|&]/.test(value.text) && !/exist|absent|missing|file|path/.test(name)
		? `when: {unset: ${flow(value)}}`
		: undefined;
}

function limitsOf(entries: (YamlNode & { kind: "mapping" })["entries"]): string {
	return `limits: {${entries.map(([{ text }, value]) => limitOf(text, value) ?? `${word(text)}: ${flow(value)}`).join(", ")}}`;
}

/** `{soft: 1, hard: 2}`, a list of both, or one in other units. */
function limitOf(name: string, value: YamlNode): string | undefined {
	const [soft, hard] = ["soft", "hard"].map((each) => childOf(value, each));
	const bounds = value.kind === "sequence" ? value.items : value.kind === "scalar" ? [value] : [soft ?? hard, hard];
	const texts = bounds
		.flatMap((each) => (each?.kind === "scalar" ? each.text.split(/[:/]|(?<=\w)[\s,]+(?=\d|-1|inf|unl)/) : []))
		.map(boundOf);
	const [one, two = one] = texts;
	return one === undefined || two === undefined || texts.length > 2
		? undefined
		: `${word(name)}: ${one === two ? word(one) : yamlQuoted(`${one}:${two}`)}`;
}

const powers = "kmgt";

/** `64k`, `-1` and `infinity`, as setrlimit(2) has them. */
function boundOf(text: string): string {
	const [, number = "", unit = ""] = /^(\d[\d_]*)\s*(?:([kmgt])i?)?b?$/i.exec(text.trim()) ?? [];
	const bits = 10n * BigInt(powers.indexOf(unit.toLowerCase() || "-") + 1);
	return /^(?:-1|inf(?:inity)?|max)$/i.test(text)
		? "unlimited"
		: /^(?:false|no|off|none)$/i.test(text)
			? "0"
			: number === ""
				? text
				: `${BigInt(number.replaceAll("_", "")) << bits}`;
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

const betterThanShell = "a step of its own, such as mkdir or own, is better: run holds no capability but those in capabilities: [NAME]";

/** A line of a shell script among the steps. */
function ofLine({ value, above, keys }: Refused, steps: readonly string[]): Advice[] {
	const line = value.kind === "scalar" ? lineOf(value.text) : undefined;
	const isLast = above.kind !== "sequence" || keys.at(-1) === above.items.length - 1;
	// As whom it is done may be another user than the file's.
	if (line?.waited !== undefined && (line.isStep === true || !isLast)) {
		return [{ text: `- ${line.waited}`, isGuess: true }];
	}
	if (line?.write !== undefined) {
		const guess = line.write.startsWith("run:") || isUnsureStep(line.write, value) ? { isGuess: true } : {};
		return [line.isOfDocument === true ? { text: line.write, atTop: true } : { text: `- ${line.write}`, ...guess }];
	}
	const meant = value.kind === "scalar" && line?.leave === undefined ? meantBy(value.text, steps) : undefined;
	const step = meant && stepOf({ ...(value as YamlScalar), text: meant.line }, steps);
	const written = meant && (step ?? lineOf(meant.line)?.write);
	const isMeant = meant !== undefined && written !== undefined && meant.line.trim() !== meant.name;
	const isScript = value.kind === "scalar" && line?.leave === undefined && /\s/.test(value.text) && needsShell(value.text);
	return [
		...(isMeant ? [{ text: `- ${written}`, isGuess: true, note: `did you mean ${yamlQuoted(meant.name)}?` }] : []),
		...(isScript ? [{ text: `- run: ${commandOfLine(value.text)}`, isGuess: true, note: betterThanShell }] : []),
	];
}

/** The keys of each step, with what stands beside it. */
function entriesOf(value: YamlNode & { kind: "mapping" }, steps: StepSchemas): string[] {
	const written = value.entries.map(([key, each]) => [stepOfKey(key.text, each, steps), `${word(key.text)}: ${flow(each)}`] as const);
	const beside = written.flatMap(([step, text]) => (step === undefined ? [text] : []));
	return written.flatMap(([step]) => (step === undefined ? [] : [[...beside, step].join(", ")]));
}

/** With what is wrong within it put right as well. */
function stepOfKey(key: string, value: YamlNode, steps: StepSchemas): string | undefined {
	const step = stepAtTop(key, value, steps.names);
	const [kind = ""] = step?.split(":") ?? [];
	if (step !== `${kind}: ${flow(value)}`) {
		return step;
	}
	const { fields } = fieldsIn(kind, steps);
	return value.kind === "mapping"
		? `${kind}: {${value.entries.map(([{ text }, each]) => `${fieldMeant(kind, text, fields) ?? word(text)}: ${flow(each)}`).join(", ")}}`
		: (fieldsOf(kind, value, formOf(steps.schemaOf(kind))) ?? step);
}

function fieldMeant(kind: string, key: string, fields: FormFields): string | undefined {
	return Object.hasOwn(fields, key) ? key : synonymOf(kind, key, Object.keys(fields));
}

/** What a step takes, and which of it may stand alone. */
function fieldsIn(kind: string, { schemaOf }: StepSchemas): { readonly fields: FormFields; readonly short: string | undefined } {
	const form = formOf(schemaOf(kind));
	const full = typeof form === "object" && "full" in form ? formOf(form.full) : form;
	const fields = typeof full === "object" && "fields" in full ? full.fields : {};
	const short = typeof form === "object" && "short" in form ? form.short : Object.keys(fields).find((name) => fields[name]?.required);
	return { fields, short };
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
	const [, field = "", rest = ""] = (value.kind === "scalar" && /^(tcp|udp|unix|file):(?:\/\/)?(.+)$/.exec(value.text)) || [];
	if (field !== "") {
		return `${kind}: {${field}: ${word(rest)}}`;
	}
	if (value.kind === "scalar" && /^http:\/\//.test(value.text)) {
		return `${kind}: {http: ${yamlScalar(value.text)}}`;
	}
	const plain = value.kind === "scalar" ? { ...value, text: value.text.replace(/ [-=]> /g, " ") } : value;
	if (shellIn(plain) !== undefined) {
		return undefined;
	}
	const byWords = typeof form === "object" && "fields" in form ? form.byWords : undefined;
	const isPath = (text: string | undefined) => text?.startsWith("/") === true || text?.startsWith(".") === true;
	const written = wordsOf(plain);
	const names = typeof form === "object" && "fields" in form ? Object.keys(form.fields) : [];
	if (written.length > 0 && written.every((each) => /^[a-z_]+=/.test(each))) {
		const named = written
			.map((each) => each.split(/=(.*)/s))
			.map(([name = "", text = ""]) => `${synonymOf(kind, name, names) ?? name}: ${word(text)}`);
		return `${kind}: {${named.join(", ")}}`;
	}
	const isTurned =
		(kind === "link" && written.length === wordsOf(value).length) ||
		(!isPath(written[0]) && isPath(written[1]) && byWords?.name === undefined);
	const words = isTurned ? written.toReversed() : written;
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

/** Keys that say no more than that there is a value. */
const bare = /^(?:path|name|value|file|dir|directory|is)$/;

/** One word in a list or a mapping of its own, where the word alone is meant. */
function plainer(label: string, value: YamlNode): string | undefined {
	const only = value.kind === "sequence" && value.items.length === 1 ? value.items[0] : undefined;
	const [pair, ...more] = value.kind === "mapping" ? value.entries : [];
	const ofPair =
		pair === undefined || more.length > 0 ? undefined : isMark(pair[1]) ? pair[0] : bare.test(pair[0].text) ? pair[1] : undefined;
	const inner = only ?? ofPair;
	return inner?.kind === "scalar" ? `${label}${flow(inner)}` : undefined;
}
