// Makes the shipped program of the linked one: `prepare.mjs LINKED SHIPPED`. The linked one, which has no engine, prepares one and
// writes the memory with the engine in it; here that becomes part of the file, and the code it was made of is left out. See elf(5).
//
// The linked file:  headers | .image, empty | .boot | .heap, zeros | constants, tables to unwind by | code and data
// The shipped file: headers | .image, the memory        |           constants                     | code and data
//
// How the memory is stored is said in scripts/prepare/image.mjs.
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { imageOf } from "./prepare/image.mjs";

/** As in native/.cargo/config.toml; the image is a page behind the beginning of its segment. */
const heapAddress = 0x10000000n;
const page = 4096;

const [linked, shipped] = process.argv.slice(2);
const old = readFileSync(linked);
const memory = prepared();

/**
 * Addresses of the stack end up in the memory, for nothing: with the same ones, two builds are the same. They depend on the length of
 * how the program is called. Where the randomness cannot be turned off builds differ.
 */
function prepared() {
	const options = { maxBuffer: 1 << 30, env: {}, cwd: dirname(linked) };
	const program = `./${basename(linked)}`;
	const sameAddresses = spawnSync("/usr/bin/setarch", ["--addr-no-randomize", program], options);
	const { status, stdout, stderr } = sameAddresses.status === 0 ? sameAddresses : spawnSync(program, options);
	if (status !== 0) {
		console.error(`prepare.mjs: ${linked} cannot prepare the engine: ${stderr}`.trimEnd());
		process.exit(1);
	}
	return stdout;
}

const headersAt = Number(old.readBigUInt64LE(32));
const headerSize = old.readUInt16LE(54);
/** The fields of Elf64_Phdr that matter here. */
const segments = Array.from({ length: old.readUInt16LE(56) }, (_, index) => {
	const at = headersAt + index * headerSize;
	const field = (offset) => old.readBigUInt64LE(at + offset);
	return { at, isLoaded: old.readUInt32LE(at) === 1, offset: Number(field(8)), address: field(16), fileSize: Number(field(32)) };
});
const [first, heap] = segments.filter(({ isLoaded }) => isLoaded);
if (first?.offset !== 0 || heap?.address !== heapAddress || memory.length === 0 || memory.length > heap.fileSize) {
	throw new Error(`${linked}: the segments are not where they should be, or ${memory.length} bytes of memory do not fit`);
}

/** The tables for unwinding, at the end of the constants: they come with the libraries, and a panic of this program ends it. */
function unwindTables() {
	const tableAt = Number(old.readBigUInt64LE(40));
	const sections = Array.from({ length: old.readUInt16LE(60) }, (_, index) => {
		const at = tableAt + index * old.readUInt16LE(58);
		return { name: old.readUInt32LE(at), offset: Number(old.readBigUInt64LE(at + 24)), size: Number(old.readBigUInt64LE(at + 32)) };
	});
	const names = sections[old.readUInt16LE(62)].offset;
	const nameOf = ({ name }) => old.toString("latin1", names + name, old.indexOf(0, names + name));
	const [index, frames] = [".eh_frame_hdr", ".eh_frame"].map((name) => sections.find((each) => nameOf(each) === name));
	return { start: index.offset, end: frames.offset + frames.size };
}

const tables = unwindTables();
const constants = segments.find(({ isLoaded, offset, fileSize }) => isLoaded && offset + fileSize === tables.end);
if (constants === undefined) {
	throw new Error(`${linked}: the tables for unwinding are not at the end of a segment`);
}

/** What follows moves up by whole pages: addresses and offsets have to agree within a page. */
const wholePages = (length) => Math.floor(length / page) * page;
const program = heap.offset + heap.fileSize;
const image = imageOf(memory);
const imageEnd = page + image.length;
if (imageEnd > first.fileSize) {
	throw new Error(`${linked}: ${image.length} bytes of image do not fit`);
}
const shift = wholePages(program - imageEnd);
const codeShift = shift + wholePages(tables.end - tables.start);
const end = Math.max(...segments.map(({ offset, fileSize }) => offset + fileSize));

const file = Buffer.alloc(end - codeShift);
old.copy(file, 0, 0, page);
image.copy(file, page);
old.copy(file, tables.end - codeShift, tables.end, end);
old.copy(file, program - shift, program, tables.start);

const write = (segment, field, value) => file.writeBigUInt64LE(BigInt(value), segment.at + field);
write(first, 32, imageEnd);
write(first, 40, imageEnd);
// Zeros that need no place in the file: its size in memory stays.
write(heap, 8, 0);
write(heap, 32, 0);
for (const segment of segments.filter(({ offset }) => offset >= program)) {
	write(segment, 8, segment.offset - (segment.offset >= tables.end ? codeShift : shift));
}
write(constants, 32, tables.start - constants.offset);
write(constants, 40, tables.start - constants.offset);
const PT_NULL = 0;
const PT_GNU_EH_FRAME = 0x6474e550;
for (const { at } of segments.filter((each) => old.readUInt32LE(each.at) === PT_GNU_EH_FRAME)) {
	file.writeUInt32LE(PT_NULL, at);
}
// The table of sections was not moved: it serves debuggers only.
file.fill(0, 40, 48);
file.fill(0, 60, 64);

writeFileSync(shipped, file);
chmodSync(shipped, 0o755);
