import type { Edit } from "../report/correction.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { dashesColumn, edit, endOf, endOfKey, isFlow, type Lines, type Point, rest } from "./extent.ts";
import { isNothing } from "./plain-shapes.ts";
import { flow, word } from "./written.ts";

/**
 * Another shape of what is written, as changes beside it: what stays keeps its comments, its quotes and its blocks of text. Whether that comes to
 * what is wanted is for the reader of it to find out.
 */

type Edits = readonly Edit[] | undefined;
type Entry = readonly [key: YamlScalar, value: YamlNode];

/** An entry of a mapping under this name and with this value. Undefined where something of it would have to be written anew. */
export function reshaped(lines: Lines, [key, value]: Entry, name: string, wanted: YamlNode): Edits {
	const end = endOfKey(lines, key);
	const inner = changesOf(lines, key, value, wanted);
	return end && inner && [...(key.text === name ? [] : [edit(key, end, word(name))]), ...inner];
}

/** Entries that belong into the block of the one above them. */
export function movedIn(lines: Lines, above: YamlNode, kind: string, number: number, wanted: YamlNode): Edits {
	const entries = above.kind === "mapping" ? above.entries : [];
	const first = entries.findIndex(([{ text }]) => text === kind);
	const [owner, ...below] = entries.slice(first, first + number + 1);
	if (owner === undefined || !isBlock(lines, ...owner) || wanted.kind !== "mapping") {
		return undefined;
	}
	const names = wanted.entries.slice(-number);
	return all(
		below.flatMap((entry, index) => {
			const [name, value] = names[index] ?? entry;
			return [indented(lines, entry[0].line, entry, owner[1].column - entry[0].column), reshaped(lines, entry, name.text, value)];
		}),
	);
}

function all(edits: readonly Edits[]): Edits {
	return edits.includes(undefined) ? undefined : edits.flatMap((each) => each ?? []);
}

function changesOf(lines: Lines, key: YamlNode, value: YamlNode, wanted: YamlNode): Edits {
	if (isSameTree(value, wanted)) {
		return [];
	}
	if (value.kind === "scalar") {
		const isEmpty = value.text === "";
		const behind = endOfKey(lines, key);
		const end = isEmpty ? behind && { ...behind, column: behind.column + 1 } : endOf(lines, value, 0, true);
		return value.plain && wanted.kind === "scalar" && end
			? [edit(isEmpty ? end : value, end, `${isEmpty ? " " : ""}${flow(wanted)}`)]
			: undefined;
	}
	const [only, ...others] = partsOf(wanted);
	const [inner, ...more] = partsOf(value);
	if (isBlock(lines, key, value)) {
		const start = { line: key.line + 1, column: 1 };
		if (only && others.length === 0 && wanted.kind === "mapping" && isAlike(value, only[1])) {
			const column = Math.max(key.column + 2, value.kind === "sequence" ? dashesColumn(lines, value) : value.column);
			const heading = edit(start, start, `${" ".repeat(column - 1)}${word(only[0].text)}:\n`);
			return all([[heading], indented(lines, start.line, [key, value], 2), changesOf(lines, key, value, only[1])]);
		}
		if (inner && more.length === 0 && value.kind === "mapping" && isSameTree(inner[1], wanted) && /:\s*$/.test(rest(lines, inner[0]))) {
			return [edit({ line: inner[0].line, column: 1 }, { line: inner[0].line + 1, column: 1 }, "")];
		}
		if (value.kind === "mapping" && wanted.kind === "sequence") {
			const firsts = new Set(wanted.items.map((_, index) => wanted.items.slice(0, index).flatMap(partsOf).length));
			const dashes = value.entries.flatMap(([each], index) => (firsts.has(index) ? [edit(each, each, "- ")] : []));
			const indents = indented(lines, start.line, [key, value], 2)?.filter(({ line }) => dashes.every((each) => each.line !== line));
			return all([dashes, indents, pairwise(lines, value, { ...value, entries: wanted.items.flatMap(partsOf) })]);
		}
	}
	return pairwise(lines, value, wanted);
}

function pairwise(lines: Lines, value: YamlNode, wanted: YamlNode): Edits {
	const other = partsOf(wanted);
	return isAlike(value, wanted)
		? all(partsOf(value).map((part, index) => reshapedPart(lines, value, part, other[index] ?? part)))
		: undefined;
}

function reshapedPart(lines: Lines, of: YamlNode, part: Entry, [name, wanted]: Entry): Edits {
	return of.kind === "mapping" ? reshaped(lines, part, name.text, wanted) : changesOf(lines, part[0], part[1], wanted);
}

/** An item stands for its key. */
function partsOf(node: YamlNode): readonly Entry[] {
	return node.kind === "mapping" ? node.entries : node.kind === "sequence" ? node.items.map((item) => [item as YamlScalar, item]) : [];
}

/** As many parts of the same kind. */
function isAlike(value: YamlNode, wanted: YamlNode): boolean {
	return value.kind === wanted.kind && partsOf(value).length === partsOf(wanted).length;
}

function isBlock(lines: Lines, key: Point, value: YamlNode): boolean {
	return value.kind !== "scalar" && !isFlow(lines, value) && value.line > key.line;
}

/** What belongs to an entry, from a line on. Empty lines stay empty. */
function indented(lines: Lines, from: number, [key, value]: readonly [Point, YamlNode], by: number): Edits {
	const last = endOf(lines, value, key.column, false)?.line ?? 0;
	return last < from || by < 1
		? undefined
		: Array.from({ length: last - from + 1 }, (_, index) => ({ line: from + index, column: 1 }))
				.filter((start) => rest(lines, start).trim() !== "")
				.map((start) => edit(start, start, " ".repeat(by)));
}

/** Whatever the order of the keys. A null is no text, and both have no characters. */
export function isSameTree(left: YamlNode, right: YamlNode): boolean {
	return treeOf(left) === treeOf(right);
}

function treeOf(node: YamlNode): string {
	return node.kind === "scalar"
		? isNothing(node)
			? "~"
			: flow(node)
		: node.kind === "sequence"
			? `[${node.items.map(treeOf)}]`
			: `{${node.entries.map(([{ text }, value]) => `${word(text)}:${treeOf(value)}`).sort()}}`;
}
