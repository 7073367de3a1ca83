import { hasUnsafe } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";

/** What is not known well enough to be written anew; the file stays as it is. */
export class Unformatted extends Error {
	/** An offset in the text, line ends being newlines and without a byte order mark. */
	readonly at: number;

	constructor(at: number) {
		super("unformatted");
		this.at = at;
	}
}

/** A block that is open: the column of its keys or dashes as they are written, and as they will be. */
interface Level {
	readonly from: number;
	readonly to: number;
	readonly isList: boolean;
}

const document: Level = { from: -1, to: -2, isList: false };

const blanks = /[ \t]*/y;
const marker = /(?:---|\.\.\.)(?=[ \t\n]|$)/y;
const directive = /%[^\n]*/y;
const indicator = /[-?:](?=[ \t\n]|$)/y;
const colon = /[ \t]*:(?=[ \t\n]|$)/y;
const trailing = /[ \t]+$/;
const comment = /#[^\n]*/y;
const property = /[&!][^ \t\n,[\]{}]*(?=[ \t\n,[\]{}]|$)/y;
const quotedText = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^']|'')*'/y;
const alias = /\*[^ \t\n,[\]{}]+/y;
const blockHeader = /[|>][-+1-9]{0,2}(?=[ \t\n]|$)/y;
const plainInBlock = /(?:[^ \t\n:#]|:(?=[^ \t\n])|(?<=[^ \t\n])#|[ \t]+(?=[^ \t\n:#]|:[^ \t\n]))+/y;
const plainInFlow = /(?:[^ \t\n,[\]{}:#]|:(?=[^ \t\n,[\]{}])|(?<=[^ \t\n,[\]{}])#|[ \t]+(?=[^ \t\n,[\]{}:#]|:[^ \t\n,[\]{}]))+/y;

/** Line ends as newlines, without a byte order mark. */
export function withNewlines(text: string): string {
	return text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
}

/**
 * A valid document in the one form: indents, blanks and quotes are made anew, everything else stands where it was. It goes from line to line
 * and knows as much of YAML as tells where a node begins. What comes out has to be proved. Throws Unformatted.
 */
export function format(given: string): string {
	return new Formatter(withNewlines(given)).format();
}

class Formatter {
	readonly #text: string;
	#at = 0;
	readonly #lines: string[] = [];
	#line = "";
	#levels: [Level, ...Level[]] = [document];
	/** Comments, and empty texts for blank lines, that wait for the line below, beside which they stand. */
	#waiting: { readonly column: number; readonly text: string }[] = [];
	/** The column of a bracket that ends what began on this line. */
	#base = 0;
	/** Trailing blank lines are part of a block that says so. */
	#isKept = false;

	constructor(text: string) {
		this.#text = text;
	}

	format(): string {
		while (this.#at < this.#text.length) {
			this.#oneLine();
		}
		this.#placeWaiting({ from: 0, to: 0, isList: false });
		while (!this.#isKept && this.#lines.at(-1) === "") {
			this.#lines.pop();
		}
		return this.#lines.map((line) => `${line}\n`).join("");
	}

	#oneLine(): void {
		const column = this.#skip();
		const char = this.#text[this.#at];
		if (char === undefined || char === "\n" || char === "#") {
			this.#waiting.push({ column, text: this.#take(comment)?.replace(trailing, "") ?? "" });
			this.#at++;
			return;
		}
		this.#isKept = false;
		const mark = column === 0 ? (this.#take(marker) ?? this.#take(directive)) : undefined;
		if (mark === undefined) {
			this.#block();
		} else {
			this.#placeWaiting({ from: 0, to: 0, isList: false });
			this.#levels = [document];
			this.#base = 0;
			this.#line = mark.replace(trailing, "");
			this.#value(" ");
		}
		this.#endLine();
	}

	/** Dashes, a key, a value: a line on which a node of a block begins. */
	#block(): void {
		const first = this.#column();
		let before = "";
		for (let mark = this.#take(indicator); mark !== undefined; mark = this.#take(indicator)) {
			const at = this.#column() - 1;
			before = this.#opened(at, mark === "-", at === first, before) + mark;
			this.#skip();
			if (!this.#isLineEnd()) {
				before += " ";
			}
		}
		const at = this.#column();
		const begin = this.#at;
		const isKey = this.#key();
		this.#at = begin;
		if (isKey) {
			this.#line = this.#opened(at, false, at === first, before);
			this.#base = this.#level.to;
			this.#node();
			this.#take(colon);
			this.#line += isMark(this.#line) ? " :" : ":";
			this.#value(" ");
			return;
		}
		if (before === "") {
			const ended = this.#levels;
			this.#close((level) => level.from >= at);
			const to = this.#level.to + 2;
			this.#placeWaiting({ from: at, to, isList: false }, ended);
			this.#line = " ".repeat(to);
		}
		this.#base = this.#level.to + 2;
		if (before === "") {
			this.#node();
		} else {
			this.#line = before;
			this.#value("");
		}
	}

	/** What stands before a key or a dash in this column: on a line of its own its indent, else what is on the line already. */
	#opened(at: number, isList: boolean, isFirst: boolean, before: string): string {
		// A list may stand in the column of its key.
		const ended = this.#levels;
		this.#close((level) => level.from > at || (level.from === at && level.isList && !isList));
		if (this.#level.from !== at || this.#level.isList !== isList) {
			this.#levels.push({ from: at, to: this.#level.to + 2, isList });
		}
		if (!isFirst) {
			return before;
		}
		this.#placeWaiting(this.#level, ended);
		return " ".repeat(this.#level.to);
	}

	#close(isOver: (level: Level) => boolean): void {
		this.#levels = [document, ...this.#levels.slice(1).filter((level) => !isOver(level))];
	}

	get #level(): Level {
		return this.#levels.at(-1) as Level;
	}

	/** A comment further in than what follows it is the last line of a block that ends there. */
	#placeWaiting(next: Level, ended: readonly Level[] = this.#levels): void {
		for (const { column, text } of this.#waiting) {
			if (text !== "") {
				const { to } = ended.findLast(({ from }) => from > next.from && from <= column) ?? next;
				this.#lines.push(" ".repeat(to) + text);
			} else if (this.#lines.length > 0 && this.#lines.at(-1) !== "") {
				this.#lines.push("");
			}
		}
		this.#waiting = [];
	}

	/** Whether what begins here is a key. It is on one line. */
	#key(): boolean {
		while (this.#take(property) !== undefined) {
			this.#skip();
		}
		const written = /[[{|>]/.test(this.#text[this.#at] ?? "")
			? undefined
			: (this.#take(quotedText) ?? this.#take(alias) ?? this.#take(plainInBlock));
		return written !== undefined && !written.includes("\n") && this.#take(colon) !== undefined;
	}

	#value(before: string): void {
		this.#skip();
		if (!this.#isLineEnd()) {
			this.#line += before;
			this.#node();
		}
	}

	/** A value, with its properties; what is below it on lines of its own is not part of it. */
	#node(): void {
		this.#properties();
		const char = this.#text[this.#at] ?? "";
		if (this.#isLineEnd()) {
			this.#line = this.#line.replace(trailing, "");
		} else if (/[[{]/.test(char)) {
			this.#flow();
		} else if (/[|>]/.test(char)) {
			this.#blockText();
		} else {
			const indent = this.#level.to + 2;
			this.#line += this.#scalar(indent) ?? folded(this.#plain(), indent);
		}
	}

	/** Whether there are any. */
	#properties(): boolean {
		const before = this.#at;
		for (let each = this.#take(property); each !== undefined; each = this.#take(property)) {
			this.#line += `${each} `;
			this.#skip();
		}
		return this.#at > before;
	}

	#scalar(indent: number): string | undefined {
		const written = this.#take(quotedText);
		return written === undefined ? this.#take(alias) : folded(requoted(written), indent);
	}

	/** A plain text goes on in lines that are further in than the block that it stands in. */
	#plain(): string {
		const lines = [this.#expect(plainInBlock)];
		for (;;) {
			const [whole, indent = "", next = ""] = /^[ \t]*\n(?:[ \t]*\n)*( *)([^\n]*)/.exec(this.#text.slice(this.#at)) ?? [];
			if (whole === undefined || /^[ \t]*(?:#|$)/.test(next) || indent.length <= this.#level.from || isMarker(indent, next)) {
				return lines.join("\n");
			}
			this.#at += whole.length - next.length;
			this.#skip();
			lines.push(...whole.split("\n").slice(1, -1), this.#expect(plainInBlock));
		}
	}

	/** The lines of | and >, moved as a whole. */
	#blockText(): void {
		const header = this.#expect(blockHeader);
		this.#line += header;
		this.#comment();
		const { from, to } = this.#level;
		const rest = this.#text.slice(this.#at + 1).split("\n");
		const written = Number(/\d/.exec(header)?.[0] ?? 0);
		const first = rest.find((line) => /[^ ]/.test(line)) ?? "";
		const indent = written > 0 ? Math.max(from, 0) + written : Math.max(indentOf(first), from + 1);
		const end = rest.findIndex(
			(line) => /[^ ]/.test(line) && (indentOf(line) < indent || isMarker(line.slice(0, indent), line.slice(indent))),
		);
		const lines = rest.slice(0, end < 0 ? rest.length : end);
		// The text ends with a newline, or it does not.
		if (end < 0 && /^[ \t]*$/.test(lines.at(-1) ?? "x")) {
			lines.pop();
		}
		this.#isKept = header.includes("+");
		const last = this.#isKept ? lines.length - 1 : lines.findLastIndex((line) => line.length > indent || /[^ ]/.test(line));
		const kept = lines.slice(0, last + 1);
		const now = " ".repeat(written > 0 ? Math.max(to, 0) + written : to + 2);
		this.#line += kept.map((line) => `\n${line.length > indent ? now + line.slice(indent) : ""}`).join("");
		this.#at = Math.min(this.#text.length, this.#at + kept.reduce((sum, line) => sum + line.length + 1, 0));
	}

	/** Brackets and braces: what is on lines of its own stays so. */
	#flow(): void {
		let [depth, last] = [0, ""];
		do {
			this.#skip();
			const kind = this.#kindInFlow();
			if (kind === "\n") {
				this.#breakInFlow(depth);
			} else if (kind === "#") {
				this.#comment(last === "\n");
			} else {
				this.#line += isApart(last, kind) || (kind === ":" && isMark(this.#line)) ? " " : "";
				depth += /[[{]/.test(kind) ? 1 : /[\]}]/.test(kind) ? -1 : 0;
				if (kind === "text") {
					this.#textInFlow(this.#base + 2 * depth);
				} else {
					this.#line += kind;
					this.#at++;
				}
			}
			last = kind;
		} while (depth > 0);
	}

	/** A line's end, a comment, a mark that is its own kind, or text. Behind text in quotes a colon needs no blank after it. */
	#kindInFlow(): string {
		const [before = "", char = this.#refuse(), after = " "] = [-1, 0, 1].map((each) => this.#text[this.#at + each]);
		const isMark = /[:?]/.test(char) && (/[ \t\n,[\]{}]/.test(after) || (char === ":" && /["'\]}]/.test(before)));
		return isMark || /[\n#[\]{},]/.test(char) ? char : "text";
	}

	#breakInFlow(depth: number): void {
		const [breaks = ""] = /^[ \t\n]*/.exec(this.#text.slice(this.#at)) ?? [];
		this.#at += breaks.length;
		const inner = /[\]}]/.test(this.#text[this.#at] ?? "") ? depth - 1 : depth;
		this.#line = `${this.#line.replace(trailing, "")}${/\n[\s\S]*\n/.test(breaks) ? "\n" : ""}\n${" ".repeat(this.#base + 2 * inner)}`;
	}

	#textInFlow(indent: number): void {
		if (this.#properties() && /[ \t\n[\]{},]|^$/.test(this.#text[this.#at] ?? "")) {
			this.#line = this.#line.replace(trailing, "");
		} else {
			this.#line += this.#scalar(indent) ?? this.#expect(plainInFlow);
		}
	}

	#endLine(): void {
		this.#comment();
		if (!this.#isKept || this.#text[this.#at] !== undefined) {
			this.#skip();
		}
		if (this.#at < this.#text.length && this.#text[this.#at] !== "\n") {
			throw new Unformatted(this.#at);
		}
		this.#at++;
		this.#lines.push(...this.#line.split("\n"));
	}

	/** Behind a value it stays in its column, where it has room. */
	#comment(isAlone = false): void {
		this.#skip();
		const column = this.#column();
		const found = this.#take(comment);
		if (found !== undefined) {
			const length = this.#line.length - this.#line.lastIndexOf("\n") - 1;
			this.#line += (isAlone ? "" : " ".repeat(Math.max(1, column - length))) + found.replace(trailing, "");
		}
	}

	#column(): number {
		return this.#at - (this.#text.lastIndexOf("\n", this.#at - 1) + 1);
	}

	#isLineEnd(): boolean {
		return /^(?:[\n#]|$)/.test(this.#text[this.#at] ?? "");
	}

	#skip(): number {
		this.#take(blanks);
		return this.#column();
	}

	#expect(pattern: RegExp): string {
		return this.#take(pattern) ?? this.#refuse();
	}

	#refuse(): never {
		throw new Unformatted(this.#at);
	}

	#take(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.#at;
		const [found] = pattern.exec(this.#text) ?? [];
		this.#at += found?.length ?? 0;
		return found;
	}
}

/** Quotes are for what is something else without them, to any reader of YAML. */
function requoted(written: string): string {
	const inner = written.slice(1, -1);
	if (/["'\\\n]/.test(inner) || hasUnsafe(inner)) {
		return written;
	}
	return yamlScalar(inner) === inner ? inner : `"${inner}"`;
}

function indentOf(line: string): number {
	return line.search(/[^ ]|$/);
}

function isMarker(indent: string, rest: string): boolean {
	return indent === "" && /^(?:---|\.\.\.)(?:[ \t]|$)/.test(rest);
}

/** Text over several lines, whose indents and blanks at the ends say nothing. */
function folded(text: string, indent: number): string {
	const [first, ...others] = text.split("\n");
	const moved = others.map((line) => line.replace(/^[ \t]+/, "")).map((line) => (line === "" ? "" : " ".repeat(indent) + line));
	return [first, ...moved].join("\n").replace(/(?<!\\)[ \t]+(?=\n)/g, "");
}

/** Whether a colon behind it would be part of the name of an anchor or an alias. */
function isMark(line: string): boolean {
	return /(?:^|[ [{,])[&*!][^ ]*$/.test(line);
}

/** Whether there is a blank between two marks or texts in brackets. */
function isApart(left: string, right: string): boolean {
	switch (right) {
		case ":":
			return false;
		case ",":
		case "]":
			return left === ":";
		case "}":
			return left !== "{" && left !== "\n";
		default:
			return !["", "\n", "["].includes(left);
	}
}
