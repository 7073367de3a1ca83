import type { Edit } from "../report/correction.ts";
import type { YamlNode } from "../sys/native.ts";

/** Where what was parsed ends in the text that it was parsed from: the tree knows where each part begins. */

export interface Point {
	readonly line: number;
	readonly column: number;
}

/** Each line by its characters, as columns count them. */
export type Lines = readonly (readonly string[])[];

export function at(lines: Lines, { line, column }: Point): string {
	return lines[line - 1]?.[column - 1] ?? "";
}

export function rest(lines: Lines, { line, column }: Point): string {
	return (lines[line - 1] ?? []).slice(column - 1).join("");
}

/** Written between brackets. A block begins where the first thing in it does. */
export function isFlow(lines: Lines, node: YamlNode): boolean {
	const first = node.kind === "sequence" ? node.items[0] : node.kind === "mapping" ? node.entries[0]?.[0] : undefined;
	return node.kind !== "scalar" && /[[{]/.test(at(lines, node)) && !(first?.line === node.line && first.column === node.column);
}

/** The column of the dash before an item of a block, 0 where there is none. */
export function dashColumn(lines: Lines, { line, column }: Point): number {
	return (lines[line - 1] ?? []).slice(0, column - 1).lastIndexOf("-") + 1;
}

/** The column of the dashes of a block, 0 where that is not plain to see. One at the column of its key begins behind its first dash. */
export function dashesColumn(lines: Lines, list: Point): number {
	return /^-(?:\s|$)/.test(rest(lines, list)) ? list.column : dashColumn(lines, list);
}

/** The first place behind a value; of a block that belongs to what begins at the column `owner`. Undefined where that is not plain to see. */
export function endOf(lines: Lines, node: YamlNode, owner: number, inFlow: boolean): Point | undefined {
	const first = at(lines, node);
	if (/[&!*]/.test(first)) {
		return undefined;
	}
	if (isFlow(lines, node) || isQuoted(lines, node)) {
		return endOfFlow(lines, node);
	}
	if (inFlow) {
		return node.kind === "scalar" ? endOfPlain(lines, node, /[,\]}]|:(?=[\s,\]}]|$)| #|$/) : undefined;
	}
	const leaf = lastLeaf(node);
	const isText = leaf.kind === "scalar" && !leaf.plain && !isQuoted(lines, leaf);
	const last = lastLine(lines, node, owner, isText ? leaf.line : Number.POSITIVE_INFINITY);
	return isText
		? { line: last, column: (lines[last - 1]?.length ?? 0) + 1 }
		: endOfPlain(lines, { line: last, column: last === node.line ? node.column : 1 }, /(?<=^|\s)#|$/, node.kind !== "scalar");
}

function isQuoted(lines: Lines, node: YamlNode): boolean {
	return node.kind === "scalar" && !node.plain && /["']/.test(at(lines, node));
}

function lastLeaf(node: YamlNode): YamlNode {
	const last = node.kind === "sequence" ? node.items.at(-1) : node.kind === "mapping" ? node.entries.at(-1)?.[1] : undefined;
	return last === undefined ? node : lastLeaf(last);
}

/** Behind a key, before its colon. */
export function endOfKey(lines: Lines, key: YamlNode): Point | undefined {
	return isQuoted(lines, key) ? endOfFlow(lines, key) : endOfPlain(lines, key, /:(?=[\s,\]}]|$)/);
}

function endOfPlain(lines: Lines, start: Point, end: RegExp, mayQuote = false): Point {
	const text = rest(lines, start);
	// A comment begins outside of quotes.
	const seen = mayQuote ? text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, (quoted) => "x".repeat(quoted.length)) : text;
	const found = seen.search(end);
	return { line: start.line, column: start.column + Array.from(text.slice(0, found < 0 ? text.length : found).trimEnd()).length };
}

/** Behind the bracket or the quote that belongs to the one at the start. */
function endOfFlow(lines: Lines, start: Point): Point | undefined {
	let depth = 0;
	let quote = "";
	let before = ",";
	for (let line = start.line; line <= lines.length; line++) {
		const characters = lines[line - 1] ?? [];
		for (let column = line === start.line ? start.column : 1; column <= characters.length; column++) {
			const character = characters[column - 1] ?? "";
			if (quote !== "") {
				const isEscape = quote === '"' ? character === "\\" : character === quote && characters[column] === quote;
				column += isEscape ? 1 : 0;
				quote = !isEscape && character === quote ? "" : quote;
			} else if (character === "#" && /^\s?$/.test(characters[column - 2] ?? "")) {
				break;
			} else if (/["']/.test(character) && /[[{,:]/.test(before)) {
				quote = character;
			} else {
				depth += /[[{]/.test(character) ? 1 : /[\]}]/.test(character) ? -1 : 0;
			}
			before = /\s/.test(character) ? before : character;
			if (depth === 0 && quote === "") {
				return { line, column: column + 1 };
			}
		}
	}
	return undefined;
}

/** Of a block, without comments and empty lines that follow it. From the line `text` on, what looks like a comment is none. */
function lastLine(lines: Lines, node: YamlNode, owner: number, text: number): number {
	let last = node.line;
	for (let line = node.line + 1; line <= lines.length; line++) {
		const written = (lines[line - 1] ?? []).join("");
		const indent = written.search(/[^ ]/);
		const isInside = indent >= owner || (indent === owner - 1 && node.kind === "sequence" && /^ *-(?: |$)/.test(written));
		const isComment = /^\s*#/.test(written) && !(line >= text && isInside);
		if (written.trim() !== "" && !isComment) {
			if (!isInside) {
				break;
			}
			last = line;
		}
	}
	return last;
}

export function commentsIn(lines: Lines, start: Point, end: Point): string[] {
	return Array.from({ length: end.line - start.line }, (_, index) => {
		const text = rest(lines, { line: start.line + index, column: index === 0 ? start.column : 1 });
		return /(?:^|\s)(#.*)$/.exec(text)?.[1] ?? "";
	}).filter((each) => each !== "");
}

export function edit(start: Point, end: Point, text: string): Edit {
	return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column, text };
}
