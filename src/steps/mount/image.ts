import { bytesOfText } from "../../report/bytes.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import type { Span } from "./block-fields.ts";

/** Of an opened image; fewer at its end. */
export type ReadAt = (offset: number, length: number) => readonly number[];

/** By their numbers. */
export type Partitions = ReadonlyMap<number, Span>;

export function reader(reads: Reads, fd: number): ReadAt {
	return (offset, length) => bytesOfText(mustRead<string>("pread", reads.pread(fd, offset, length)));
}

/** All of them, or nothing. */
export function bytesAt(read: ReadAt, offset: number, length: number): readonly number[] | undefined {
	const bytes = Number.isSafeInteger(offset + length) ? read(offset, length) : [];
	return bytes.length === length ? bytes : undefined;
}

/** Little-endian. What needs more than 53 bits is no place on a disk, and comes out as infinite. */
export function unsigned(bytes: readonly number[], at: number, length: number): number {
	let value = 0;
	for (let index = length - 1; index >= 0; index--) {
		value = value * 256 + (bytes[at + index] ?? 0);
	}
	return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
}

/** As GPT has it: the same as zlib's. */
export function crc32(bytes: readonly number[]): number {
	let crc = 0xffff_ffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) {
			crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0xedb8_8320);
		}
	}
	return ~crc >>> 0;
}

export function refuse(path: string, what: string, why: string): never {
	fail("STEP_FAILED", `mount: ${quoted(path)} ${what}: ${why}`);
}
