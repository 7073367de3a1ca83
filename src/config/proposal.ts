import * as v from "valibot";
import { type Correction, corrected, type Edit } from "../report/correction.ts";
import type { Reads, YamlNode } from "../sys/native.ts";
import type { DocumentSchema } from "./document.ts";
import { type Change, editOf } from "./edits.ts";
import type { Lines } from "./extent.ts";
import type { Advice } from "./foreign-words.ts";
import { childOf, locate } from "./locate.ts";
import { merged } from "./merge.ts";
import { isOfMachine } from "./mount-shapes.ts";
import { isSameTree, movedIn, reshaped } from "./reshape.ts";
import { type Complete, toValue } from "./values.ts";
import { flow, isMark, isOneLine, itemText, rendered, word } from "./written.ts";

/** What is to be written, tried where it would stand: it is told only when the schema takes it, and as a change of the file where that comes to the same. */

export type Keys = readonly (string | number)[];

export interface Document {
	readonly text: string;
	readonly lines: Lines;
	readonly root: YamlNode;
	readonly reads: Reads;
	/** Of a document that uses any of the steps. */
	readonly schema: DocumentSchema;
	readonly complete: Complete;
	/** What the corrections before would put at the top: a second one of the same key has to wait until that stands there. */
	readonly promised: Map<string, YamlNode>;
}

export interface Proposal {
	/** Lines. */
	readonly told: readonly string[];
	readonly correction: Correction | undefined;
	/** What is to be known of it. */
	readonly note?: string;
}

/** Stands for what only the reader knows. */
const open = "...";

interface Wanted extends Pick<Proposal, "told"> {
	readonly changed: YamlNode;
	/** What of it has to be good. */
	readonly places: readonly Keys[];
	readonly changes: readonly Change[] | undefined;
	/** The same, with what stays left as it is written. */
	readonly gentle?: readonly Edit[] | undefined;
	/** What stands at the top then and did not before. */
	readonly fresh?: readonly (readonly [string, YamlNode])[];
}

/** Who is refused by a start alone. */
const isNobody = /\b(?:owner|group|user): "?-\d|\bowner: "?[\w-]+:/;

export function proposed(advice: Advice, keys: Keys, document: Document): Proposal | undefined {
	const wanted = wantedBy(advice, keys, document);
	if (wanted === undefined || isNobody.test(advice.text) || !wanted.places.every((place) => isTaken(wanted.changed, place, document))) {
		return undefined;
	}
	const isOpen = / \.\.\.(?:$|[,}\]])/.test(advice.text);
	const lost = advice.text.startsWith("- ") ? [] : lostBy(wanted.changed, keys, document.root);
	const correction = isOpen ? undefined : correctionTo(wanted, document, advice.isGuess !== true && lost.length === 0);
	const later = correction && wanted.fresh?.flatMap(([key, value]) => promisedToo(key, value, document));
	const left = lost.length === 0 ? undefined : `this leaves out ${lost.join(", ")}`;
	const note = advice.note === undefined && left === undefined ? {} : { note: advice.note ?? (left as string) };
	const isLeft = correction?.edits.some((edit) => isLongText.test(edit.text)) === false;
	const told = isLeft ? wanted.told.map((line) => line.replace(new RegExp(isLongText, "g"), open)) : wanted.told;
	return later?.length ? { told: later, correction: undefined, ...note } : { told, correction, ...note };
}

/** What is to be written where another correction puts the same key there. */
function promisedToo(key: string, value: YamlNode, { promised }: Document): string[] {
	const before = promised.get(key);
	promised.set(key, before === undefined ? value : (merged(before, value, [key])?.value ?? value));
	return before === undefined ? [] : [`${word(key)}: ${flow(promised.get(key) ?? value)}`];
}

/** The file without an entry, or without the one that holds nothing else. */
export function without(keys: Keys, document: Document, isCertain: boolean): Correction | undefined {
	const above = childOfAll(document.root, keys.slice(0, -1));
	const number = above?.kind === "mapping" ? above.entries.length : above?.kind === "sequence" ? above.items.length : 0;
	return keys.length > 1 && number === 1
		? without(keys.slice(0, -1), document, isCertain)
		: correctionTo(
				{ changed: replaced(document.root, keys, undefined), changes: [{ kind: "entry", keys, entries: [] }] },
				document,
				isCertain,
			);
}

/** Another name for a key. */
export function renamed(keys: Keys, name: string, document: Document): Correction | undefined {
	const above = childOfAll(document.root, keys.slice(0, -1));
	const entry = above?.kind === "mapping" ? above.entries.find(([{ text }]) => text === keys.at(-1)) : undefined;
	if (entry === undefined || childOf(above, name) !== undefined || isNobody.test(`${name}: ${flow(entry[1])}`)) {
		return undefined;
	}
	const changed = replaced(replaced(document.root, keys, undefined), [...keys.slice(0, -1), name], entry[1]);
	// What is wrong below is told under the right name, and by itself.
	const isCertain = isTaken(changed, [...keys.slice(0, -1), name], document, keys.length === 1);
	return correctionTo({ changed, changes: [{ kind: "key", keys, name }] }, document, isCertain);
}

/** Another value, which only a start can tell whether it is good. */
export function revalued(keys: Keys, told: string, value: YamlNode, document: Document, isCertain: boolean): Proposal {
	const wanted = { changed: replaced(document.root, keys, value), changes: [{ kind: "value", keys, value }] as const };
	return { told: [told], correction: correctionTo(wanted, document, isCertain) };
}

function wantedBy(
	{ text: advice, instead = [], atTop = false }: Advice,
	keys: Keys,
	{ root, reads, lines: text }: Document,
): Wanted | undefined {
	const isItem = advice.startsWith("- ");
	const isOnlyValue = !isItem && typeof keys.at(-1) === "number" && !/^[\w."/-]+: /.test(advice);
	const parsed = reads.parseYaml(isItem || isOnlyValue ? advice : `{${advice.replaceAll(", and ", ", ")}}`);
	if (parsed === undefined || parsed.kind === "fault") {
		return undefined;
	}
	if (isItem && parsed.kind === "sequence") {
		return itemsFor(parsed.items, advice, keys, root);
	}
	if (isOnlyValue || parsed.kind !== "mapping") {
		return { changed: replaced(root, keys, parsed), places: [keys], told: [advice], changes: [{ kind: "value", keys, value: parsed }] };
	}
	const entries = parsed.entries.map(([{ text }, value]) => [text, value] as const);
	const [[first] = [undefined]] = entries;
	if (first === undefined) {
		return undefined;
	}
	const at = atTop && keys[0] !== first ? -1 : keys.lastIndexOf(first);
	const above = at >= 0 ? keys.slice(0, at) : first === "setup" || atTop ? [] : keys.slice(0, -1);
	const own = at >= 0 ? keys.slice(0, at + 1) : keys;
	const replacing = at >= 0 && at < keys.length - 1 ? childOfAll(replaced(root, keys, undefined), own) : undefined;
	const written = textsOf(parsed, true);
	if (
		replacing &&
		!textsOf(replacing, false).every((text) => written.some((each) => each === text || (text.length > 1 && each.includes(text))))
	) {
		return undefined;
	}
	const others = instead.filter((key) => key !== keys.at(-1)).map((key) => [...above, key]);
	const start = others.reduce((document, key) => replaced(document, key, undefined), root);
	const base = replaced(start, own, undefined);
	const present = entries.map(([key]) => childOf(childOfAll(base, above), key));
	const fresh = entries.filter((_, index) => present[index] === undefined);
	const merges = entries.map(([key, value], index) => present[index] && merged(present[index], value, [...above, key]));
	const places = entries.map(([key]) => [...above, key]);
	const isHere = own.length === above.length + 1;
	const changed = entries.reduce(
		(document, [key, value], index) => replaced(document, [...above, key], merges[index]?.value ?? value),
		at >= 0 ? start : base,
	);
	const isMerged = merges.every((each, index) => each !== undefined || present[index] === undefined);
	return {
		changed,
		places,
		told: isMerged && fresh.length < entries.length ? toldMerged() : lines(entries, advice),
		gentle: entries.length === 1 ? gently(entries[0] as (typeof entries)[number]) : undefined,
		...(above.length === 0 && at < 0 ? { fresh } : {}),
		changes: isMerged
			? [
					...others.map((key) => ({ kind: "entry", keys: key, entries: [] }) as const),
					{ kind: "entry", keys: own, entries: isHere ? fresh : [] },
					...(isHere || fresh.length === 0 ? [] : [{ kind: "before", keys: own.slice(0, 1), entries: fresh } as const]),
					...merges.flatMap((each) => each?.changes ?? []),
				]
			: undefined,
	};

	function gently([name, value]: (typeof entries)[number]): readonly Edit[] | undefined {
		const holder = childOfAll(root, above);
		const entry = holder?.kind === "mapping" ? holder.entries.find(([key]) => key.text === own.at(-1)) : undefined;
		return others.length > 0
			? holder && movedIn(text, holder, name, instead.length - 1, value)
			: entry && isHere && present[0] === undefined
				? reshaped(text, entry, name, value)
				: undefined;
	}

	/** What joins something that is there already. */
	function toldMerged(): string[] {
		const all = entries.map(([key, value], index) => `${word(key)}: ${flow(merges[index]?.value ?? value)}`).join(", and ");
		const items = merges.flatMap((each) => each?.changes ?? []);
		return all.length <= 120 && first !== "setup"
			? [all]
			: items.flatMap(
					(change) =>
						(change.kind === "put" ? change.items?.map((item) => `- ${itemText(item)} below ${change.into.join(".")}`) : undefined) ?? [
							advice,
						],
				);
	}
}

/** Steps in the place of one, each with what stands beside that. */
function itemsFor(items: readonly YamlNode[], advice: string, keys: Keys, root: YamlNode): Wanted | undefined {
	const [list = "", index = 0] = keys;
	const all = childOf(root, list);
	const written = childOfAll(root, keys.slice(0, 2));
	const beside = written?.kind === "mapping" ? written.entries.filter(([{ text }]) => text !== keys[2]) : [];
	const [value, ...more] = items.map((each) => (each.kind === "mapping" ? { ...each, entries: [...beside, ...each.entries] } : each));
	return all?.kind !== "sequence" || value === undefined
		? undefined
		: {
				changed: replaced(root, [list], { ...all, items: all.items.toSpliced(Number(index), 1, value, ...more) }),
				places: items.map((_, place) => [list, Number(index) + place]),
				told: beside.length === 0 ? advice.split("\n") : [value, ...more].map((each) => `- ${itemText(each)}`),
				changes: [{ kind: "value", keys: keys.slice(0, 2), value, more }],
			};
}

/** What of a mapping is nowhere in the document that is to be. Limits are written in other units. */
function lostBy(changed: YamlNode, keys: Keys, root: YamlNode): readonly string[] {
	const value = childOfAll(root, keys);
	const kept = textsOf(changed, true).flatMap((text) => [text, ...text.split(/[:=]/)]);
	const isKept = (text: string) => kept.includes(text) || text.split(/[\s:,]+/).every((each) => kept.includes(each) || isOfMachine(each));
	return value?.kind !== "mapping" || keys[0] === "limits"
		? []
		: value.entries.flatMap(([{ text }, each]) =>
				text === "type" || (text === "capabilities" && keys[0] !== text) || isTruth(each) || textsOf(each, false).every(isKept)
					? []
					: [`${word(text)}: ${flow(each)}`],
			);
}

function isTruth(value: YamlNode): boolean {
	return isMark(value) || (value.kind === "scalar" && /^(?:false|no|off)$/i.test(value.text));
}

/** Words that must not be lost where something else takes the place of it. */
function textsOf(node: YamlNode, withKeys: boolean): readonly string[] {
	switch (node.kind) {
		case "scalar":
			return [node.text];
		case "sequence":
			return node.items.flatMap((each) => textsOf(each, withKeys));
		case "mapping":
			return node.entries.flatMap(([key, value]) => [
				...(withKeys || isMark(value) ? [key.text] : []),
				...(isMark(value) && !withKeys ? [] : textsOf(value, withKeys)),
			]);
	}
}

/** The advice as it is, or, where that is long, as a block. */
function lines(entries: readonly (readonly [string, YamlNode])[], advice: string): readonly string[] {
	return isOneLine(advice)
		? [advice]
		: entries
				.flatMap(([key, value]) => rendered(key, value))
				.map((line) => (isOneLine(line) ? line : line.replace(/^( *(?:- |[^:]+: )).*$/, "$1...")));
}

function isTaken(document: YamlNode, place: Keys, { schema, complete }: Pick<Document, "schema" | "complete">, isItself = false): boolean {
	const issues =
		v.safeParse(
			schema,
			toValue(document, complete, () => {}),
		).issues ?? [];
	return issues.every(({ path = [] }) => {
		const at = asWritten(
			document,
			(path ?? []).map(({ key }) => key as string | number),
		);
		const { node } = locate(document, at, false);
		// What a variable brings is known at a start.
		const isOpen = node.kind === "scalar" && (node.text === open || /^\$\{@?[\w.]+\}(?:\/|$)/.test(node.text));
		return (
			isOpen ||
			(isItself && at.length > place.length) ||
			!(place.every((key, index) => at[index] === key) || at.every((key, index) => place[index] === key && at.length > 0))
		);
	});
}

/** Without the keys that a short form leaves out, and the place in a list of what is no list. */
export function asWritten(root: YamlNode, keys: Keys): Keys {
	let node: YamlNode | undefined = root;
	return keys.filter((key) => {
		const above: YamlNode | undefined = node;
		const isThere = typeof key === "number" ? above?.kind === "sequence" : above?.kind === "mapping";
		node = isThere ? childOf(above, key) : above;
		return isThere;
	});
}

function childOfAll(root: YamlNode, keys: Keys): YamlNode | undefined {
	return keys.reduce<YamlNode | undefined>(childOf, root);
}

/** Only what is read as the very document that was tried. */
function correctionTo(
	{ changed, changes = [], gentle }: Pick<Wanted, "changed" | "changes" | "gentle">,
	document: Document,
	isCertain: boolean,
): Correction | undefined {
	const { root, lines } = document;
	const edits = changes.map((change) => editOf(root, lines, change));
	const isWhole = edits.length > 0 && !edits.includes(undefined);
	return (
		(gentle && comingTo(changed, gentle, document, isCertain)) ??
		(isWhole
			? comingTo(changed, edits as Edit[], document, isCertain && !(edits as Edit[]).some((each) => isLossy(each, lines)))
			: undefined)
	);
}

/** It puts in one line what stood in several of a text, or takes comments from the lines that they are about. */
function isLossy({ line, endLine, text }: Edit, lines: Lines): boolean {
	const comments = lines.slice(line - 1, endLine).filter((each) => /(?:^|\s)#/.test(each.join("")));
	return text.trim() !== "" && endLine > line && (isLongText.test(text) || comments.length > 1);
}

const isLongText = /"[^"]*\\u000a[^"]+"/;

function comingTo(changed: YamlNode, edits: readonly Edit[], { text, reads }: Document, isCertain: boolean): Correction | undefined {
	const correction = { edits: edits.toSorted((left, right) => left.line - right.line || left.column - right.column), isCertain };
	const parsed = reads.parseYaml(corrected(text, [correction]).text);
	const isSame =
		parsed === undefined
			? changed.kind === "mapping" && changed.entries.length === 0
			: parsed.kind !== "fault" && isSameTree(parsed, changed);
	return isSame ? correction : undefined;
}

/** The same with another value there, or without any. */
function replaced(node: YamlNode, [key, ...rest]: Keys, value: YamlNode | undefined): YamlNode {
	if (key === undefined) {
		return value ?? node;
	}
	if (node.kind === "sequence") {
		const isGone = rest.length === 0 && value === undefined;
		const items = isGone ? node.items.filter((_, index) => index !== key) : node.items;
		return { ...node, items: items.map((item, index) => (index === key && !isGone ? replaced(item, rest, value) : item)) };
	}
	if (node.kind !== "mapping") {
		return node;
	}
	const isLast = rest.length === 0;
	const others = node.entries.filter(([name]) => name.text !== key);
	const present = node.entries.find(([name]) => name.text === key);
	const name = present?.[0] ?? { kind: "scalar" as const, line: node.line, column: node.column, text: String(key), plain: true };
	const empty: YamlNode = { kind: "mapping", line: node.line, column: node.column, entries: [] };
	const next = isLast ? value : replaced(present?.[1] ?? empty, rest, value);
	return { ...node, entries: next === undefined ? others : [...others, [name, next]] };
}
