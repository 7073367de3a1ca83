import { capabilityNames } from "../capability/names.ts";
import { nearest } from "../report/suggest.ts";
import { yamlQuoted, yamlScalar } from "../report/yaml.ts";
import type { YamlMapping, YamlNode, YamlScalar } from "../sys/native.ts";
import { type Advised, type Advising, corrects, forUser, leftOut, needless, toWrite } from "./advising.ts";
import { isFromAll } from "./all-but.ts";
import { eachAtTheEdge, isWrapping, notBelow } from "./at-the-top.ts";
import { isVariable } from "./condition-words.ts";
import { isWithinConfine } from "./confine-shapes.ts";
import { onDollar, withOurDollars } from "./dollar-advice.ts";
import { type Elsewhere, elsewhere, needlessField } from "./elsewhere.ts";
import { clearer, keysOfDocument, stepsOf, withExample } from "./example-of.ts";
import { rest } from "./extent.ts";
import { besideUser, foreignWords } from "./foreign-words.ts";
import { keysAt, takenThere } from "./known-here.ts";
import { childOf, locate } from "./locate.ts";
import { isMergeKey, joined, noMerge } from "./others-syntax.ts";
import { isNothing } from "./plain-shapes.ts";
import { asWritten, type Document, type Proposal, proposed, renamed, revalued, without } from "./proposal.ts";
import { type Refused, scopeOf } from "./refused.ts";
import { shapeHints, whatToWrite } from "./shapes.ts";
import { sentenceFor, sentenceIfMissing, synonymOf } from "./synonyms.ts";
import { unsetRemedy } from "./unset.ts";
import { flow, word } from "./written.ts";

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

function adviceFor({ code, message, keys, node }: Advised, document: Document): Advising & Partial<Pick<Advised, "node">> {
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
	const steps = stepsOf(document.schema);
	if (isMergeKey(keys.at(-1))) {
		return onMergeKey(written, value, above, document);
	}
	if (isUnknownKey && written.length === 1 && isWrapping(`${written[0]}`, value, [...keysOfDocument(document.schema), ...steps.names])) {
		return onWrapping(`${written[0]}`, value, written, document);
	}
	const comment = !isUnknownKey && isNothing(value) ? commentAt(written, document) : undefined;
	if (comment !== undefined && message.startsWith("expected text")) {
		const line = `${yamlScalar(`${written.at(-1)}`)}: ${yamlQuoted(comment)}`;
		return { remedy: [`what follows # is a comment: write ${line}, or "" for an empty one`] };
	}
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
	const ownKey =
		message.includes(" has no loop, offset, size") && childOf(value, "size") ? { node: locate(root, [...written, "size"], true).node } : {};
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
		...ownKey,
	};
}

/** `#general`, where a key has no value. */
function commentAt(keys: Refused["keys"], { root, lines }: Document): string | undefined {
	return /^[^:]*:\s+(#[^\s#].*?)\s*$/.exec(rest(lines, locate(root, keys, true).node))?.[1];
}

/** Its value may be another place's, by its name: told is where the key stands. */
function onMergeKey(keys: Refused["keys"], value: YamlNode, above: YamlNode, document: Document): Advising & Pick<Advised, "node"> {
	const pairs = joined(value, above);
	const all = { text: pairs.join(", and "), atTop: keys.length === 1 };
	const whole = pairs.length === 0 ? undefined : proposed(all, keys, document);
	const good = whole ? pairs : pairs.filter((text) => proposed({ ...all, text }, keys, document) !== undefined);
	const text = good.join(", and ");
	const line = pairs.filter((each) => !good.includes(each)).join(", ");
	const found = whole ?? (text === "" ? undefined : proposed({ ...all, text, isGuess: true }, keys, document));
	return {
		message: noMerge,
		node: locate(document.root, keys, true).node,
		remedy:
			text === ""
				? [line === "" ? "leave it out" : `leave it out: ${line} cannot stand here`]
				: [`write ${text}`, ...(line === "" ? [] : [`this leaves out ${line}, which cannot stand here`])],
		...corrects(found?.correction),
	};
}

/** Which of ours it means is not to be guessed: what stands below it are the keys. */
function onWrapping(key: string, { entries }: YamlMapping, keys: Refused["keys"], document: Document): Advising {
	const text = entries.map(([{ text: name }, each]) => `${word(name)}: ${flow(each)}`).join(", and ");
	const found = proposed({ text, atTop: true, ...(key === "abdicate" ? {} : { isGuess: true }) }, keys, document);
	return { message: notBelow(key), remedy: found === undefined ? [eachAtTheEdge] : toWrite(found), ...corrects(found?.correction) };
}

function thereAlready(ours: string, key: string): string {
	return ours === "when"
		? `when is there already, and has all of it: when: {exists: PATH, env: NAME}`
		: `${ours} is there already: leave ${yamlScalar(key)} out`;
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
	const [, near] = /did you mean "(.+)"/.exec(message) ?? [];
	const name = near ?? capabilityLike(node.text.toUpperCase().replace(/^CAP_/, ""));
	return name === undefined
		? {}
		: {
				...(near === undefined ? { message: `${message}; did you mean "${name}"?` } : {}),
				...corrects(revalued(keys, name, { ...node, text: name }, document, false).correction),
			};
}

/** The only one that begins so, or the nearest one. */
function capabilityLike(text: string): string | undefined {
	const [only, ...others] = text.length < shortest ? [] : capabilityNames.filter((each) => each.startsWith(text));
	return others.length === 0 ? (only ?? nearest(text, capabilityNames)) : undefined;
}

const shortest = 3;

function proposalFor(refused: Refused, document: Document): Proposal | undefined {
	for (const advice of whatToWrite(refused, stepsOf(document.schema), keysOfDocument(document.schema))) {
		const proposal = proposed(forUser(advice, document.root), refused.keys, document);
		if (proposal !== undefined) {
			return proposal;
		}
	}
	return undefined;
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

/** What a step does anyway, written in it or beside it. */
function ofStep({ keys, key, value, above }: Refused, steps: readonly string[]): Elsewhere | undefined {
	const beside = above.kind === "mapping" ? above.entries.find(([{ text }]) => steps.includes(text))?.[0].text : undefined;
	const step = keys[0] !== "setup" ? undefined : keys.length === 3 ? beside : keys.length === 4 ? String(keys[2]) : undefined;
	return step === undefined ? undefined : needlessField(step, key, value);
}

/** Where no value can be carried over, the name of the key is known at least. */
function nameHints({ isUnknownKey, key, free, value }: Refused, scope: string, advice: Proposal | undefined): string[] {
	const ours = synonymOf(scope, key, free);
	const called = ours === undefined ? undefined : `the key is called ${ours}`;
	const isPath = value.kind === "scalar" && value.text.startsWith("/");
	const sentence = (isPath ? called : undefined) ?? sentenceFor(scope, key) ?? called;
	return isUnknownKey && advice === undefined && sentence !== undefined ? [sentence] : [];
}
