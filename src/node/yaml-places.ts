import { type CST, type Document, isAlias, isCollection, isMap, isScalar, type Node, type Pair } from "yaml";

/** What stands before a node, and where the node begins when nothing of it is written. */
export interface Slot {
	readonly before: readonly CST.SourceToken[];
	readonly empty: number;
}

type ItemToken = CST.CollectionItem;

/** A key's place. The indicator of an explicit key belongs to the mapping, not to the key. */
export function keySlot(pair: Pair, text: string): Slot {
	const { start = [], sep = [] } = (pair.srcToken ?? {}) as Partial<ItemToken>;
	return { before: start, empty: indicatorIn(sep, "map-value-ind") ?? afterToken(start.at(-1), text) };
}

/** A value's place: what is not written stands at its colon, or without one at whatever comes next. */
export function valueSlot(pair: Pair<Node, unknown>, text: string): Slot {
	const sep = (pair.srcToken as Partial<ItemToken> | undefined)?.sep ?? [];
	const keyEnd = pair.key.range?.[1] ?? 0;
	return { before: sep, empty: indicatorIn(sep, "map-value-ind") ?? nextToken(text, keyEnd) };
}

export function itemSlot(list: CST.BlockSequence | CST.FlowCollection, index: number): Slot {
	const start = list.items[index]?.start ?? [];
	const dash = start.findIndex(({ type }) => type === "seq-item-ind");
	const blanks = start[dash + 1]?.type === "space" ? start[dash + 1]?.source.length : 0;
	return { before: start, empty: (start[dash]?.offset ?? list.offset) + 1 + (blanks ?? 0) };
}

export function rootSlot(token: CST.Document, document: Document.Parsed, text: string): Slot {
	return { before: token.start, empty: nextToken(text, document.contents?.range?.[1] ?? token.offset) };
}

/** Where a node begins: at its anchor or tag, where its text begins, or where it would be. */
export function startOf(node: Node | null, slot: Slot, text: string): number {
	const property = slot.before.find(({ type }) => type === "anchor" || type === "tag");
	if (property !== undefined) {
		return property.offset;
	}
	const [begin, end] = node?.range ?? [slot.empty, slot.empty];
	if (isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED")) {
		return blockTextStart(text, begin, end);
	}
	if (isIndentless(node, slot)) {
		const { before, empty } = itemSlot(node.srcToken as CST.BlockSequence, 0);
		return startOf(node.items[0] as Node, { before, empty }, text);
	}
	if (isMap(node) && node.items[0] !== undefined) {
		// The package begins a mapping after the anchor of its first key.
		const first = keySlot(node.items[0] as Pair, text);
		const question = indicatorIn(first.before, "explicit-key-ind") ?? begin;
		return Math.min(begin, question, startOf(node.items[0].key as Node | null, first, text));
	}
	return begin === end && !isAlias(node) && !isCollection(node) ? slot.empty : begin;
}

/** A list that is no further in than its key begins with its first item, not with the dash. */
function isIndentless(node: Node | null, { before }: Slot): node is Extract<Node, { items: unknown[] }> {
	const token = isCollection(node) ? node.srcToken : undefined;
	return token?.type === "block-seq" && before.some(({ type, indent }) => type === "map-value-ind" && indent === token.indent);
}

/** The first line of a block that is not empty, without its indent; where the block ends, when there is none. */
function blockTextStart(text: string, begin: number, end: number): number {
	const header = text.slice(begin, end).indexOf("\n");
	if (header < 0) {
		return begin;
	}
	const indent = Number(/^[|>][-+]?([1-9])/.exec(text.slice(begin, begin + 3))?.[1] ?? "0");
	const first = /^(?:[ ]*\r?\n)*([ ]*)(?=[^\s])/.exec(text.slice(begin + header + 1, end));
	if (first === null) {
		return end >= text.length ? begin : end;
	}
	const spaces = first[1]?.length ?? 0;
	return begin + header + 1 + first[0].length - spaces + (indent === 0 ? spaces : indentOf(text, begin) + indent);
}

/** The spaces that the line with this offset begins with. */
function indentOf(text: string, offset: number): number {
	return /^ */.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0].length ?? 0;
}

function indicatorIn(tokens: readonly CST.SourceToken[], type: CST.SourceToken["type"]): number | undefined {
	return tokens.find((token) => token.type === type)?.offset;
}

function afterToken(token: CST.SourceToken | undefined, text: string): number {
	return token === undefined ? 0 : nextToken(text, token.offset + token.source.length);
}

const gap = /(?:[ \t\r\n]|(?<=[ \t\r\n])#[^\n]*)*/y;

function nextToken(text: string, from: number): number {
	gap.lastIndex = from;
	return from + (gap.exec(text)?.[0].length ?? 0);
}

/** The first collection below more than `limit` others, found without recursion. */
export function tooDeep(tokens: readonly CST.Token[], limit: number): number | undefined {
	const open: (readonly [token: CST.Token, depth: number])[] = tokens.map((token) => [token, 0]);
	let first: number | undefined;
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const [token, above] = next;
		const depth = "items" in token ? above + 1 : above;
		if (depth > limit) {
			first = Math.min(first ?? token.offset, token.offset);
			continue;
		}
		const parts: (CST.Token | null | undefined)[] =
			"items" in token ? token.items.flatMap(({ key, value }) => [key, value]) : token.type === "document" ? [token.value] : [];
		for (const part of parts) {
			if (part !== null && part !== undefined) {
				open.push([part, depth]);
			}
		}
	}
	return first;
}
