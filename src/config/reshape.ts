import type { Edit } from "../report/correction.ts";
import type { YamlNode } from "../sys/native.ts";
import { commentsIn, dashesColumn, edit, endOf, endOfKey, isFlow, type Lines, type Point, rest } from "./extent.ts";
import { isNothing } from "./shapes.ts";
import { flow, word } from "./written.ts";

/** Another shape of what is written, as changes beside it: what stays keeps its comments, its quotes and its blocks of text. */

type Mapping = YamlNode & { readonly kind: "mapping" };
type Entry = Mapping["entries"][number];

/** An entry of a mapping under this name and with this value. Undefined where something of it would have to be written anew. */
export function reshaped(lines: Lines, [key, value]: Entry, name: string, wanted: YamlNode): readonly Edit[] | undefined {
	const end = endOfKey(lines, key);
	const place = end && { line: end.line, column: end.column + 1 };
	const isEmpty = value.kind === "scalar" && value.plain && value.text === "" && wanted.kind === "scalar" && !isSame(value, wanted);
	const inner = isEmpty && place ? [edit(place, place, ` ${flow(wanted)}`)] : changesOf(lines, key, value, wanted);
	return inner === undefined || end === undefined ? undefined : [...(key.text === name ? [] : [edit(key, end, word(name))]), ...inner];
}

/** Entries that belong into the block of the one above them. */
export function movedIn(
	lines: Lines,
	above: YamlNode,
	kind: string,
	moved: readonly string[],
	wanted: YamlNode,
): readonly Edit[] | undefined {
	const entries = above.kind === "mapping" ? above.entries : [];
	const first = entries.findIndex(([{ text }]) => text === kind);
	const [owner, ...below] = entries.slice(first, first + moved.length + 1);
	const [, last] = below.at(-1) ?? [];
	if (owner === undefined || last === undefined || wanted.kind !== "mapping") {
		return undefined;
	}
	const [key, block] = owner;
	const opened = block.kind === "scalar" && commentsIn(lines, key, last).length > 0 ? asBlock(lines, key, block, wanted) : undefined;
	const isBlock = block.kind === "mapping" && !isFlow(lines, block) && block.line > key.line;
	if (!isBlock && opened === undefined) {
		return undefined;
	}
	const names = wanted.entries.slice(isBlock ? block.entries.length : 1);
	const by = isBlock ? block.column - key.column : 2;
	const edits = below.map(([key, value], index) => {
		const [name, wantedValue] = names[index] ?? [];
		const isMeant = name !== undefined && wantedValue !== undefined && moved[index] === key.text;
		const changes = isMeant ? reshaped(lines, [key, value], name.text, wantedValue) : undefined;
		const indents = indented(lines, { line: withComments(lines, key.line), column: 1 }, lastOf(lines, key, value), by);
		return changes === undefined || indents === undefined ? undefined : [...indents, ...changes];
	});
	return first < 0 || below.length < moved.length || edits.includes(undefined)
		? undefined
		: [...(opened ?? []), ...edits.flatMap((each) => each ?? [])];
}

/** The value of a short form, below the key that it stands for. */
function asBlock(lines: Lines, key: Entry[0], value: YamlNode, { entries: [first] }: Mapping): readonly Edit[] | undefined {
	const end = endOfKey(lines, key);
	return end !== undefined && first !== undefined && value.line === key.line && isSame(value, first[1])
		? [edit({ line: end.line, column: end.column + 1 }, value, `\n${" ".repeat(key.column + 1)}${word(first[0].text)}: `)]
		: undefined;
}

function changesOf(lines: Lines, key: Point, value: YamlNode, wanted: YamlNode): readonly Edit[] | undefined {
	if (isSame(value, wanted)) {
		return [];
	}
	const isBlock = value.kind !== "scalar" && !isFlow(lines, value) && value.line > key.line;
	const [only, ...others] = wanted.kind === "mapping" ? wanted.entries : [];
	const below = isBlock && only && others.length === 0 && isAlike(value, only[1]) ? changesOf(lines, key, value, only[1]) : undefined;
	if (below && only) {
		const column = Math.max(key.column + 2, columnOf(lines, value));
		const heading = edit(
			{ line: key.line + 1, column: 1 },
			{ line: key.line + 1, column: 1 },
			`${" ".repeat(column - 1)}${word(only[0].text)}:\n`,
		);
		const indents = indented(lines, { line: key.line + 1, column: 1 }, lastOf(lines, key, value), 2);
		return indents && [heading, ...indents, ...below];
	}
	const [inner] = value.kind === "mapping" && value.entries.length === 1 ? value.entries : [];
	if (inner && isBlock && isSame(inner[1], wanted) && /^[\w-]+:\s*$/.test(rest(lines, inner[0]))) {
		return [edit({ line: inner[0].line, column: 1 }, { line: inner[0].line + 1, column: 1 }, "")];
	}
	if (value.kind === "mapping" && wanted.kind === "sequence" && isBlock) {
		return asItems(lines, key, value, wanted.items);
	}
	return isAlike(value, wanted) ? pairwise(lines, value, wanted) : undefined;
}

function pairwise(lines: Lines, value: YamlNode, wanted: YamlNode): readonly Edit[] | undefined {
	const edits =
		value.kind === "mapping" && wanted.kind === "mapping"
			? value.entries.map((entry, index) => {
					const [name, each] = wanted.entries[index] as Entry;
					return reshaped(lines, entry, name.text, each);
				})
			: value.kind === "sequence" && wanted.kind === "sequence"
				? value.items.map((item, index) => changesOf(lines, item, item, wanted.items[index] as YamlNode))
				: [value.kind === "scalar" && wanted.kind === "scalar" ? scalarEdit(lines, value, wanted) : undefined];
	return edits.includes(undefined) ? undefined : edits.flatMap((each) => each ?? []);
}

function scalarEdit(lines: Lines, value: YamlNode, wanted: YamlNode): readonly Edit[] | undefined {
	const end = endOf(lines, value, value.column, true);
	return end?.line === value.line && !/^[|>]/.test(rest(lines, value)) ? [edit(value, end, flow(wanted))] : undefined;
}

/** A null is no text, and both have no characters. */
function isSame(value: YamlNode, wanted: YamlNode): boolean {
	switch (value.kind) {
		case "scalar":
			return wanted.kind === "scalar" && flow(value) === flow(wanted) && isNothing(value) === isNothing(wanted);
		case "sequence":
			return isAlike(value, wanted) && value.items.every((each, index) => isSame(each, (wanted as typeof value).items[index] as YamlNode));
		case "mapping":
			return (
				isAlike(value, wanted) &&
				value.entries.every(([key, each], index) => {
					const [name, other] = (wanted as Mapping).entries[index] as Entry;
					return key.text === name.text && isSame(each, other);
				})
			);
	}
}

/** As many parts of the same kind. */
function isAlike(value: YamlNode, wanted: YamlNode): boolean {
	return (
		value.kind === wanted.kind &&
		(value.kind !== "mapping" || value.entries.length === (wanted as Mapping).entries.length) &&
		(value.kind !== "sequence" || value.items.length === (wanted as typeof value).items.length)
	);
}

/** Steps without their dashes. */
function asItems(lines: Lines, key: Point, value: Mapping, items: readonly YamlNode[]): readonly Edit[] | undefined {
	const firsts = new Set<number>();
	let next = 0;
	const wanted = items.flatMap((item) => {
		firsts.add(next);
		next += item.kind === "mapping" ? item.entries.length : 1;
		return item.kind === "mapping" ? item.entries : [];
	});
	const inner = pairwise(lines, value, { ...value, entries: wanted });
	const lined = new Set(value.entries.map(([each]) => each.line));
	const dashes = value.entries.flatMap(([each], index) => (firsts.has(index) ? [edit(each, each, "- ")] : []));
	const starts = new Set(
		dashes.flatMap(({ line }) => {
			const first = withComments(lines, line);
			return Array.from({ length: line - first + 1 }, (_, index) => first + index);
		}),
	);
	const indents = indented(lines, { line: key.line + 1, column: 1 }, lastOf(lines, key, value), 2);
	return wanted.length !== value.entries.length || lined.size < wanted.length || inner === undefined || indents === undefined
		? undefined
		: [...dashes, ...indents.filter(({ line }) => !starts.has(line)), ...inner];
}

/** The first line of the comments above one, or itself. */
function withComments(lines: Lines, line: number): number {
	return isComment(lines, line - 1) ? withComments(lines, line - 1) : line;
}

function isComment(lines: Lines, line: number): boolean {
	return /^\s*#/.test(rest(lines, { line, column: 1 }));
}

/** The last line of what belongs to a key. */
function lastOf(lines: Lines, key: Point, value: YamlNode): number {
	return endOf(lines, value, key.column, false)?.line ?? 0;
}

/** Empty lines stay empty. */
function indented(lines: Lines, from: Point, last: number, by: number): readonly Edit[] | undefined {
	return last < from.line || by < 1
		? undefined
		: Array.from({ length: last - from.line + 1 }, (_, index) => ({ line: from.line + index, column: 1 }))
				.filter((start) => rest(lines, start).trim() !== "")
				.map((start) => edit(start, start, " ".repeat(by)));
}

function columnOf(lines: Lines, value: YamlNode): number {
	return value.kind === "sequence" ? dashesColumn(lines, value) : value.column;
}
