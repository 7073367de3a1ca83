import { bytesOf } from "./bytes.ts";
import { escapeUnsafe, hasUnsafe } from "./text.ts";

const plain = /^[\w.,:/@%+-][\w.,:/@%+=-]*$/;

/** One word of a command line to be pasted, whatever is in it. */
export function shellWord(text: string): string {
	if (plain.test(text)) {
		return text;
	}
	if (!hasUnsafe(text)) {
		return `'${text.replaceAll("'", "'\\''")}'`;
	}
	// Only bash, zsh, ksh and the POSIX of 2024 know this form, but nothing else can hold a line feed on one line. Bytes instead of
	// characters: what a shell makes of the latter depends on its locale.
	return `$'${escapeUnsafe(text.replace(/[\\'!]/g, escapeMark), (code) => bytesOf(code).map(octal).join(""))}'`;
}

/** An exclamation mark is history to an interactive shell. */
function escapeMark(mark: string): string {
	return mark === "!" ? octal(0x21) : `\\${mark}`;
}

/** Always three digits, so that one that follows is none of it. */
function octal(byte: number): string {
	return `\\${byte.toString(8).padStart(3, "0")}`;
}

/** A path as the operand of a command, which must not be taken for an option. */
export function operand(path: string): string {
	return shellWord(path.startsWith("-") ? `./${path}` : path);
}
