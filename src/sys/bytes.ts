/** The bytes that a text from the border stands for: UTF-8, and U+DC80..U+DCFF alone for a single byte that was none. */
export function bytesOf(text: string): number[] {
	const bytes: number[] = [];
	for (const character of text) {
		const code = character.codePointAt(0) as number;
		if (code < 0x80) {
			bytes.push(code);
		} else if (code >= 0xdc80 && code <= 0xdcff) {
			bytes.push(code & 0xff);
		} else if (code < 0x800) {
			bytes.push(0xc0 | (code >> 6), tail(code));
		} else if (code < 0x1_0000) {
			bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
		} else {
			bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
		}
	}
	return bytes;
}

function tail(bits: number): number {
	return 0x80 | (bits & 0x3f);
}
