import type { Edit } from "../report/correction.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { at, commentsIn, dashColumn, dashesColumn, edit, endOf, endOfKey, isFlow, type Lines, type Point } from "./extent.ts";
import { childOf } from "./locate.ts";
import { flow, itemText, rendered, word } from "./written.ts";

/** Changes of a document as changes of the text that it was read from. */

type Keys = readonly (string | number)[];

type Entries = readonly (readonly [key: string, value: YamlNode])[];

/** Entries stand for an entry; none take it away. More follow a value in its list. What is put stands at the end, or before an entry of a block. */
export type Change =
	| { readonly kind: "entry"; readonly keys: Keys; readonly entries: Entries }
	| { readonly kind: "key"; readonly keys: Keys; readonly name: string }
	| { readonly kind: "value"; readonly keys: Keys; readonly value: YamlNode; readonly more?: readonly YamlNode[] }
	| { readonly kind: "before"; readonly keys: Keys; readonly entries: Entries }
	| { readonly kind: "put"; readonly into: Keys; readonly entries?: Entries; readonly items?: readonly YamlNode[] };

/** Undefined where it is not plain to see what would have to be changed. */
export function editOf(root: YamlNode, lines: Lines, change: Change): Edit | undefined {
	const trail = trailOf(root, change.kind === "put" ? change.into : change.keys);
	if (trail === undefined) {
		return undefined;
	}
	const inFlow = trail.slice(0, -1).some(({ value }) => isFlow(lines, value));
	switch (change.kind) {
		case "value": {
			const isItem = !inFlow && trail.at(-2)?.value.kind === "sequence";
			const dash = isItem ? `\n${" ".repeat(Math.max(0, ownerOf(lines, trail) - 1))}- ` : ", ";
			return valueEdit(lines, trail, inFlow, [change.value, ...(change.more ?? [])].map(isItem ? itemText : flow).join(dash));
		}
		case "key": {
			const { key } = trail.at(-1) as Stop;
			const end = key && endOfKey(lines, key);
			return end && edit(key, end, word(change.name));
		}
		case "before": {
			const { key } = trail.at(-1) as Stop;
			const texts = change.entries.flatMap(([name, value]) => rendered(name, value));
			const place = { line: key?.line ?? 1, column: 1 };
			return key === undefined || inFlow || key.column > 1 ? undefined : edit(place, place, texts.map((text) => `${text}\n`).join(""));
		}
		case "entry": {
			if (trail.at(-2)?.value.kind === "sequence") {
				return change.entries.length === 0 ? itemEdit(lines, trail, inFlow) : undefined;
			}
			const texts = change.entries.flatMap(([key, value]) => (inFlow ? [entryText(key, value)] : rendered(key, value)));
			return inFlow ? flowEntryEdit(lines, trail, texts) : blockEntryEdit(lines, trail, texts);
		}
		case "put": {
			const isInFlow = inFlow || isFlow(lines, (trail.at(-1) as Stop).value);
			const entries = (change.entries ?? []).flatMap(([key, value]) => (isInFlow ? [entryText(key, value)] : rendered(key, value)));
			return putEdit(lines, trail, [...entries, ...(change.items ?? []).map(isInFlow ? flow : itemText)]);
		}
	}
}

function entryText(key: string, value: YamlNode): string {
	return `${word(key)}: ${flow(value)}`;
}

/** A node on the way, with its key in a mapping. */
interface Stop {
	readonly key: YamlScalar | undefined;
	readonly value: YamlNode;
}

type Trail = readonly Stop[];

function trailOf(root: YamlNode, keys: Keys): Trail | undefined {
	const trail: Stop[] = [{ key: undefined, value: root }];
	for (const key of keys) {
		const above = trail.at(-1)?.value;
		const value = childOf(above, key);
		if (value === undefined) {
			return undefined;
		}
		trail.push({ key: above?.kind === "mapping" ? above.entries.find(([{ text }]) => text === key)?.[0] : undefined, value });
	}
	return trail;
}

/** The column of what a value belongs to: its key, the dash of its item, or nothing. */
function ownerOf(lines: Lines, trail: Trail): number {
	const { key, value } = trail.at(-1) as Stop;
	return key?.column ?? (trail.length === 1 ? 0 : dashColumn(lines, value));
}

function valueEdit(lines: Lines, trail: Trail, inFlow: boolean, text: string): Edit | undefined {
	const { key, value } = trail.at(-1) as Stop;
	const keyEnd = key && endOfKey(lines, key);
	const isNothing = value.kind === "scalar" && value.plain && value.text === "";
	const end = isNothing && keyEnd ? { ...keyEnd, column: keyEnd.column + 1 } : endOf(lines, value, ownerOf(lines, trail), inFlow);
	// A block begins on a line of its own; what stands for it goes beside the key.
	const start = keyEnd && (isNothing || value.line > key.line) ? { ...keyEnd, column: keyEnd.column + 1 } : value;
	const isBeside = start !== value;
	return end && hasNoComment(lines, start, end) ? edit(start, end, `${isBeside ? " " : ""}${text}`) : undefined;
}

function hasNoComment(lines: Lines, start: Point, end: Point): boolean {
	return commentsIn(lines, start, end).length === 0;
}

/** Whole lines, where the entry has them to itself. Comments within it stay, above it. */
function blockEntryEdit(lines: Lines, trail: Trail, texts: readonly string[]): Edit | undefined {
	const { key, value } = trail.at(-1) as Stop;
	const above = trail.at(-2)?.value;
	if (key === undefined || above?.kind !== "mapping") {
		return undefined;
	}
	const keyEnd = endOfKey(lines, key);
	const end =
		value.kind === "scalar" && value.plain && value.text === "" && keyEnd
			? { ...keyEnd, column: keyEnd.column + 1 }
			: endOf(lines, value, key.column, false);
	if (end === undefined) {
		return undefined;
	}
	const indent = " ".repeat(key.column - 1);
	const isFirst =
		(lines[key.line - 1] ?? [])
			.slice(0, key.column - 1)
			.join("")
			.trim() === "";
	const comments = commentsIn(lines, key, end);
	if (texts.length > 0) {
		return comments.length > 0 && !isFirst ? undefined : edit(key, end, [...comments, ...texts].join(`\n${indent}`));
	}
	if (isFirst) {
		const isLast = end.line === lines.length;
		return comments.length > 0
			? edit(key, end, comments.join(`\n${indent}`))
			: edit({ line: key.line, column: 1 }, isLast ? end : { line: end.line + 1, column: 1 }, "");
	}
	const next = above.entries[above.entries.findIndex(([each]) => each === key) + 1]?.[0];
	return next && hasNoComment(lines, key, next) ? edit(key, next, "") : undefined;
}

function flowEntryEdit(lines: Lines, trail: Trail, texts: readonly string[]): Edit | undefined {
	const { key, value } = trail.at(-1) as Stop;
	const above = trail.at(-2)?.value;
	const end = endOf(lines, value, 0, true);
	if (key === undefined || above?.kind !== "mapping" || end === undefined) {
		return undefined;
	}
	if (texts.length > 0) {
		return edit(key, end, texts.join(", "));
	}
	const place = above.entries.findIndex(([each]) => each === key);
	const [next, before] = [above.entries[place + 1]?.[0], above.entries[place - 1]?.[1]];
	const endBefore = before && endOf(lines, before, 0, true);
	return next === undefined ? (endBefore ? edit(endBefore, end, "") : edit(key, end, "")) : edit(key, next, "");
}

/** A list without an item. */
function itemEdit(lines: Lines, trail: Trail, inFlow: boolean): Edit | undefined {
	const { value } = trail.at(-1) as Stop;
	const above = trail.at(-2)?.value;
	const items = above?.kind === "sequence" ? above.items : [];
	if (inFlow) {
		const [next, before] = [items[items.indexOf(value) + 1], items[items.indexOf(value) - 1]];
		const [end, endBefore] = [endOf(lines, value, 0, true), before && endOf(lines, before, 0, true)];
		return next === undefined ? end && edit(endBefore ?? value, end, "") : edit(value, next, "");
	}
	const column = dashColumn(lines, value);
	const end = endOf(lines, value, column, false);
	const isFirst =
		(lines[value.line - 1] ?? [])
			.slice(0, column - 1)
			.join("")
			.trim() === "";
	return end && isFirst && hasNoComment(lines, value, end)
		? edit({ line: value.line, column: 1 }, end.line === lines.length ? end : { line: end.line + 1, column: 1 }, "")
		: undefined;
}

/** At the end of a mapping or a list. */
function putEdit(lines: Lines, trail: Trail, texts: readonly string[]): Edit | undefined {
	const { value } = trail.at(-1) as Stop;
	if (value.kind === "scalar") {
		return undefined;
	}
	const isEmpty = value.kind === "mapping" ? value.entries.length === 0 : value.items.length === 0;
	if (isFlow(lines, value)) {
		const end = endOf(lines, value, 0, true);
		if (end === undefined) {
			return undefined;
		}
		let column = end.column - 1;
		while (/\s/.test(at(lines, { line: end.line, column: column - 1 }))) {
			column--;
		}
		const comma = isEmpty || at(lines, { line: end.line, column: column - 1 }) === "," ? "" : ",";
		return edit({ line: end.line, column }, { line: end.line, column }, `${comma}${isEmpty ? "" : " "}${texts.join(", ")}`);
	}
	const end = endOf(lines, value, ownerOf(lines, trail), false);
	const place = end && { line: end.line, column: (lines[end.line - 1]?.length ?? 0) + 1 };
	const column = value.kind === "sequence" ? dashesColumn(lines, value) : value.column;
	const dash = value.kind === "sequence" ? "- " : "";
	return place && column > 0 ? edit(place, place, texts.map((text) => `\n${" ".repeat(column - 1)}${dash}${text}`).join("")) : undefined;
}
