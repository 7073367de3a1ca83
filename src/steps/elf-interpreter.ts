const headerBytes = 64;
const PT_INTERP = 3;

/**
 * The dynamic loader that a 64-bit little-endian program names in PT_INTERP, as far as it stands in what was read of the file; the
 * kernel runs it in place of the program. elf(5)
 */
export function elfInterpreter(head: string): string | undefined {
	if (!head.startsWith("\x7fELF\x02\x01")) {
		return undefined;
	}
	const bytes = bytesOf(head);
	const number = (at: number, length: number): number =>
		Array.from({ length }, (_, index) => (bytes[at + index] ?? 0) * 256 ** index).reduce((sum, each) => sum + each, 0);
	const [table, size, count] = [number(32, 8), number(54, 2), number(56, 2)];
	for (let index = 0; index < count && table + (index + 1) * size <= bytes.length && size >= headerBytes - 8; index++) {
		const header = table + index * size;
		if (number(header, 4) === PT_INTERP) {
			const start = number(header + 8, 8);
			const name = bytes.slice(start, start + number(header + 32, 8));
			return name.length === 0 ? undefined : String.fromCharCode(...name.slice(0, name.indexOf(0)));
		}
	}
	return undefined;
}

/** The bytes of a text that crossed the border: what happens to be UTF-8 in a program came as one character. */
function bytesOf(text: string): number[] {
	return [...text].flatMap((character) => {
		const code = character.codePointAt(0) ?? 0;
		if (code < 0x80) {
			return [code];
		}
		if (code >= 0xdc80 && code <= 0xdcff) {
			return [code & 0xff];
		}
		const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
		if (code < 0x800) {
			return [0xc0 | (code >> 6), tail(0)];
		}
		return code < 0x10000 ? [0xe0 | (code >> 12), tail(6), tail(0)] : [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
	});
}
