// Makes the shipped program of the linked one: `prepare.mjs LINKED SHIPPED`. The linked one, which has no engine, prepares one and
// writes the memory with the engine in it; here that becomes part of the file, and the code it was made of is left out. See elf(5).
//
// The linked file:  headers | .image, empty | .boot | .heap, zeros | the program
// The shipped file: headers | .image, the memory        |           the program
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";

/** As in native/.cargo/config.toml; the image is a page behind the beginning of its segment. */
const heapAddress = 0x10000000n;
const page = 4096;

const [linked, shipped] = process.argv.slice(2);
const old = readFileSync(linked);
const memory = prepared();

/** Addresses of the stack end up in the memory, for nothing: with the same ones, two builds are the same. Where that is forbidden they differ. */
function prepared() {
	const options = { maxBuffer: 1 << 30, env: {}, stdio: ["ignore", "pipe", "pipe"] };
	try {
		return execFileSync("/usr/bin/setarch", ["--addr-no-randomize", linked], options);
	} catch {
		return execFileSync(linked, options);
	}
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

/** The program moves up by whole pages: addresses and offsets have to agree within a page. */
const program = heap.offset + heap.fileSize;
const image = Buffer.concat([Buffer.alloc(8), memory]);
image.writeBigUInt64LE(BigInt(memory.length));
const imageEnd = page + image.length;
const shift = Math.floor((program - imageEnd) / page) * page;
const end = Math.max(...segments.map(({ offset, fileSize }) => offset + fileSize));

const file = Buffer.alloc(end - shift);
old.copy(file, 0, 0, page);
image.copy(file, page);
old.copy(file, program - shift, program, end);

const write = (segment, field, value) => file.writeBigUInt64LE(BigInt(value), segment.at + field);
write(first, 32, imageEnd);
write(first, 40, imageEnd);
// Zeros that need no place in the file: its size in memory stays.
write(heap, 8, 0);
write(heap, 32, 0);
for (const segment of segments.filter(({ offset }) => offset >= program)) {
	write(segment, 8, segment.offset - shift);
}
// The table of sections was not moved: it serves debuggers only.
file.fill(0, 40, 48);
file.fill(0, 60, 64);

writeFileSync(shipped, file);
chmodSync(shipped, 0o755);
