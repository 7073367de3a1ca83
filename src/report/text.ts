/**
 * What a terminal obeys, or an eye does not see: control characters, bidirectional marks, characters without width, blanks other than the
 * space, fillers, variation selectors, tags, what is private or no character, and surrogates that stand alone, which are bytes that are not UTF-8. Ranges instead of properties: both engines have to agree on them.
 */
const unsafe =
	// biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant alone.
	/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\ufe00-\ufe0f\ue000-\uf8ff\ufdd0-\ufdef\u034f\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{13430}-\u{1343f}\u{1d159}\u{e0000}-\u{10ffff}]/gu;

export function hasUnsafe(text: string): boolean {
	return text.search(unsafe) >= 0;
}

/** Those that must not be printed as they are, in their order. */
export function unsafeCharacters(text: string): readonly string[] {
	return text.match(unsafe) ?? [];
}

/** Puts an escape of the language at hand into the place of each character that must not be printed as it is. */
export function escapeUnsafe(text: string, escapeOf: (code: number) => string): string {
	return text.replace(unsafe, (character) => escapeOf(character.codePointAt(0) ?? 0));
}

/** The byte that a lone surrogate stands for. */
export function byteOf(code: number): number | undefined {
	return code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : undefined;
}

/** Text of somebody else for a terminal or a log: it stays on its line and shows all that is in it. */
export function printable(text: string): string {
	return escapeUnsafe(text, (code) => {
		const small = byteOf(code) ?? (code < 0x100 ? code : undefined);
		if (small !== undefined) {
			return `\\x${small.toString(16).padStart(2, "0")}`;
		}
		return code < 0x10000 ? `\\u${code.toString(16)}` : `\\u{${code.toString(16)}}`;
	});
}

/** A file's last newline, one of DOS too, is not part of the value that it holds. */
export function withoutNewline(text: string): string {
	return text.replace(/\r?\n$/, "");
}

/** A value between other words: where it has blanks, it is seen where it ends. */
export function blanksQuoted(text: string): string {
	return text.includes(" ") ? `"${text.replace(/["\\]/g, "\\$&")}"` : text;
}

const longest = 80;
const cut = "...";

/** Such text inside a message: where it ends is seen, and it is not longer than a line. An escape is shown whole or not at all. */
export function quoted(text: string): string {
	let [shown, kept, length] = ["", "", 0];
	for (const character of text) {
		const safe = printable(/["\\]/.test(character) ? `\\${character}` : character);
		length += Array.from(safe).length;
		if (length > longest) {
			return `"${kept}${cut}"`;
		}
		shown += safe;
		kept = length <= longest - cut.length ? shown : kept;
	}
	return `"${shown}"`;
}
