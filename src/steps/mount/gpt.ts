import { type Span, sector } from "./block-fields.ts";
import { bytesAt, crc32, type Partitions, type ReadAt, refuse, unsigned } from "./image.ts";

const signature = "EFI PART";
const at = { size: 12, crc: 16, self: 24, firstUsable: 40, lastUsable: 48, entries: 72, count: 80, entrySize: 84, entriesCrc: 88 };
const leastHeader = 92;
const leastEntry = 128;
/** 128 entries are 16 KiB. */
const mostEntryBytes = 131_072;

/**
 * The partitions of a disk with sectors of 512 bytes, which is what a loop device has. The header and its entries have a sum each; the copy at
 * the end of the disk is for a tool that repairs. UEFI specification, 5.3
 */
export function gptSpans(read: ReadAt, path: string): Partitions {
	const damaged = (why: string): never => refuse(path, "has a damaged GPT", why);
	const header = bytesAt(read, sector, sector) ?? damaged("it ends before its header does");
	const [headerSize, count, entrySize] = [at.size, at.count, at.entrySize].map((each) => unsigned(header, each, 4)) as [
		number,
		number,
		number,
	];
	if (String.fromCharCode(...header.slice(0, signature.length)) !== signature || headerSize < leastHeader || headerSize > sector) {
		damaged("there is no header in sector 1; one with sectors of 4096 bytes takes offset instead of partition");
	}
	const blank = [0, 0, 0, 0];
	const summed = [...header.slice(0, at.crc), ...blank, ...header.slice(at.crc + blank.length, headerSize)];
	if (crc32(summed) !== unsigned(header, at.crc, 4) || unsigned(header, at.self, 8) !== 1) {
		damaged("the sum of its header is wrong");
	}
	if (entrySize < leastEntry || entrySize % 8 !== 0 || count * entrySize > mostEntryBytes) {
		damaged(`${count} entries of ${entrySize} bytes are not to be expected`);
	}
	const entries = bytesAt(read, unsigned(header, at.entries, 8) * sector, count * entrySize) ?? damaged("it ends before its entries do");
	if (crc32(entries) !== unsigned(header, at.entriesCrc, 4)) {
		damaged("the sum of its entries is wrong");
	}
	const usable: Usable = { first: unsigned(header, at.firstUsable, 8), last: unsigned(header, at.lastUsable, 8) };
	return new Map(
		Array.from({ length: count }, (_, index): [number, Span | undefined] => {
			return [index + 1, spanOf(entries.slice(index * entrySize, index * entrySize + leastEntry), usable)];
		}).filter((each): each is [number, Span] => each[1] !== undefined),
	);
}

interface Usable {
	readonly first: number;
	readonly last: number;
}

/** `undefined` for one that is not used, or that lies where no partition can. */
function spanOf(entry: readonly number[], usable: Usable): Span | undefined {
	const isUsed = entry.slice(0, 16).some((byte) => byte !== 0);
	const [first, last] = [unsigned(entry, 32, 8), unsigned(entry, 40, 8)];
	const isRight = first >= usable.first && last <= usable.last && first <= last && Number.isSafeInteger(last * sector);
	return isUsed && isRight ? { offset: first * sector, size: (last - first + 1) * sector } : undefined;
}
