import { escapeUnsafe } from "./text.ts";

/**
 * JSON that also a terminal and a log's reader can be shown. `JSON.stringify` escapes C0 and surrogates alone; all else that is unsafe can
 * stand only inside a string, where an escape means the same. RFC 8259, section 7
 */
export function json(value: unknown, indent = 0, replacer?: (key: string, value: unknown) => unknown): string {
	return escapeUnsafe(JSON.stringify(value, replacer, indent), (code) => (code === 0x0a ? "\n" : unitsOf(code)));
}

function unitsOf(code: number): string {
	const text = String.fromCodePoint(code);
	return Array.from({ length: text.length }, (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`).join("");
}
