import { type Diagnostic, Failure } from "../../report/failure.ts";
import { diagnosticAt, type Source, sourceOf } from "../../report/source.ts";
import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { type JsonNode, positions } from "./json.ts";

/** More than these are one mistake made often. */
const shownAtOnce = 20;

export type Members = ReadonlyMap<string, JsonNode>;

interface Others {
	readonly refused?: Readonly<Record<string, string>>;
	meant?(text: string): string | undefined;
}

/** Takes values out of a tree of JSON, and collects what is wrong with it; what is wrong stands as `undefined`. */
export class Reading {
	readonly #text: string;
	readonly #source: Source;
	#positionOf: ReturnType<typeof positions> | undefined;
	readonly #problems: { readonly at: number; readonly diagnostic: Diagnostic }[] = [];

	constructor(text: string, file: string) {
		this.#text = text;
		this.#source = sourceOf(file, text);
	}

	/** At an offset of the text. */
	at(at: number, words: string, message: string, code: Diagnostic["code"] = "SECCOMP_PROFILE_INVALID"): Diagnostic {
		this.#positionOf ??= positions(this.#text);
		return diagnosticAt(this.#source, { node: this.#positionOf(at), words }, code, message);
	}

	wrong({ at }: Pick<JsonNode, "at">, words: string, message: string): undefined {
		if (!this.#isFull) {
			this.#problems.push({ at, diagnostic: this.at(at, words, message) });
		}
		return undefined;
	}

	/** To look for what may have been meant takes its time. */
	get #isFull(): boolean {
		return this.#problems.length >= shownAtOnce;
	}

	/** Throws all that was found, in the order of the file. */
	end(): void {
		const [first, ...others] = this.#problems.sort((one, other) => one.at - other.at).map(({ diagnostic }) => diagnostic);
		if (first !== undefined) {
			throw new Failure(first, ...others);
		}
	}

	/** null is as good as nothing, as Go reads it. */
	object(node: JsonNode, words: string, known: readonly string[]): Members {
		if (node.kind !== "object") {
			this.#expected("an object", node, words);
			return new Map();
		}
		for (const [key] of node.members) {
			if (!this.#isFull && !known.includes(key.text)) {
				this.wrong(key, below(words, key.text), `unknown key ${quoted(key.text)}${suggestion(key.text, known)}`);
			}
		}
		return new Map(node.members.flatMap(([{ text }, value]): [string, JsonNode][] => (value.kind === "null" ? [] : [[text, value]])));
	}

	/** What has to be there. Of what is no object it is said already. */
	required(node: JsonNode, words: string, members: Members, key: string): JsonNode | undefined {
		return members.get(key) ?? (node.kind === "object" ? this.wrong(node, words, `the key ${key} is missing`) : undefined);
	}

	list<T>(node: JsonNode | undefined, words: string, item: (node: JsonNode, words: string) => T | undefined): T[] {
		if (node === undefined) {
			return [];
		}
		if (node.kind !== "list") {
			this.#expected("a list", node, words);
			return [];
		}
		return node.items.map((each, index) => item(each, `${words}[${index}]`)).filter((each) => each !== undefined);
	}

	text(node: JsonNode, words: string): string | undefined {
		return node.kind === "text" ? node.text : this.#expected("text", node, words);
	}

	/** One of the words, and what it stands for. Of others some are refused with a reason, and some are known to be meant for one. */
	choice<T>(
		node: JsonNode,
		words: string,
		known: Readonly<Record<string, T>>,
		what: string,
		{ refused = {}, meant = () => undefined }: Others = {},
	): { readonly text: string; readonly value: T } | undefined {
		const text = this.text(node, words);
		if (text === undefined || Object.hasOwn(known, text)) {
			return text === undefined ? undefined : { text, value: known[text] as T };
		}
		if (this.#isFull) {
			return undefined;
		}
		if (Object.hasOwn(refused, text)) {
			return this.wrong(node, words, `${text} ${refused[text]}`);
		}
		const other = meant(text);
		const hint = other === undefined ? suggestion(text, Object.keys(known)) : `; did you mean "${other}"?`;
		return this.wrong(node, words, `unknown ${what} ${quoted(text)}${hint}`);
	}

	/** Without a sign, from 0 to `most`. */
	integer(node: JsonNode, words: string, most: bigint, toolarge = `more than ${most}`): bigint | undefined {
		if (node.kind !== "number" || !/^[0-9]+$/.test(node.text)) {
			return this.#expected("a number from 0 without a sign, a fraction or an exponent", node, words);
		}
		// More digits than these are too large, and would take long to read.
		const value = node.text.length > 20 ? most + 1n : BigInt(node.text);
		return value <= most ? value : this.wrong(node, words, toolarge);
	}

	#expected(what: string, node: JsonNode, words: string): undefined {
		const isQuoted = node.kind === "text" && what.startsWith("a number") && /^\s*[0-9]+\s*$/.test(node.text);
		if (isQuoted) {
			return this.wrong(node, words, `expected ${what}: ${quoted(node.text)} is text, as it stands in quotes`);
		}
		const is =
			node.kind === "text" || node.kind === "number" ? quoted(node.text) : node.kind === "truth value" ? node.text : articled(node);
		return this.wrong(node, words, `expected ${what}, not ${is}`);
	}
}

function articled({ kind }: JsonNode): string {
	return kind === "null" ? "null" : `${kind === "object" ? "an" : "a"} ${kind}`;
}

export function below(words: string, key: string): string {
	return words === "" ? key : `${words}.${key}`;
}

export function isEmptyList(node: JsonNode): boolean {
	return node.kind === "list" && node.items.length === 0;
}
