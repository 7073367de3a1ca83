const PT_INTERP = 3;
/** Elf32_Ehdr and Elf32_Phdr, Elf64_Ehdr and Elf64_Phdr. */
const places = {
	narrow: { table: 28, size: 42, count: 44, offset: 4, length: 16 },
	wide: { table: 32, size: 54, count: 56, offset: 8, length: 32 },
};

/**
 * The dynamic loader that a little-endian program names in PT_INTERP, as far as it stands in what was read of the file; the
 * kernel runs it in place of the program. elf(5)
 */
export function elfInterpreter(head: string): string | undefined {
	const [, width] = /^\x7fELF([\x01\x02])\x01/.exec(head) ?? [];
	if (width === undefined) {
		return undefined;
	}
	const at = width === "\x01" ? places.narrow : places.wide;
	const bytes = bytesOf(head);
	/** Four bytes: offsets that need more lie outside of what was read. */
	const number = (from: number): number => [3, 2, 1, 0].reduce((sum, index) => sum * 256 + (bytes.charCodeAt(from + index) & 0xff), 0);
	const [table, size, count] = [number(at.table), number(at.size) & 0xffff, number(at.count) & 0xffff];
	for (let header = table, left = count; left > 0 && header + size <= bytes.length; header += size, left--) {
		if (number(header) === PT_INTERP) {
			const start = number(header + at.offset);
			return bytes.slice(start, start + number(header + at.length)).split("\0")[0] || undefined;
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
