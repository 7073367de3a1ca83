// How the memory with the engine in it is stored in the shipped file: native/src/engine/image.rs reads it at every start.
//
// Its words are zero, small numbers or addresses of 32 bits in two of three cases, and what lies in it are tables: the engine keeps its
// objects in blocks of a page, each with objects of one length. So words are stored by the column, as narrow as its widest one.

const word = 8;
/** As in native/src/engine/image.rs. */
const stored = { whole: 0, bits32: 1, bits16: 2, bits8: 3, counted: 4, zeros: 5 };
const storedAs = { 0: stored.zeros, 1: stored.bits8, 2: stored.bits16, 4: stored.bits32, 8: stored.whole };
const columnLength = 8;
const mostRows = 0xffff;

/** The engine's blocks of about a page begin with so much of their own. How long an object is, is tried: what is stored shortest is right. */
const tables = { least: 3500, most: 4096, header: 40, strides: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };
/** A column more costs a start as much as to write some words. */
const leastZeros = 8;
const leastNarrow = 24;
/** As in native/src/engine/image.rs: what is copied by the way is copied faster than what is left over. */
const atATime = 8;

/** How long the columns are and where they are read to, then each, followed by what it holds, and one without rows. */
export function imageOf(memory) {
	const bytes = Buffer.concat([memory, Buffer.alloc(-memory.length & (word - 1))]);
	const all = columnsOf(bytes);
	const least = placeOf(all);
	const columns = all.filter((column) => column.as !== stored.zeros || endOf(column) > least);
	const parts = columns.map((column) => Buffer.concat([headOf(column), contentOf(bytes, column)]));
	const stream = Buffer.concat([...parts, Buffer.alloc(columnLength)]);
	return Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(stream.length), BigInt(placeOf(columns))).buffer), stream]);
}

/**
 * A start reads the columns to over the end of what it makes of them, so that it takes little more memory than that: as low as each is used
 * before something is written there. Zeros are columns only where other columns were before.
 */
function placeOf(columns) {
	let used = 0;
	let place = 0;
	for (const column of columns) {
		place = Math.max(place, endOf(column) - used - columnLength);
		used += lengthOf([column]);
	}
	return place;
}

/** Behind the last byte that it writes to. */
function endOf({ at, rows, stride }) {
	return (at + (rows - 1) * stride + 1) * word;
}

function headOf({ at, rows, stride, as }) {
	const head = Buffer.alloc(columnLength);
	head.writeUInt32LE(at, 0);
	head.writeUInt16LE(rows, 4);
	head.writeUInt8(stride, 6);
	head.writeUInt8(as, 7);
	return head;
}

function columnsOf(bytes) {
	const widths = widthsOf(bytes);
	const columns = [];
	let end = 0;
	for (const block of blocksOf(bytes)) {
		const table = tableOf(bytes, widths, block);
		if (table !== undefined) {
			columns.push(...runsOf(widths, end, table.start), ...table.columns);
			end = table.end;
		}
	}
	return [...columns, ...runsOf(widths, end, widths.length)];
}

/** How many bytes each word takes as a signed number. */
function widthsOf(bytes) {
	return Uint8Array.from({ length: bytes.length / word }, (_, index) => {
		const [low, high] = halves(bytes, index);
		if (high !== low >> 31) {
			return 8;
		}
		return low === 0 ? 0 : low === (low << 24) >> 24 ? 1 : low === (low << 16) >> 16 ? 2 : 4;
	});
}

function halves(bytes, index) {
	return [bytes.readInt32LE(index * word), bytes.readInt32LE(index * word + 4)];
}

/** native/src/engine/heap.rs: behind a root the heap says how much of it was given out, block by block to its end, each behind its length. */
function* blocksOf(bytes) {
	const used = Number(bytes.readBigUInt64LE(word));
	for (let at = bytes.length - used; at < bytes.length; ) {
		const length = Number(bytes.readBigUInt64LE(at));
		yield { start: at + word, length };
		at += word + length;
	}
}

/** A block as a table, unless it takes less as it lies there. */
function tableOf(bytes, widths, { start, length }) {
	if (length < tables.least || length > tables.most) {
		return;
	}
	const [first, last] = [(start + tables.header) / word, (start + length) / word];
	const plain = lengthOf(runsOf(widths, first, last));
	return tables.strides
		.map((stride) => {
			const rows = Math.floor((last - first) / stride);
			const columns = Array.from({ length: stride }, (_, index) => columnOf(bytes, widths, { at: first + index, rows, stride }));
			return { start: first, end: first + rows * stride, columns };
		})
		.map((table) => ({ ...table, cost: lengthOf([...table.columns, ...runsOf(widths, table.end, last)]) }))
		.filter(({ cost }) => cost < plain)
		.sort((left, right) => left.cost - right.cost)[0];
}

function columnOf(bytes, widths, column) {
	const width = places(column).reduce((widest, place) => Math.max(widest, widths[place]), 0);
	return width > 2 && isCounted(bytes, column) ? { ...column, as: stored.counted } : { ...column, as: storedAs[width] };
}

function places({ at, rows, stride }) {
	return Array.from({ length: rows }, (_, row) => at + row * stride);
}

/** What precedes each of the engine's objects: where it lies in the block, its kind and how often it is used. */
function isCounted(bytes, column) {
	const [firstLow, firstHigh] = halves(bytes, column.at);
	return places(column).every((place, row) => {
		const [low, high] = halves(bytes, place);
		return (low & 0xffffff) === (firstLow & 0xffffff) + row && high >>> 8 === firstHigh >>> 8;
	});
}

/** Long runs of zeros, what lies between them, and of it apart what is narrow for long. */
function runsOf(widths, from, to) {
	const columns = [];
	const add = (start, end, as) => {
		for (let at = start; at < end; at += mostRows) {
			columns.push({ at, rows: Math.min(mostRows, end - at), stride: 1, as });
		}
	};
	let at = from;
	for (const run of between(widths, { from, to, least: leastZeros, isApart: (width) => width === 0 })) {
		add(at, run.start, stored.zeros);
		at = run.start;
		const end = Math.min(to, run.start + Math.ceil((run.end - run.start) / atATime) * atATime);
		for (const wide of between(widths, { from: run.start, to: end, least: leastNarrow, isApart: (width) => width < 8 })) {
			add(at, wide.start, stored.bits32);
			add(wide.start, wide.end, stored.whole);
			at = wide.end;
		}
		add(at, end, stored.bits32);
		at = end;
	}
	add(at, to, stored.zeros);
	return columns;
}

/** What is left when so many words in a row that are to stand apart are taken out, and those at both ends. */
function between(widths, { from, to, least, isApart }) {
	const found = [];
	for (let at = from; at < to; at++) {
		if (isApart(widths[at])) {
			continue;
		}
		const last = found.at(-1);
		if (last !== undefined && at - last.end < least) {
			last.end = at + 1;
		} else {
			found.push({ start: at, end: at + 1 });
		}
	}
	return found;
}

const lengths = { [stored.whole]: 8, [stored.bits32]: 4, [stored.bits16]: 2, [stored.bits8]: 1, [stored.counted]: 2, [stored.zeros]: 0 };

function lengthOf(columns) {
	return columns.reduce((sum, { rows, as }) => sum + columnLength + rows * lengths[as] + (as === stored.counted ? word : 0), 0);
}

function contentOf(bytes, column) {
	const length = lengths[column.as];
	if (column.as === stored.counted) {
		return counted(bytes, column);
	}
	return Buffer.concat(length === 0 ? [] : places(column).map((place) => bytes.subarray(place * word, place * word + length)));
}

/** The first without what is added to it, then what is added to each. */
function counted(bytes, column) {
	const [from, to] = [3, 5];
	const first = Buffer.from(bytes.subarray(column.at * word, (column.at + 1) * word)).fill(0, from, to);
	return Buffer.concat([first, ...places(column).map((place) => bytes.subarray(place * word + from, place * word + to))]);
}
