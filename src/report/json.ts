import { escapeUnsafe, printable } from "./text.ts";

/**
 * JSON that also a terminal and a log's reader can be shown. `JSON.stringify` escapes C0 and surrogates alone; all else that is unsafe can
 * stand only inside a string, where an escape means the same. A surrogate that stands alone, a byte that is not UTF-8, is no text to many who read
 * JSON: it is written as `printable` shows it. RFC 8259, sections 7 and 8.2
 */
export function json(value: unknown, indent = 0, replacer?: (key: string, value: unknown) => unknown): string {
	const text = JSON.stringify(value, replacer, indent);
	// An escaped backslash is not the beginning of an escape.
	const whole = text.includes("\\ud") ? text.replace(/\\(?:u(d[89a-f][0-9a-f]{2})|.)/g, withoutSurrogate) : text;
	return escapeUnsafe(whole, (code) => (code === 0x0a ? "\n" : unitsOf(code)));
}

function withoutSurrogate(written: string, code: string | undefined): string {
	return code === undefined ? written : `\\${printable(String.fromCharCode(Number.parseInt(code, 16)))}`;
}

function unitsOf(code: number): string {
	const text = String.fromCodePoint(code);
	return Array.from({ length: text.length }, (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`).join("");
}
