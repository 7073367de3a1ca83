import { byteOf } from "./text.ts";

/** The bytes of a character as it crosses the border: UTF-8, or the one that a lone surrogate stands for. */
export function bytesOf(code: number): number[] {
	const byte = byteOf(code);
	if (byte !== undefined || code < 0x80) {
		return [byte ?? code];
	}
	const tail = (shift: number) => 0x80 | ((code >> shift) & 0x3f);
	if (code < 0x800) {
		return [0xc0 | (code >> 6), tail(0)];
	}
	return code < 0x10000 ? [0xe0 | (code >> 12), tail(6), tail(0)] : [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
}

/** Those of a text. */
export function bytesOfText(text: string): number[] {
	return [...text].flatMap((character) => bytesOf(character.codePointAt(0) as number));
}

const beyondAscii = /[^\x00-\x7f]/;

/** How many bytes a text is as it crosses the border: as many as `bytesOf` gives, without a list for each character. */
export function byteLength(text: string): number {
	// Most texts are ASCII, and to go through one by its characters costs the engine ten times as much.
	if (!beyondAscii.test(text)) {
		return text.length;
	}
	let bytes = 0;
	for (const character of text) {
		const code = character.codePointAt(0) as number;
		if (code < 0x80 || byteOf(code) !== undefined) {
			bytes += 1;
		} else if (code < 0x800) {
			bytes += 2;
		} else {
			bytes += code < 0x10000 ? 3 : 4;
		}
	}
	return bytes;
}
