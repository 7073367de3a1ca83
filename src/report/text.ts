/** Makes text of the user safe to print: control characters, bidirectional marks and bytes that are not UTF-8 become escapes. */
export function printable(text: string): string {
	return text.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	if (code >= 0xdc80 && code <= 0xdcff) {
		return `\\x${(code - 0xdc00).toString(16)}`;
	}
	return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}

const longest = 80;

/** User text inside a message: quoted, safe, and not longer than a line. */
export function quoted(text: string): string {
	const safe = printable(text);
	return `"${
		safe.length > longest
			? `${Array.from(safe)
					.slice(0, longest - 3)
					.join("")}...`
			: safe
	}"`;
}
