import { type Span, sector } from "./block-fields.ts";
import { gptSpans } from "./gpt.ts";
import { bytesAt, type Partitions, type ReadAt, refuse, unsigned } from "./image.ts";

const entriesAt = 446;
const entrySize = 16;
const types = { empty: 0, gpt: 0xee, extended: [0x05, 0x0f, 0x85] as readonly number[] };
const mostLogical = 124;

interface Entry {
	readonly type: number;
	/** In sectors, from what the table that it stands in counts from. */
	readonly start: number;
	readonly count: number;
}

/** Where a partition lies in an image: the kernel makes nodes for them in no container. Throws a Failure for a table that cannot be believed. */
export function partitionSpan(read: ReadAt, size: number, wanted: number, path: string): Span {
	const found = partitionsOf(read, path);
	const span = found.get(wanted);
	if (span === undefined) {
		const numbers = [...found.keys()].sort((left, right) => left - right).join(", ");
		refuse(path, `has no partition ${wanted}`, numbers === "" ? "its table is empty" : `it has ${numbers}`);
	}
	if (span.offset + span.size > size) {
		refuse(path, `ends before its partition ${wanted} does`, "it is not whole, or its table is that of another disk");
	}
	return span;
}

function partitionsOf(read: ReadAt, path: string): Partitions {
	const first = bytesAt(read, 0, sector);
	const entries = first === undefined ? undefined : tableIn(first);
	if (first === undefined || entries === undefined) {
		return refuse(path, "has no partition table", "leave partition out where the file system begins with the file");
	}
	return entries.some(({ type }) => type === types.gpt) ? gptSpans(read, path) : mbrSpans(read, entries, path);
}

/** Nothing else begins with these two bytes at its end and a status of 0 or 0x80 in each entry: a boot sector of FAT has code there. */
function tableIn(bytes: readonly number[]): readonly Entry[] | undefined {
	const starts = [0, 1, 2, 3].map((index) => entriesAt + index * entrySize);
	const isTable = bytes[510] === 0x55 && bytes[511] === 0xaa && starts.every((at) => ((bytes[at] ?? 1) & 0x7f) === 0);
	return isTable
		? starts.map((at) => ({ type: bytes[at + 4] ?? 0, start: unsigned(bytes, at + 8, 4), count: unsigned(bytes, at + 12, 4) }))
		: undefined;
}

function mbrSpans(read: ReadAt, entries: readonly Entry[], path: string): Partitions {
	const found = new Map<number, Span>();
	for (const [index, entry] of entries.entries()) {
		if (isData(entry)) {
			found.set(index + 1, spanOf(entry.start, entry.count));
		}
	}
	const extended = entries.find(isExtended);
	for (const [index, span] of (extended === undefined ? [] : logicalSpans(read, extended, path)).entries()) {
		found.set(index + 5, span);
	}
	return found;
}

/** A chain: each table has a partition, counted from itself, and where the next one is, counted from the beginning of all. */
function logicalSpans(read: ReadAt, { start, count }: Entry, path: string): Span[] {
	const found: Span[] = [];
	for (let at: number | undefined = start; at !== undefined; ) {
		const here: number = at;
		const bytes = bytesAt(read, here * sector, sector);
		const entries = bytes === undefined ? undefined : tableIn(bytes);
		if (entries === undefined || here >= start + count) {
			refuse(path, "has a damaged extended partition", `sector ${here} has no table`);
		}
		if (found.length >= mostLogical) {
			refuse(path, "has a damaged extended partition", `there are more than ${mostLogical} in it`);
		}
		found.push(
			...entries
				.filter(isData)
				.slice(0, 1)
				.map((entry) => spanOf(here + entry.start, entry.count)),
		);
		const next = entries.find(isExtended);
		if (next !== undefined && start + next.start <= here) {
			refuse(path, "has a damaged extended partition", "its tables lead in a circle");
		}
		at = next === undefined ? undefined : start + next.start;
	}
	return found;
}

function isExtended({ type, count }: Entry): boolean {
	return types.extended.includes(type) && count > 0;
}

function isData({ type, count }: Entry): boolean {
	return type !== types.empty && !types.extended.includes(type) && count > 0;
}

function spanOf(start: number, count: number): Span {
	return { offset: start * sector, size: count * sector };
}
