import { crc32 } from "node:zlib";

/** In sectors of 512 bytes. */
export interface Part {
	readonly type: number;
	readonly start: number;
	readonly count: number;
}

/** What is written where, in bytes. */
export type Written = readonly [at: number, bytes: Buffer];

export const sector = 512;

/** A sector with up to four entries, as sfdisk(8) writes it. */
export function mbr(parts: readonly Part[]): Buffer {
	const bytes = Buffer.alloc(sector);
	for (const [index, { type, start, count }] of parts.entries()) {
		const at = 446 + index * 16;
		bytes.writeUInt8(type, at + 4);
		bytes.writeUInt32LE(start, at + 8);
		bytes.writeUInt32LE(count, at + 12);
	}
	bytes.writeUInt16LE(0xaa55, 510);
	return bytes;
}

/** An extended partition in the second entry, with a table a megabyte before each logical one. */
export function extended(first: Part, start: number, logical: readonly { readonly type: number; readonly count: number }[]): Written[] {
	const gap = 2048;
	const places = logical.map((_, index) => start + logical.slice(0, index).reduce((sum, { count }) => sum + gap + count, 0));
	const end = (places.at(-1) ?? start) + gap + (logical.at(-1)?.count ?? 0);
	const tables = logical.map(({ type, count }, index): Written => {
		const next = places[index + 1];
		const link = next === undefined ? [] : [{ type: 5, start: next - start, count: gap }];
		return [(places[index] ?? 0) * sector, mbr([{ type, start: gap, count }, ...link])];
	});
	return [[0, mbr([first, { type: 5, start, count: end - start }])], ...tables];
}

/** A table with 128 entries for a disk of so many sectors; undefined is an entry that is not used. */
export function gpt(sectors: number, parts: readonly ({ readonly first: number; readonly last: number } | undefined)[]): Written[] {
	const entries = Buffer.alloc(128 * 128);
	for (const [index, part] of parts.entries()) {
		if (part !== undefined) {
			entries.write("\xaf\x3d\xc6\x0f\x83\x84\x72\x47\x8e\x79\x3d\x69\xd8\x47\x7d\xe4", index * 128, "latin1");
			entries.writeBigUInt64LE(BigInt(part.first), index * 128 + 32);
			entries.writeBigUInt64LE(BigInt(part.last), index * 128 + 40);
		}
	}
	const header = Buffer.alloc(sector);
	header.write("EFI PART", "latin1");
	header.writeUInt32LE(0x10000, 8);
	header.writeUInt32LE(92, 12);
	for (const [at, value] of [
		[24, 1],
		[32, sectors - 1],
		[40, 34],
		[48, sectors - 34],
		[72, 2],
	] as const) {
		header.writeBigUInt64LE(BigInt(value), at);
	}
	header.writeUInt32LE(128, 80);
	header.writeUInt32LE(128, 84);
	header.writeUInt32LE(crc32(entries), 88);
	header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
	return [
		[0, mbr([{ type: 0xee, start: 1, count: sectors - 1 }])],
		[sector, header],
		[2 * sector, entries],
	];
}
