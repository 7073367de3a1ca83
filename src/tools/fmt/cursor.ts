/** What is not known well enough to be written anew; the file stays as it is. */
export class Unformatted extends Error {
	/** An offset in the text, line ends being newlines and without a byte order mark. */
	readonly at: number;

	constructor(at: number) {
		super("unformatted");
		this.at = at;
	}
}

/** Where a reader of the text is, which goes forward by one of the patterns below at a time. */
export class Cursor {
	readonly text: string;
	at = 0;

	constructor(text: string) {
		this.text = text;
	}

	get column(): number {
		return this.at - (this.text.lastIndexOf("\n", this.at - 1) + 1);
	}

	/** The next character, nothing behind the last one. */
	get next(): string | undefined {
		return this.text[this.at];
	}

	/** What is left of the text. */
	get rest(): string {
		return this.text.slice(this.at);
	}

	isLineEnd(): boolean {
		return /^(?:[\n#]|$)/.test(this.next ?? "");
	}

	/** Past blanks: the column then. */
	skip(): number {
		this.take(blanks);
		return this.column;
	}

	take(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.at;
		const [found] = pattern.exec(this.text) ?? [];
		this.at += found?.length ?? 0;
		return found;
	}

	expect(pattern: RegExp): string {
		return this.take(pattern) ?? this.refuse();
	}

	refuse(): never {
		throw new Unformatted(this.at);
	}
}

const blanks = /[ \t]*/y;
export const marker = /(?:---|\.\.\.)(?=[ \t\n]|$)/y;
export const directive = /%[^\n]*/y;
export const indicator = /[-?:](?=[ \t\n]|$)/y;
export const colon = /[ \t]*:(?=[ \t\n]|$)/y;
export const comment = /#[^\n]*/y;
export const property = /[&!][^ \t\n,[\]{}]*(?=[ \t\n,[\]{}]|$)/y;
export const quotedText = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^']|'')*'/y;
export const alias = /\*[^ \t\n,[\]{}]+/y;
export const blockHeader = /[|>][-+1-9]{0,2}(?=[ \t\n]|$)/y;
export const plainInBlock = /(?:[^ \t\n:#]|:(?=[^ \t\n])|(?<=[^ \t\n])#|[ \t]+(?=[^ \t\n:#]|:[^ \t\n]))+/y;
export const plainInFlow = /(?:[^ \t\n,[\]{}:#]|:(?=[^ \t\n,[\]{}])|(?<=[^ \t\n,[\]{}])#|[ \t]+(?=[^ \t\n,[\]{}:#]|:[^ \t\n,[\]{}]))+/y;
