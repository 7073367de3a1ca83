import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { isUnsureCondition } from "./condition-words.ts";
import { confineKey } from "./confine-shapes.ts";
import { commandOfLine, needsShell } from "./dollars.ts";
import type { StepSchemas } from "./entry.ts";
import { type Advice, commandOf, foreignWords, stepOfValue } from "./foreign-words.ts";
import { formOf } from "./form.ts";
import { conditions, inOneText, negated, noAbsence, shapes, unknownKeys, withoutCondition } from "./key-shapes.ts";
import { limitOf } from "./limit-shapes.ts";
import { childOf } from "./locate.ts";
import { ofMount, optionsWith, typesLike } from "./mount-shapes.ts";
import { atLeast, isNothing, listOfOne, plainer, shellIn, truth, withQuotes, withShell } from "./plain-shapes.ts";
import { type Refused, scopeOf, spotOf } from "./refused.ts";
import { lineOf, meantBy, ownersOf, stepsOfLine } from "./shell-words.ts";
import {
	byState,
	endpointIn,
	fieldsBeside,
	fieldsOf,
	modesOfKinds,
	stepOf,
	symbolicMode,
	templateOf,
	withMountpoint,
} from "./step-shapes.ts";
import { isOfEndpoint, noteOf, synonymOf } from "./synonyms.ts";
import { isRelative, octalOf, sizeOf, valueMeant } from "./value-words.ts";
import { wallHints, wallShape } from "./wall-shapes.ts";
import { assignments, flow, isMark, listOfWords, word, wordsOf, wrapped } from "./written.ts";

/**
 * What to write instead of a value of another shape: a word where there are keys, a list where there is a word. It is made of the text
 * as it stands in the file, never of what came out of a variable.
 */

/** `env: {set: {A: b}}` and the like, the likeliest first; whether it is good is found out by who asks. `known` are the keys at the top. */
export function whatToWrite(refused: Refused, steps: StepSchemas, known: readonly string[]): readonly Advice[] {
	const { isUnknownKey, value, above, keys, message } = refused;
	const note = isUnknownKey ? noteOf(scopeOf(refused), refused.key, value) : undefined;
	const guess = note === undefined ? {} : { isGuess: true, note };
	const found = isUnknownKey ? forUnknownKey(refused, steps) : isNothing(value) ? [emptyText(refused)] : forValue(refused, steps);
	return [
		...(keys.length === 1 && (isUnknownKey || keys[0] === "command") ? foreignWords(String(keys[0]), above, steps.names, known) : []),
		...(isUnknownKey || isNothing(value) || message.startsWith("expected the command") ? fieldsBeside(refused, steps) : []),
		...symbolicMode(refused),
		...(isUnknownKey ? byState(refused) : []),
		...modesOfKinds(refused),
		...(isUnknownKey && scopeOf(refused) === "run" ? ofRun(refused) : []),
		...(isUnknownKey && scopeOf(refused) === "link" ? bothWays(refused) : []),
		...(isUnknownKey && scopeOf(refused) === "secret" ? ofSecret(refused) : []),
		...(isUnknownKey && scopeOf(refused) === "mount" ? ofMount(refused) : []),
		...(isUnknownKey && scopeOf(refused) === "entry" ? ofCommand(refused) : []),
		...(isUnknownKey && scopeOf(refused) === "limits" ? ofCgroup(refused) : []),
		...(isUnknownKey ? [] : ofProgram(refused)),
		...found.flatMap((text) => (text === undefined ? [] : [{ text, ...guess, ...(isUnsure(text, refused) ? { isGuess: true } : {}) }])),
		...(isUnknownKey || spotOf(keys).parts[0] !== "entry" ? [] : ofLine(refused, steps.names)),
	].filter(({ text }) => text.length <= mostWritten);
}

/** Whose a dollar sign is, and which of two paths is the link, is known to who wrote it. */
function isUnsure(text: string, { keys, key, value, above, message }: Refused): boolean {
	const isMappingInList = value.kind === "mapping" && typeof keys.at(-1) === "number";
	const isOneOfTwo =
		isNothing(value) ||
		isRelative(message) ||
		// Whether commas part them is known to the program.
		(keys[0] === "env" && [value, ...variablesOf(above)].some((each) => keys.length > 1 && inOneText(each) !== undefined)) ||
		text.startsWith("file: {template: ") ||
		(/^expected (?:permission bits|a mask)/.test(message) && value.kind === "scalar" && /=|^\d/.test(value.text)) ||
		(message.startsWith("unknown step") && synonymOf("entry", key) === undefined) ||
		/^(?:modes|fuse): /.test(text) ||
		isUnsureCondition(value, text) ||
		isUnsureStep(text, value) ||
		(text.startsWith("when: {unset") && negated.test(key));
	return isMappingInList || isOneOfTwo || text.includes("$$") || (text.startsWith("link: {path") && value.kind === "sequence");
}

function variablesOf(env: YamlNode): readonly YamlNode[] {
	const set = childOf(env, "set");
	return set?.kind === "mapping" ? set.entries.map(([, each]) => each) : [];
}

/** What a variable brings is not known, a name may have a dot of its own, and the home of a script is that of who runs it. */
function isUnsureStep(text: string, value: YamlNode): boolean {
	const isOwner = value.kind === "scalar" && text.includes(", owner: ") && /\$|(?:^|\s)([\w-]+)\.(?!\1?\s)[\w-]+\s/.test(value.text);
	// What root makes by a command is root's, and what a step makes the workload's.
	const isMade = value.kind === "scalar" && /^(?:mkdir|copy|file):/.test(text) && /^(?:exec )?(?:mkdir|cp|touch)\b/.test(value.text);
	return isOwner || isMade || text.includes("@user.home");
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
					name === "defaultMode" && value.kind === "scalar" && /^[1-9]/.test(value.text) ? `mode: ${octalOf(value.text, /./)}` : undefined,
					ours === "run" ? wrapped("run: ", listOfWords(value)) : undefined,
					ours === "on_error" && isMark(value) ? "on_error: warn" : undefined,
					scope === "when" && value.kind === "scalar" && /[\s!|&]/.test(value.text) ? undefined : `${word(ours)}: ${flow(value)}`,
					truth(`${word(ours)}: `, value),
					isStep && ours === "command" && shellIn(value) === undefined ? wrapped("command: ", listOfWords(value)) : undefined,
				]),
		scope === "" && !isStep ? confineKey(name, value) : undefined,
		scope === "mount" && isStep ? optionsWith(name, value, above) : undefined,
		isTemplate ? templateOf(value) : undefined,
		// YAML takes `chown -R app: /data` for a key.
		refused.message.startsWith("unknown step") && value.kind === "scalar" && !isTemplate
			? lineOf(`${name}${/\s/.test(name) ? ":" : ""} ${value.text}`)?.write
			: undefined,
		scope === "when" && negated.test(name) ? withoutCondition(name, value) : unknownKeys[scope]?.(name, value, above),
	];
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
		/^env\.(?:set|default)\./.test(path) && inOneText(value) ? `${label}${inOneText(value)}` : undefined,
		valueMeant(label, value, message),
		isOfStep && name === "capabilities" && value.kind === "scalar"
			? `capabilities: [${value.text.split(/[ ,]+/).map(word).join(", ")}]`
			: undefined,
		message.includes("is not a capability") ? severalNames(parts, above) : undefined,
		isStep && name === "env" && parts[0] !== "when" ? wrapped("env: ", assignments(value, "=")) : undefined,
		parts[0] !== "sysctl"
			? undefined
			: childOf(above, "value") !== undefined
				? wrapped("sysctl: ", assignments(above, "="))
				: value.kind === "mapping"
					? `sysctl: {${dotted(above).join(", ")}}`
					: undefined,
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
		...(shell === undefined || /^- |\[sh, -c/.test(written ?? "") ? [] : [shell]),
		...ofCondition,
		...(parts.join(".") === "require.env" && value.kind === "mapping"
			? ["require asks whether a variable is set, whatever its value"]
			: []),
	];
}

/** `net: {core: {somaxconn: 1024}}`, as the one name that it is. */
function dotted(value: YamlNode, above: readonly string[] = []): string[] {
	return value.kind === "mapping"
		? value.entries.flatMap(([{ text }, each]) => dotted(each, [...above, text]))
		: [`${word(above.join("."))}: ${flow(value)}`];
}

/** `- NET_ADMIN, NET_RAW` in a list of names. */
function severalNames(parts: readonly string[], above: YamlNode): string | undefined {
	const names = above.kind === "sequence" ? wordsOf(above).flatMap((each) => each.split(/[ ,]+/)) : [];
	return names.length > 0 && above.kind === "sequence" && names.length > above.items.length
		? `${parts.at(-2)}: [${names.map(word).join(", ")}]`
		: undefined;
}

function emptyText({ keys, key, message }: Refused): string | undefined {
	return !message.startsWith("expected text") ? undefined : typeof keys.at(-1) === "number" ? '""' : `${word(key)}: ""`;
}

function isBeside(path: string): boolean {
	return /^(?:entry|name|when|on_error)\b/.test(path);
}

/** What is no limit of a process. */
function ofCgroup({ key, value }: Refused): Advice[] {
	return /^(?:mem|memory|cpus|pids)$/.test(key) && value.kind === "scalar"
		? [{ text: `cgroup: {${synonymOf("cgroup", key) ?? key}: ${sizeOf(value.text) ?? flow(value)}}`, atTop: true, isGuess: true }]
		: [];
}

/** `cmd` and `args`, which are one list. */
function ofRun({ key, above }: Refused): Advice[] {
	const both = above.kind === "mapping" ? commandOf(key, above) : undefined;
	return both === undefined ? [] : [{ ...both, text: both.text.replace(/\{default: (.*)\}/, "$1") }];
}

/** `source: db_password`, as services of Swarm and compose name one. */
function ofSecret({ key, value }: Refused): Advice[] {
	const isName = value.kind === "scalar" && /^(?=.*[a-z])[\w.-]+$/.test(value.text);
	return key === "source" && isName
		? [{ text: `from: {file: /run/secrets/${value.text}}`, isGuess: true, note: "where Docker and compose mount a secret of that name" }]
		: [];
}

/** `{from: /dev/stdout, to: /var/log/app.log}`: either may be the link. */
function bothWays({ key, value, above }: Refused): Advice[] {
	const to = childOf(above, "to");
	return !/^(?:from|target)$/.test(key) || to === undefined || childOf(above, "path") !== undefined
		? []
		: [
				{
					text: `link: {path: ${flow(to)}, to: ${flow(value)}}`,
					isGuess: true,
					note: `or {path: ${flow(value)}, to: ${flow(to)}}: path is where the link is, to is what it leads to`,
				},
			];
}

/** What the container is for, among the steps: run as one it would be root's. */
function ofCommand({ key, value, above }: Refused): Advice[] {
	const list = /^(?:exec|cmd|command)$/.test(key) && shellIn(value) === undefined ? listOfWords(value) : undefined;
	if (list === undefined) {
		return [];
	}
	const line = value.kind === "scalar" ? lineOf(value.text) : undefined;
	const isRun = ["capabilities", "timeout", "cwd", "env"].some((each) => childOf(above, each) !== undefined);
	return line?.write !== undefined && !line.write.startsWith("run:")
		? [{ text: line.write, isGuess: true, atTop: line.isOfDocument === true }]
		: isRun
			? [{ text: `run: ${list}`, isGuess: true }]
			: [{ text: `command: {default: ${list}}`, isGuess: true, atTop: true }];
}

/** A line at `run`, whose program would hold nothing of what the steps do. */
function ofProgram({ keys, key, value, above }: Refused): Advice[] {
	const isAlone = keys.length === 3 || (above.kind === "mapping" && above.entries.length === 1);
	const steps = keys[2] === "run" && key === "command" && isAlone && value.kind === "scalar" ? stepsOfLine(value.text) : undefined;
	return steps === undefined ? [] : [inItsPlace(steps, value)];
}

function inItsPlace(steps: readonly string[], value: YamlNode): Advice {
	const isUnsure = steps.length > 1 || steps.some((each) => isUnsureStep(each, value));
	return { text: steps.map((each) => `- ${each}`).join("\n"), ...(isUnsure ? { isGuess: true } : {}) };
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
		return [line.isOfDocument === true ? { text: line.write, atTop: true, isGuess: !isLast } : { text: `- ${line.write}`, ...guess }];
	}
	const meant = value.kind === "scalar" && line?.leave === undefined ? meantBy(value.text, steps) : undefined;
	const step = meant && stepOf({ ...(value as YamlScalar), text: meant.line }, steps);
	const written = meant && (step ?? lineOf(meant.line)?.write);
	const isMeant = meant !== undefined && written !== undefined && meant.line.trim() !== meant.name;
	const isScript = value.kind === "scalar" && line?.leave === undefined && /\s/.test(value.text) && needsShell(value.text);
	const parts = isScript ? stepsOfLine(value.text) : undefined;
	return [
		...(parts === undefined ? [] : [inItsPlace(parts, value)]),
		...(isMeant ? [{ text: `- ${written}`, isGuess: true, note: `did you mean ${yamlQuoted(meant.name)}?` }] : []),
		...(isScript ? [{ text: `- run: ${commandOfLine(value.text)}`, isGuess: true, note: betterThanShell }] : []),
	];
}

const mostWritten = 4096;
