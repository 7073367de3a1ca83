import { blockText, type Level } from "./block-text.ts";
import {
	alias,
	blockHeader,
	Cursor,
	colon,
	comment,
	directive,
	indicator,
	marker,
	plainInBlock,
	plainInFlow,
	property,
	quotedText,
} from "./cursor.ts";
import { folded, isApart, isMark, isMarker, requoted, trailing, withNewlines } from "./written.ts";

const top: Level = { from: 0, to: 0, isList: false };
const document: Level = { from: -1, to: -2, isList: false };

/**
 * A valid document in the one form: indents, blanks and quotes are made anew, everything else stands where it was. It goes from line to line
 * and knows as much of YAML as tells where a node begins. What comes out has to be proved. Throws Unformatted.
 */
export function format(given: string): string {
	return new Formatter(withNewlines(given)).format();
}

class Formatter {
	readonly #in: Cursor;
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
		this.#in = new Cursor(text);
	}

	format(): string {
		while (this.#in.at < this.#in.text.length) {
			this.#oneLine();
		}
		this.#placeWaiting(top);
		while (!this.#isKept && this.#lines.at(-1) === "") {
			this.#lines.pop();
		}
		return this.#lines.map((line) => `${line}\n`).join("");
	}

	#oneLine(): void {
		const column = this.#in.skip();
		const char = this.#in.next;
		if (char === undefined || char === "\n" || char === "#") {
			this.#waiting.push({ column, text: this.#in.take(comment)?.replace(trailing, "") ?? "" });
			this.#in.at++;
			return;
		}
		this.#isKept = false;
		const mark = column === 0 ? (this.#in.take(marker) ?? this.#in.take(directive)) : undefined;
		if (mark === undefined) {
			this.#block();
		} else {
			this.#placeWaiting(top);
			this.#levels = [document];
			this.#base = 0;
			this.#line = mark.replace(trailing, "");
			this.#value(" ");
		}
		this.#endLine();
	}

	/** Dashes, a key, a value: a line on which a node of a block begins. */
	#block(): void {
		const first = this.#in.column;
		let before = "";
		for (let mark = this.#in.take(indicator); mark !== undefined; mark = this.#in.take(indicator)) {
			const at = this.#in.column - 1;
			before = this.#opened(at, mark === "-", at === first, before) + mark;
			this.#in.skip();
			if (!this.#in.isLineEnd()) {
				before += " ";
			}
		}
		const [at, begin] = [this.#in.column, this.#in.at];
		const isKey = this.#key();
		this.#in.at = begin;
		if (isKey) {
			this.#line = this.#opened(at, false, at === first, before);
			this.#base = this.#level.to;
			this.#node();
			this.#in.take(colon);
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
		while (this.#in.take(property) !== undefined) {
			this.#in.skip();
		}
		const written = /[[{|>]/.test(this.#in.next ?? "")
			? undefined
			: (this.#in.take(quotedText) ?? this.#in.take(alias) ?? this.#in.take(plainInBlock));
		return written !== undefined && !written.includes("\n") && this.#in.take(colon) !== undefined;
	}

	#value(before: string): void {
		this.#in.skip();
		if (!this.#in.isLineEnd()) {
			this.#line += before;
			this.#node();
		}
	}

	/** A value, with its properties; what is below it on lines of its own is not part of it. */
	#node(): void {
		this.#properties();
		const char = this.#in.next ?? "";
		if (this.#in.isLineEnd()) {
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
		const before = this.#in.at;
		for (let each = this.#in.take(property); each !== undefined; each = this.#in.take(property)) {
			this.#line += `${each} `;
			this.#in.skip();
		}
		return this.#in.at > before;
	}

	#scalar(indent: number): string | undefined {
		const written = this.#in.take(quotedText);
		return written === undefined ? this.#in.take(alias) : folded(requoted(written), indent);
	}

	/** A plain text goes on in lines that are further in than the block that it stands in. */
	#plain(): string {
		const lines = [this.#in.expect(plainInBlock)];
		for (;;) {
			const [whole, indent = "", next = ""] = /^[ \t]*\n(?:[ \t]*\n)*( *)([^\n]*)/.exec(this.#in.rest) ?? [];
			if (whole === undefined || /^[ \t]*(?:#|$)/.test(next) || indent.length <= this.#level.from || isMarker(indent, next)) {
				return lines.join("\n");
			}
			this.#in.at += whole.length - next.length;
			this.#in.skip();
			lines.push([...whole.split("\n").slice(1, -1), this.#in.expect(plainInBlock)].join("\n"));
		}
	}

	/** The lines of | and >, moved as a whole. */
	#blockText(): void {
		const header = this.#in.expect(blockHeader);
		this.#line += header;
		this.#comment();
		const { text, length, isKept } = blockText(header, this.#in.text.slice(this.#in.at + 1), this.#level);
		this.#isKept = isKept;
		this.#line += text;
		this.#in.at = Math.min(this.#in.text.length, this.#in.at + length);
	}

	/** Brackets and braces: what is on lines of its own stays so. */
	#flow(): void {
		let [depth, last] = [0, ""];
		do {
			this.#in.skip();
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
					this.#in.at++;
				}
			}
			last = kind;
		} while (depth > 0);
	}

	/** A line's end, a comment, a mark that is its own kind, or text. Behind text in quotes a colon needs no blank after it. */
	#kindInFlow(): string {
		const [before = "", char = this.#in.refuse(), after = " "] = [-1, 0, 1].map((each) => this.#in.text[this.#in.at + each]);
		const isMark = /[:?]/.test(char) && (/[ \t\n,[\]{}]/.test(after) || (char === ":" && /["'\]}]/.test(before)));
		return isMark || /[\n#[\]{},]/.test(char) ? char : "text";
	}

	#breakInFlow(depth: number): void {
		const [breaks = ""] = /^[ \t\n]*/.exec(this.#in.rest) ?? [];
		this.#in.at += breaks.length;
		const inner = /[\]}]/.test(this.#in.next ?? "") ? depth - 1 : depth;
		this.#line = `${this.#line.replace(trailing, "")}${/\n[\s\S]*\n/.test(breaks) ? "\n" : ""}\n${" ".repeat(this.#base + 2 * inner)}`;
	}

	#textInFlow(indent: number): void {
		if (this.#properties() && /[ \t\n[\]{},]|^$/.test(this.#in.next ?? "")) {
			this.#line = this.#line.replace(trailing, "");
		} else {
			this.#line += this.#scalar(indent) ?? this.#in.expect(plainInFlow);
		}
	}

	#endLine(): void {
		this.#comment();
		if (!this.#isKept || this.#in.next !== undefined) {
			this.#in.skip();
		}
		if (this.#in.at < this.#in.text.length && this.#in.next !== "\n") {
			this.#in.refuse();
		}
		this.#in.at++;
		for (const each of this.#line.split("\n")) {
			this.#lines.push(each);
		}
	}

	/** Behind a value it stays in its column, where it has room. */
	#comment(isAlone = false): void {
		this.#in.skip();
		const column = this.#in.column;
		const found = this.#in.take(comment);
		if (found !== undefined) {
			const length = this.#line.length - this.#line.lastIndexOf("\n") - 1;
			this.#line += (isAlone ? "" : " ".repeat(Math.max(1, column - length))) + found.replace(trailing, "");
		}
	}
}
