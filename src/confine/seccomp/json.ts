import { quoted } from "../../report/text.ts";

/** A value of JSON with the place where it begins, an offset. A number stays text: above 2^53 a number of the engine is another one. */
export type JsonNode =
	| { readonly kind: "object"; readonly at: number; readonly members: readonly (readonly [JsonText, JsonNode])[] }
	| { readonly kind: "list"; readonly at: number; readonly items: readonly JsonNode[] }
	| JsonText
	| { readonly kind: "number" | "truth value" | "null"; readonly at: number; readonly text: string };

export interface JsonText {
	readonly kind: "text";
	readonly at: number;
	readonly text: string;
}

/** The first thing that is no JSON. */
export class JsonFault extends Error {
	readonly at: number;

	constructor(at: number, message: string) {
		super(message);
		this.at = at;
	}
}

/** In units of text, levels and values: far more than a filter that the kernel takes can be made of. */
export const jsonLimits = { size: 1024 * 1024, depth: 16, nodes: 100_000 };

/** One value of RFC 8259, and nothing beside it. A byte order mark before it is passed over; a key that is written twice is a fault. */
export function readJson(text: string): JsonNode {
	if (text.length > jsonLimits.size) {
		throw new JsonFault(0, `larger than ${jsonLimits.size / 1024} KiB`);
	}
	const notText = text.search(/[\ud800-\udfff]/u);
	if (notText >= 0) {
		throw new JsonFault(notText, "a byte that is not UTF-8");
	}
	const reader = new Reader(text);
	const value = reader.value(1);
	reader.end();
	return value;
}

const blank = /[ \t\r\n]*/y;
const string = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.+-])/y;
const word = /(?:true|false|null)(?!\w)/y;

class Reader {
	readonly #text: string;
	#at: number;
	#nodes = 0;

	constructor(text: string) {
		this.#text = text;
		this.#at = text.startsWith("\ufeff") ? 1 : 0;
	}

	value(depth: number): JsonNode {
		this.#take(blank);
		const at = this.#at;
		if (++this.#nodes > jsonLimits.nodes) {
			throw new JsonFault(at, `more than ${jsonLimits.nodes} values`);
		}
		if (depth > jsonLimits.depth) {
			throw new JsonFault(at, `deeper than ${jsonLimits.depth} levels`);
		}
		switch (this.#text[at]) {
			case "{":
				return { kind: "object", at, members: this.#members(depth) };
			case "[":
				return { kind: "list", at, items: this.#listed("]", () => this.value(depth + 1)) };
			case '"':
				return this.#string();
		}
		const digits = this.#take(number);
		if (digits !== undefined) {
			return { kind: "number", at, text: digits };
		}
		const name = this.#take(word);
		return name === undefined ? this.#refuse("a value") : { kind: name === "null" ? "null" : "truth value", at, text: name };
	}

	end(): void {
		this.#take(blank);
		if (this.#at < this.#text.length) {
			this.#refuse("the end of the file");
		}
	}

	#members(depth: number): (readonly [JsonText, JsonNode])[] {
		const known = new Set<string>();
		return this.#listed("}", () => {
			const key = this.#text[this.#at] === '"' ? this.#string() : this.#refuse("a key in quotes");
			if (known.has(key.text)) {
				throw new JsonFault(key.at, `the key ${quoted(key.text)} is written twice`);
			}
			known.add(key.text);
			this.#take(blank);
			if (this.#text[this.#at] !== ":") {
				this.#refuse("a colon after the key");
			}
			this.#at++;
			return [key, this.value(depth + 1)] as const;
		});
	}

	#listed<T>(close: "]" | "}", item: () => T): T[] {
		this.#at++;
		this.#take(blank);
		const items: T[] = [];
		if (this.#text[this.#at] === close) {
			this.#at++;
			return items;
		}
		for (;;) {
			items.push(item());
			this.#take(blank);
			const next = this.#text[this.#at];
			if (next === close) {
				this.#at++;
				return items;
			}
			if (next !== ",") {
				this.#refuse(`a comma or ${close}`);
			}
			const comma = this.#at++;
			this.#take(blank);
			if (this.#text[this.#at] === close) {
				throw new JsonFault(comma, `a comma before ${close}, where JSON takes none`);
			}
		}
	}

	#string(): JsonText {
		const at = this.#at;
		const written = this.#take(string);
		if (written === undefined) {
			throw new JsonFault(at, "text that does not end on its line, or has a \\ before a character that JSON does not escape");
		}
		return { kind: "text", at, text: written.includes("\\") ? JSON.parse(written) : written.slice(1, -1) };
	}

	#take(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.#at;
		const [found] = pattern.exec(this.#text) ?? [];
		this.#at += found?.length ?? 0;
		return found;
	}

	#refuse(expected: string): never {
		const rest = this.#text.slice(this.#at, this.#at + 32);
		const [found = ""] = /^[\w.+-]+/.exec(rest) ?? [Array.from(rest)[0]];
		throw new JsonFault(this.#at, found === "" ? `the file ends where ${expected} is expected` : refusal(expected, found, rest));
	}
}

function refusal(expected: string, found: string, rest: string): string {
	if (/^[\u2018-\u201f\u00ab\u00bb\u2039\u203a]/.test(found)) {
		return `the typographic quote ${found}, as web pages print it: JSON takes the straight " alone`;
	}
	if (/^['\u0060\u00b4]/.test(found)) {
		return `the quote ${found}: text in JSON stands between two "`;
	}
	if (/^(?:\/\/|\/\*|#)/.test(rest)) {
		return 'a comment: JSON has none, but a "comment" beside "names" is passed over';
	}
	return `expected ${expected}, not ${quoted(found)}`;
}

/** Finds lines and columns, both from 1, of what stands in a text; a column counts characters. */
export function positions(text: string): (at: number) => { readonly line: number; readonly column: number } {
	const starts = [text.startsWith("\ufeff") ? 1 : 0];
	for (const { index, 0: end } of text.matchAll(/\r\n?|\n/g)) {
		starts.push(index + end.length);
	}
	return (at) => {
		const next = starts.findIndex((start) => start > at);
		const line = next < 0 ? starts.length : Math.max(1, next);
		return { line, column: Array.from(text.slice(starts[line - 1], at)).length + 1 };
	};
}
