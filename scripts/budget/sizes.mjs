// The parts of the shipped file, see scripts/prepare.mjs. They add up to its size, but for what pads them to addresses.
import { readFileSync } from "node:fs";

/** elf(5): the file offset of p_flags is 4 behind that of p_type. */
const PT_LOAD = 1;
const PF_X = 1;
const PF_W = 2;
const page = 4096;

/** Bytes by part: the prepared engine, what the processor reads and executes, and each chunk that is loaded when it is wanted. */
export function sizes(file) {
	const bytes = readFileSync(file);
	const segments = loaded(bytes);
	const [image, , constants, code, ...data] = segments;
	const kinds = segments.map(({ flags }) => (flags & PF_X ? "code" : flags & PF_W ? "data" : "constants"));
	if (kinds.join() !== "constants,data,constants,code,data,data") {
		throw new Error(`${file}: the segments are not where they should be: ${kinds}`);
	}
	const chunks = chunkSizes(bytes, constants);
	const inChunks = Object.values(chunks).reduce((sum, each) => sum + each, 0);
	return {
		file: bytes.length,
		image: image.fileSize - page,
		code: code.fileSize,
		constants: constants.fileSize - inChunks,
		data: data.reduce((sum, { fileSize }) => sum + fileSize, 0),
		chunks,
	};
}

function loaded(bytes) {
	const [start, size, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
	return Array.from({ length: count }, (_, index) => {
		const at = start + index * size;
		const field = (offset) => Number(bytes.readBigUInt64LE(at + offset));
		return { type: bytes.readUInt32LE(at), flags: bytes.readUInt32LE(at + 4), offset: field(8), address: field(16), fileSize: field(32) };
	}).filter(({ type }) => type === PT_LOAD);
}

/** The host's table of chunks: the address and length of a name, then those of its bytecode, all of it among the constants. */
function chunkSizes(bytes, { offset, address, fileSize }) {
	const inConstants = (start, length) => start >= address && start + length <= address + fileSize;
	const sizeOf = {};
	for (let at = offset; at + 32 <= offset + fileSize; at += 8) {
		const [name, length, code, size] = [0, 8, 16, 24].map((field) => Number(bytes.readBigUInt64LE(at + field)));
		if (length < 256 && inConstants(name, length) && inConstants(code, size)) {
			const [, plain] =
				/^([a-z-]+)-[A-Z0-9]{8}\.js$/.exec(bytes.toString("latin1", offset + name - address, offset + name - address + length)) ?? [];
			if (plain !== undefined) {
				const known = plain === "chunk" ? "(shared)" : plain;
				sizeOf[known] = (sizeOf[known] ?? 0) + size;
			}
		}
	}
	if (sizeOf.tools === undefined) {
		throw new Error("the table of chunks was not found");
	}
	return Object.fromEntries(Object.entries(sizeOf).sort(([left], [right]) => (left < right ? -1 : 1)));
}
