import {
	Composer,
	type CST,
	type Document,
	isAlias,
	isMap,
	isScalar,
	isSeq,
	type Node,
	type Pair,
	Parser,
	type YAMLMap,
	type YAMLSeq,
} from "yaml";
import type { Reads, YamlFault, YamlNode, YamlScalar } from "../sys/native.ts";
import { itemSlot, keySlot, rootSlot, type Slot, startOf, tooDeep, valueSlot } from "./yaml-places.ts";

/** The limits of the native parser; the shared vectors keep them equal. */
const maxDepth = 32;
const maxNodes = 10_000;

/** The first thing that is not accepted, and where it begins. */
class Refused extends Error {
	readonly offset: number;
	readonly fault: YamlFault["fault"];

	constructor(offset: number, fault: YamlFault["fault"], message: string) {
		super(message);
		this.offset = offset;
		this.fault = fault;
	}
}

/** `Reads.parseYaml` over the npm package: the tree, the positions, the limits and the refusals of the native parser. */
export const parseYaml: Reads["parseYaml"] = (given) => {
	// A byte order mark takes no column. A carriage return alone ends a line, which the package does not know.
	const text = given.replace(/^\ufeff/, "").replace(/\r(?!\n)/g, "\n");
	try {
		return new Reader(text).read();
	} catch (error) {
		if (error instanceof Refused) {
			return { kind: "fault", fault: error.fault, message: error.message, ...new Lines(text).position(error.offset) };
		}
		throw error;
	}
};

class Lines {
	readonly #text: string;
	readonly #starts: number[] = [0];

	constructor(text: string) {
		this.#text = text;
		for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
			this.#starts.push(end + 1);
		}
	}

	/** Columns count characters, not the sixteen-bit units of a string. */
	position(offset: number): { line: number; column: number } {
		let [low, high] = [0, this.#starts.length];
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			[low, high] = (this.#starts[middle] as number) <= offset ? [middle, high] : [low, middle];
		}
		const before = this.#text.slice(this.#starts[low], offset);
		return { line: low + 1, column: before.length - (before.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0) + 1 };
	}
}

/** A node with what an alias of it counts for. */
interface Measured {
	readonly node: YamlNode;
	readonly size: number;
	readonly height: number;
}

class Reader {
	readonly #text: string;
	readonly #lines: Lines;
	/** What each anchor stands for; `undefined` while its value is being read. */
	readonly #anchors = new Map<string, Measured | undefined>();
	#count = 0;

	constructor(text: string) {
		this.#text = text;
		this.#lines = new Lines(text);
	}

	read(): YamlNode | undefined {
		this.#refuseCharacters();
		const tokens = [...new Parser().parse(this.#text)];
		const deepest = tooDeep(tokens, maxDepth);
		if (deepest !== undefined) {
			throw new Refused(deepest, "too-deep", `deeper than ${maxDepth} levels`);
		}
		const composer = new Composer({ schema: "failsafe", version: "1.2", uniqueKeys: false, keepSourceTokens: true });
		const documents = [...composer.compose(tokens, true, this.#text.length)];
		const [first] = documents.flatMap(({ errors }) => errors).sort((left, right) => left.pos[0] - right.pos[0]);
		const syntax = first === undefined ? undefined : new Refused(first.pos[0], "syntax", first.message);
		const starts = tokens.filter((token) => token.type === "document");
		return earliest(syntax, () => this.#readDocuments(documents, starts));
	}

	#refuseCharacters(): void {
		const refused = /\p{Surrogate}|\0/u.exec(this.#text);
		if (refused !== null) {
			throw new Refused(refused.index, "syntax", refused[0] === "\0" ? "found unprintable character" : "invalid UTF-8");
		}
	}

	#readDocuments([document, second]: readonly Document.Parsed[], [start, next]: readonly CST.Document[]): YamlNode | undefined {
		if (document === undefined || start === undefined) {
			return undefined;
		}
		const isEmpty = document.contents?.range[0] === document.contents?.range[1] && document.directives.docStart !== true;
		const slot = rootSlot(start, document, this.#text);
		// An anchor or a tag makes even nothing a value.
		const isNothing = isEmpty && start.value === undefined && !slot.before.some(({ type }) => type === "anchor" || type === "tag");
		const root = isNothing ? undefined : this.#read(document.contents, slot, 1);
		if (second !== undefined && next !== undefined) {
			throw new Refused(next.offset, "unsupported", "a second document");
		}
		return root?.node;
	}

	#read(node: Node | null, slot: Slot, depth: number): Measured {
		const start = startOf(node, slot, this.#text);
		this.#checkDepth(depth, start);
		if (isAlias(node)) {
			return this.#readAlias(node.source, start, depth);
		}
		const tag = slot.before.find(({ type }) => type === "tag")?.source;
		if (tag !== undefined && tag !== "!!str") {
			throw new Refused(start, "unsupported", "a tag other than !!str");
		}
		const anchor = slot.before.find(({ type }) => type === "anchor")?.source.slice(1);
		if (anchor !== undefined) {
			this.#anchors.set(anchor, undefined);
		}
		const measured = this.#readContent(node, start, depth, tag !== undefined);
		this.#addNodes(1, start);
		if (anchor !== undefined) {
			this.#anchors.set(anchor, measured);
		}
		return measured;
	}

	#readContent(node: Node | null, start: number, depth: number, tagged: boolean): Measured {
		const position = this.#lines.position(start);
		if (isMap(node)) {
			const entries = this.#readEntries(node as YAMLMap<Node, Node | null>, depth + 1);
			return measure(
				{ kind: "mapping", ...position, entries: entries.map(([key, value]) => [key.node as YamlScalar, value.node]) },
				entries.flat(),
			);
		}
		if (isSeq(node)) {
			const items = this.#readItems(node as YAMLSeq<Node>, depth + 1);
			return measure({ kind: "sequence", ...position, items: items.map((item) => item.node) }, items);
		}
		const text = isScalar(node) ? String(node.value ?? "") : "";
		const plain = !tagged && (!isScalar(node) || node.type === "PLAIN" || node.type === undefined);
		return measure({ kind: "scalar", ...position, text, plain }, []);
	}

	#readItems(list: YAMLSeq<Node>, depth: number): Measured[] {
		return list.items.map((item, index) => this.#read(item, itemSlot(list.srcToken as CST.BlockSequence, index), depth));
	}

	#readEntries(mapping: YAMLMap<Node, Node | null>, depth: number): (readonly [Measured, Measured])[] {
		const known = new Set<string>();
		return mapping.items.map((pair: Pair<Node, Node | null>) => {
			const slot = keySlot(pair, this.#text);
			const at = startOf(pair.key, slot, this.#text);
			const key = this.#read(pair.key, slot, depth);
			if (key.node.kind !== "scalar") {
				throw new Refused(at, "unsupported", "a key that is not a scalar");
			}
			if (known.has(key.node.text)) {
				throw new Refused(at, "duplicate-key", `the key ${JSON.stringify(key.node.text)} is written twice`);
			}
			known.add(key.node.text);
			return [key, this.#read(pair.value, valueSlot(pair, this.#text), depth)];
		});
	}

	#readAlias(name: string, start: number, depth: number): Measured {
		const meant = this.#anchors.get(name);
		if (meant === undefined) {
			const isOpen = this.#anchors.has(name);
			throw new Refused(start, isOpen ? "unsupported" : "syntax", isOpen ? "an alias inside the value it stands for" : `no anchor ${name}`);
		}
		this.#checkDepth(depth + meant.height - 1, start);
		this.#addNodes(meant.size, start);
		return meant;
	}

	#checkDepth(depth: number, start: number): void {
		if (depth > maxDepth) {
			throw new Refused(start, "too-deep", `deeper than ${maxDepth} levels`);
		}
	}

	#addNodes(number: number, start: number): void {
		this.#count += number;
		if (this.#count > maxNodes) {
			throw new Refused(start, "too-many-nodes", `more than ${maxNodes} values, aliases included`);
		}
	}
}

/** The native parser reads as it goes, so of two faults it tells the first. */
function earliest<T>(syntax: Refused | undefined, read: () => T): T {
	try {
		const result = read();
		if (syntax === undefined) {
			return result;
		}
	} catch (error) {
		if (syntax === undefined || (error instanceof Refused && error.offset <= syntax.offset)) {
			throw error;
		}
	}
	throw syntax;
}

function measure(node: YamlNode, parts: readonly Measured[]): Measured {
	let [size, height] = [1, 1];
	for (const part of parts) {
		size += part.size;
		height = Math.max(height, part.height + 1);
	}
	return { node, size, height };
}
