import type { Correction } from "../report/correction.ts";
import type { Diagnostic } from "../report/failure.ts";
import { yamlQuoted, yamlScalar } from "../report/yaml.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { isFromAll } from "./all-but.ts";
import { conditionOf, isUnsureCondition, isVariable } from "./condition-words.ts";
import { isWithinConfine } from "./confine-shapes.ts";
import type { DocumentSchema } from "./document.ts";
import { commandOfLine, dollarsOf, hasBareName } from "./dollars.ts";
import { type Elsewhere, elsewhere, needlessField } from "./elsewhere.ts";
import type { StepSchemas } from "./entry.ts";
import { type Advice, besideUser, foreignWords } from "./foreign-words.ts";
import { type FormFields, formOf } from "./form.ts";
import { keysAt, takenThere } from "./known-here.ts";
import { childOf, locate, type Place } from "./locate.ts";
import { isMergeKey, joined, noMerge } from "./others-syntax.ts";
import { isNothing } from "./plain-shapes.ts";
import { asWritten, type Document, type Proposal, proposed, renamed, revalued, without } from "./proposal.ts";
import { type Refused, scopeOf } from "./refused.ts";
import { shapeHints, whatToWrite } from "./shapes.ts";
import { lineOf, ownedBy } from "./shell-words.ts";
import { sentenceFor, sentenceIfMissing, synonymOf } from "./synonyms.ts";
import { unsetRemedy } from "./unset.ts";
import { word } from "./written.ts";

/**
 * What to do about a key or a value that was refused. What is to be written is tried: it is told only when the schema takes it, where it would
 * stand.
 */

export interface Advised extends Pick<Diagnostic, "code" | "message">, Partial<Pick<Place, "keys" | "node">> {}

type Advising = Partial<Pick<Diagnostic, "message" | "remedy" | "correction">> & { readonly isRename?: boolean; readonly known?: string };

/** What cannot be advised takes nothing from what is told. */
export function ifItCan<T>(advise: () => T): T | undefined {
	try {
		return advise();
	} catch {
		return undefined;
	}
}

/** `write when: {env: FOO}` and the like, and the message where another says it better. */
export function adviceOn(advised: Advised, document: Document): Advising {
	const ours = withOurDollars(advised, document);
	const { correction, ...told } = ifItCan(() => adviceFor(advised, ours)) ?? {};
	// It may be a shell's.
	const isCertain = correction?.isCertain === true && ours === document;
	return correction === undefined ? told : { ...told, correction: { ...correction, isCertain } };
}

/** Where keys are joined under another one, with `${NAME}` in what stands at them. */
function withOurDollars({ code, keys = [] }: Advised, document: Document): Document {
	let isChanged = false;
	const inside = (node: YamlNode, below: Refused["keys"], isIn: boolean): YamlNode => {
		const [next, ...rest] = below;
		const isHere = isIn || next === undefined;
		switch (node.kind) {
			case "scalar":
				if (!isHere || !hasBareName(node.text)) {
					return node;
				}
				isChanged = true;
				return { ...node, text: dollarsOf([], node.text, node), plain: false };
			case "sequence":
				return { ...node, items: node.items.map((each, index) => (isHere || index === next ? inside(each, rest, isHere) : each)) };
			case "mapping":
				return {
					...node,
					entries: node.entries.map(([key, each]) => [key, isHere || key.text === next ? inside(each, rest, isHere) : each] as const),
				};
		}
	};
	if (code !== "CONFIG_UNKNOWN_KEY" || !document.text.includes("$")) {
		return document;
	}
	const root = inside(document.root, keys.length > 1 ? keys.slice(0, -1) : keys, false);
	return isChanged ? { ...document, root } : document;
}

function adviceFor({ code, message, keys, node }: Advised, document: Document): Advising {
	const isUnknownKey = code === "CONFIG_UNKNOWN_KEY";
	if (code === "INTERPOLATION_UNSET" && node?.kind === "scalar") {
		const remedy = unsetRemedy(node.text, message);
		return remedy.length === 0 ? {} : { remedy };
	}
	if (code === "INTERPOLATION_SYNTAX" && node !== undefined) {
		return onDollar(node as YamlNode, document);
	}
	if (isNeedlessDrop(code, message, keys, node, document.root)) {
		return { message: noDrop, remedy: ["leave drop out: all go but those in keep"], ...corrects(without(dropped, document, true)) };
	}
	if (code === "CAPABILITY_UNKNOWN" && keys !== undefined && node?.kind === "scalar" && !/[ ,]/.test(node.text)) {
		return nearValue(message, asWritten(document.root, keys), node as YamlScalar, document);
	}
	const lacking = code === "CONFIG_MISSING_KEY" ? sentenceIfMissing(keys ?? []) : undefined;
	if (lacking !== undefined) {
		return { remedy: [lacking] };
	}
	if (keys === undefined || (!isUnknownKey && !/^C(?:ONFIG_INVALID_VALUE|APABILITY_UNKNOWN)$/.test(code))) {
		return {};
	}
	const { root } = document;
	const written = asWritten(root, keys);
	const value = locate(root, written, false).node as YamlNode;
	const above = locate(root, written.slice(0, -1), false).node as YamlNode;
	if (isMergeKey(keys.at(-1))) {
		return onMergeKey(written, value, above, document);
	}
	const steps = stepsOf(document.schema);
	const known = isUnknownKey ? keysAt(document.schema, written.slice(0, -1)) : [];
	const isField = written[0] === "setup" && written.length === 4;
	const free = isField ? known.filter((each) => childOf(above, each) === undefined) : [];
	const refused: Refused = { keys: written, key: String(keys.at(-1) ?? ""), isUnknownKey, value, above, free, message };
	const [plain = message, ...suggested] = isUnknownKey ? message.split("; ") : [message];
	const scope = scopeOf(refused);
	const apart = isUnknownKey
		? (elsewhere(scope, refused.key, value) ??
			(written.length === 1 ? besideUser(refused.key, above) : undefined) ??
			ofStep(refused, steps.names) ??
			(message.startsWith("unknown step") ? leftOut(refused.key, value) : undefined))
		: needless(written, value);
	const isOthersWord =
		(isUnknownKey && (apart ?? synonymOf(scope, refused.key, free) ?? sentenceFor(scope, refused.key)) !== undefined) ||
		(scope === "" && isWithinConfine(refused.key));
	const isForeign =
		isUnknownKey && written.length === 1 && foreignWords(refused.key, above, steps.names, keysOfDocument(document.schema)).length > 0;
	const [, name] = /did you mean "(.+)"/.exec(message) ?? [];
	const isStepsForm = scope === "entry" && value.kind === "mapping" && name !== undefined && formless(refused.key) === formless(name);
	if (suggested.length > 0 && (isStepsForm || (!isOthersWord && !isForeign))) {
		return name === undefined
			? {}
			: childOf(above, name) === undefined
				? underName(name, refused, scope === "entry", plain, document)
				: { message: plain, remedy: [thereAlready(name, refused.key)] };
	}
	const other = isUnknownKey ? synonymOf(scope, refused.key) : undefined;
	const proposal = proposalFor(refused, document);
	const isSecond = other !== undefined && childOf(above, other) !== undefined && proposal?.correction === undefined;
	const found = isSecond ? undefined : proposal;
	const isSure = apart?.isCertain === true && !isFromAll(refused.key, above);
	const left = found === undefined && apart !== undefined ? without(written, document, isSure) : undefined;
	const hints = shapeHints(refused, found?.told[0]);
	const ours =
		found === undefined && apart === undefined && isUnknownKey && hints.length === 0 ? synonymOf(scope, refused.key, free) : undefined;
	const rename = ours === undefined ? undefined : renamed(written, ours, document);
	const isEmpty = !isUnknownKey && found === undefined && isNothing(value);
	const remedy = [
		...(isEmpty ? [`leave ${whatIsEmpty(written, steps.names)} out, or give it a value`] : []),
		...(found === undefined ? [] : toWrite(found)),
		...(found === undefined && apart !== undefined
			? apart.told
			: isSecond
				? [thereAlready(other, refused.key)]
				: [...hints, ...nameHints(refused, scope, found)]),
	];
	if (remedy.length === 0 && isUnknownKey && scope !== "" && !isField && keysOfDocument(document.schema).includes(refused.key)) {
		remedy.push(`${refused.key} is a key of the file itself`);
	}
	const taken = remedy.length > 0 ? undefined : takenThere(written.slice(0, -1), known, plain === "unknown step" ? steps.names : undefined);
	const isOutside = isOfStep(written, steps.names) && !isUnknownKey && found !== undefined && isNothing(value);
	return {
		message: isOutside
			? `the keys of ${written[2]} belong further in`
			: isUnknownKey || code === "CAPABILITY_UNKNOWN"
				? plain
				: withExample(clearer(message, value), refused, document.schema, found === undefined),
		...(remedy.length === 0 ? {} : { remedy }),
		...(taken === undefined ? {} : { known: taken }),
		...corrects(found?.correction ?? left ?? rename),
		...(rename === undefined ? {} : { isRename: true }),
	};
}

/** Its value may be another place's, by its name: told is where the key stands. */
function onMergeKey(keys: Refused["keys"], value: YamlNode, above: YamlNode, document: Document): Advising & Pick<Advised, "node"> {
	const text = joined(value, above);
	const found = proposed({ text, atTop: keys.length === 1 }, keys, document);
	return {
		message: noMerge,
		node: locate(document.root, keys, true).node,
		remedy: [text === "" ? "leave it out" : `write ${text}`],
		...corrects(found?.correction),
	};
}

function thereAlready(ours: string, key: string): string {
	return `${ours} is there already: leave ${yamlScalar(key)} out`;
}

/** Whether a step is what stands there. */
function isOfStep(keys: Refused["keys"], steps: readonly string[]): boolean {
	return keys[0] === "setup" && keys.length === 3 && steps.includes(String(keys[2]));
}

/** What has no value; of a list it is the place that is no name. */
function whatIsEmpty(keys: Refused["keys"], steps: readonly string[]): string {
	const last = keys.at(-1) ?? "";
	return (keys[0] === "setup" && keys.length === 2) || isOfStep(keys, steps)
		? "this step"
		: typeof last === "number"
			? "this item"
			: yamlScalar(last);
}

/** Another step does something else: only another form of the word is certainly meant. */
function underName(name: string, { keys, key, value }: Refused, isStep: boolean, plain: string, document: Document): Advising {
	const correction = renamed(keys, name, document);
	const isForm = formless(key) === formless(name);
	const isWords = value.kind === "scalar" || (value.kind === "sequence" && value.items.every(({ kind }) => kind === "scalar"));
	if (isStep && !isForm && correction !== undefined && !correction.isCertain && isWords) {
		return { message: plain };
	}
	// `ENV: prod` may be a variable of that name.
	const isOther = keys.at(-2) === "when" && isVariable(key);
	const isCertain = correction?.isCertain === true && (!isStep || isForm) && !isOther;
	return { ...corrects(correction && { ...correction, isCertain }), isRename: true };
}

function formless(key: string): string {
	return key.toLowerCase().replace(/[-_\s]|s$/g, "");
}

/** What it gives is for a person to want. */
function nearValue(message: string, keys: Refused["keys"], node: YamlScalar, document: Document): Advising {
	const [, name] = /did you mean "(.+)"/.exec(message) ?? [];
	return name === undefined ? {} : corrects(revalued(keys, name, { ...node, text: name }, document, false).correction);
}

function proposalFor(refused: Refused, document: Document): Proposal | undefined {
	for (const advice of whatToWrite(refused, stepsOf(document.schema), keysOfDocument(document.schema))) {
		const proposal = proposed(forUser(advice, document.root), refused.keys, document);
		if (proposal !== undefined) {
			return proposal;
		}
	}
	return undefined;
}

/** Whose a tree is to be, by the same variables as the user, needs no word. */
function forUser(advice: Advice, root: YamlNode): Advice {
	const user = childOf(root, "user");
	const text = user?.kind === "scalar" ? ownedBy(user.text, advice.text) : advice.text;
	return text === advice.text ? advice : { ...advice, text, isGuess: false };
}

const dropped = ["capabilities", "drop"];
const noDrop = "drop goes with keep: ALL only; without it, everything that is not kept is dropped";

/** Beside names that are kept, and `drop: ALL`. */
function isNeedlessDrop(code: string, message: string, keys: Advised["keys"], node: Advised["node"], root: YamlNode): boolean {
	const kept = locate(root, ["capabilities", "keep"], false);
	const isAllKept = kept.node.kind === "scalar" && kept.words === "capabilities.keep" && /^all$/i.test(kept.node.text);
	const isOfDrop = code === "CAPABILITY_UNKNOWN" && dropped.every((key, index) => keys?.[index] === key);
	const isSo =
		code === "CONFIG_CONFLICT" ? message === noDrop : isOfDrop && !isAllKept && node?.kind === "scalar" && /^all$/i.test(node.text);
	return isSo && !isFromAll("drop", locate(root, ["capabilities"], false).node as YamlNode);
}

/** `$NAME` and the forms of a shell that are written otherwise here; a line of a script among the steps. */
function onDollar(node: YamlNode, document: Document): Advising {
	const keys = keysTo(document.root, node);
	if (keys === undefined || node.kind !== "scalar") {
		return {};
	}
	const isEntry = keys.length === 2 && keys[0] === "setup";
	const text = ofHome(keys, dollarsOf(keys, node.text, document.root));
	const label = typeof keys.at(-1) === "number" ? "" : `${word(String(keys.at(-1)))}: `;
	const refused = {
		keys,
		key: String(keys.at(-1)),
		isUnknownKey: false,
		value: node,
		above: locate(document.root, keys.slice(0, -1), false).node as YamlNode,
		free: [],
		message: "",
	};
	const isCondition = keys.length === 3 && /^(?:if|when|only_if)$/.test(refused.key);
	const candidates: readonly Advice[] = isEntry
		? whatToWrite(refused, stepsOf(document.schema), [])
		: isCondition
			? [conditionOf(node)].flatMap((each) => (each === undefined ? [] : [{ text: each, isGuess: isUnsureCondition(node, each) }]))
			: lineAsCommand(keys, node.text);
	const [, variable] = isOfName.test(placeOf(keys)) ? (/^\$(\w+)$/.exec(node.text) ?? []) : [];
	const found =
		candidates.map((each) => proposed(forUser(each, document.root), keys, document)).find((each) => each !== undefined) ??
		(variable === undefined ? undefined : revalued(keys, `${label}${variable}`, { ...node, text: variable }, document, false)) ??
		(isEntry || text === node.text
			? undefined
			: revalued(keys, `${label}${yamlQuoted(text)}`, { ...node, text, plain: false }, document, !hasBareName(node.text)));
	const left = isEntry && found === undefined ? needless(keys, node) : undefined;
	const message = isEntry ? { message: "expected a step, such as own: /data" } : {};
	const remedy = found === undefined ? (left?.told ?? (isEntry ? [noScript] : [])) : toWrite(found);
	return {
		...message,
		...(remedy.length === 0 ? {} : { remedy }),
		...corrects(found?.correction ?? (left && without(keys, document, left.isCertain))),
	};
}

/** A path of a step is below the home of the workload: HOME itself is that of the start. */
function ofHome(keys: Refused["keys"], text: string): string {
	return keys[0] === "setup" && !/^(?:run|hooks|when)$/.test(String(keys[2])) ? text.replace(/^\$\{HOME\}(?=\/)/, "${@user.home}") : text;
}

/** Where the name of a variable is asked for, of which a dollar sign makes its value. */
const isOfName = /\.(?:unset|env_unset|from_file|vars|(?:when|require|from)\.env)(?:\.-)?$/;

function placeOf(keys: Refused["keys"]): string {
	return keys.map((key) => (typeof key === "number" ? "-" : key)).join(".");
}

/** A whole command in one text. */
function lineAsCommand(keys: Refused["keys"], text: string): { text: string; isGuess: true }[] {
	const at = placeOf(keys);
	const line = at === "command" ? lineOf(text) : undefined;
	if (line?.isOfDocument === true && line.write !== undefined) {
		return [{ text: line.write, isGuess: true }];
	}
	const list = /^(?:setup\.-\.run(?:\.command)?|command(?:\.default)?)$/.test(at) ? commandOfLine(text) : undefined;
	const written = at === "command" ? `command: {default: ${list}}` : `${keys.at(-1)}: ${list}`;
	return list === undefined ? [] : [{ text: written, isGuess: true }];
}

const noScript = "there is no shell: each step says what is to be so, and when: {env: NAME} beside it says when";

function keysTo(node: YamlNode, wanted: YamlNode): Refused["keys"] | undefined {
	if (node === wanted) {
		return [];
	}
	const below =
		node.kind === "sequence"
			? node.items.map((item, index) => [index, item] as const)
			: node.kind === "mapping"
				? node.entries.map(([key, each]) => [key.text, each] as const)
				: [];
	for (const [key, each] of below) {
		const found = keysTo(each, wanted);
		if (found !== undefined) {
			return [key, ...found];
		}
	}
	return undefined;
}

function corrects(correction: Correction | undefined): Pick<Diagnostic, "correction"> {
	return correction === undefined ? {} : { correction };
}

/** In one line, or as the lines that are to stand there. */
function toWrite({ told: [first = "", ...others], note }: Proposal): string[] {
	const written = others.length === 0 ? [`write ${first}`] : ["write", ...[first, ...others].map((line) => `  ${line}`)];
	return note === undefined ? written : [...written, ...note.split("\n")];
}

/** What a step does anyway, written in it or beside it. */
function ofStep({ keys, key, value, above }: Refused, steps: readonly string[]): Elsewhere | undefined {
	const beside = above.kind === "mapping" ? above.entries.find(([{ text }]) => steps.includes(text))?.[0].text : undefined;
	const step = keys[0] !== "setup" ? undefined : keys.length === 3 ? beside : keys.length === 4 ? String(keys[2]) : undefined;
	return step === undefined ? undefined : needlessField(step, key, value);
}

/** A line of a shell script among the steps that does nothing here. */
function needless(keys: Refused["keys"], value: YamlNode): Elsewhere | undefined {
	if (keys.length === 3 && keys[2] === "when" && value.kind === "scalar" && /^(?:always|true)$/i.test(value.text)) {
		return { told: ["leave when out: a step is done at each start"], isCertain: true };
	}
	return keys.length === 2 && keys[0] === "setup" ? leftOut("", value) : undefined;
}

function leftOut(name: string, value: YamlNode): Elsewhere | undefined {
	const leave = value.kind === "scalar" ? lineOf(`${name} ${value.text}`)?.leave : undefined;
	return leave === undefined ? undefined : { told: [`leave it out: ${leave}`], isCertain: true };
}

/** Where no value can be carried over, the name of the key is known at least. */
function nameHints({ isUnknownKey, key, free, value }: Refused, scope: string, advice: Proposal | undefined): string[] {
	const ours = synonymOf(scope, key, free);
	const called = ours === undefined ? undefined : `the key is called ${ours}`;
	const isPath = value.kind === "scalar" && value.text.startsWith("/");
	const sentence = (isPath ? called : undefined) ?? sentenceFor(scope, key) ?? called;
	return isUnknownKey && advice === undefined && sentence !== undefined ? [sentence] : [];
}

/** What is written instead of the text that is expected. */
function clearer(message: string, value: YamlNode): string {
	if (value.kind === "scalar") {
		const [, soft = "", hard = ""] = message.startsWith("expected a number, unlimited")
			? (/^(\d+|unlimited):(\d+)$/.exec(value.text) ?? [])
			: [];
		if (message.startsWith("expected text") && value.plain && /^(?:true|false)$/i.test(value.text)) {
			return `expected text, and ${value.text} without quotes is a truth value`;
		}
		return soft === "" ? message : `the soft limit ${soft} exceeds the hard limit ${hard}: the soft one stands first`;
	}
	const is = value.kind === "sequence" ? "a list" : "a mapping";
	return message.startsWith("expected text") ? `expected one value as text, and this is ${is}` : message;
}

/** What is expected, once where no line could be made of what was written. */
function withExample(message: string, { keys }: Refused, schema: DocumentSchema, isWanted: boolean): string {
	if (!isWanted || !/^expected (?:a mapping|a list)\b(?!.*such as)/.test(message)) {
		return message;
	}
	const [first, , kind] = keys;
	const steps = stepsOf(schema);
	const step = first === "setup" && keys.length === 3 && steps.names.includes(String(kind)) ? String(kind) : undefined;
	const example =
		step === undefined
			? Object.hasOwn(exampleOf, String(first)) && first === keys.at(-1)
				? exampleOf[String(first)]
				: undefined
			: exampleOfStep(step, steps);
	return example === undefined ? message : `${message}, such as ${example}`;
}

const exampleOf: Readonly<Record<string, string>> = {
	command: "command: {default: [PROGRAM, --flag]}",
	env: "env: {set: {NAME: value}}",
	groups: "groups: {add: [video]}",
	capabilities: "capabilities: {keep: [NET_BIND_SERVICE]}",
	limits: "limits: {nofile: 65536}",
	setup: "setup: [{own: /data}]",
	cgroup: "cgroup: {pids: 200}",
	landlock: "landlock: {write: /data}",
};

/** With the fields that it has to have. */
function exampleOfStep(kind: string, { schemaOf }: StepSchemas): string | undefined {
	const form = formOf(schemaOf(kind));
	const fields = typeof form === "object" && "fields" in form ? Object.entries(form.fields) : [];
	const needed = fields.filter(([, field]) => field.required);
	const shown = needed.length > 0 ? needed : fields.slice(0, 1);
	return shown.length === 0 ? undefined : `${kind}: {${shown.map(([name]) => `${name}: ...`).join(", ")}}`;
}

export function stepsOf(schema: DocumentSchema): StepSchemas {
	const { item } = (fieldsOf(schema)["setup"] as FormFields[string]).schema() as unknown as { readonly item: unknown };
	return (formOf(item) as { readonly steps: StepSchemas }).steps;
}

export function keysOfDocument(schema: DocumentSchema): readonly string[] {
	return Object.keys(fieldsOf(schema));
}

function fieldsOf(schema: DocumentSchema): FormFields {
	return (formOf(schema) as { readonly fields: FormFields }).fields;
}
