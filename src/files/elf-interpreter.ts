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
	/** Four bytes: offsets that need more lie outside of what was read. */
	const number = (at: number): number => [3, 2, 1, 0].reduce((sum, index) => sum * 256 + (bytes.charCodeAt(at + index) & 0xff), 0);
	const [table, size, count] = [number(32), number(54) & 0xffff, number(56) & 0xffff];
	for (let header = table, left = count; left > 0 && header + size <= bytes.length; header += size, left--) {
		if (number(header) === PT_INTERP) {
			const start = number(header + 8);
			return bytes.slice(start, start + number(header + 32)).split("\0")[0] || undefined;
		}
	}
	return undefined;
}

/** One character for each byte, in its low half: what happens to be UTF-8 in a program has crossed the border as one of its own. */
function bytesOf(text: string): string {
	return text.replaceAll(/[^\0-\x7f\udc80-\udcff]/gu, (each) =>
		encodeURIComponent(each).replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
	);
}
