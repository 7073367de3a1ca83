import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { binary, root } from "./harness/paths.ts";

const linked = join(root, "native/target/x86_64-unknown-linux-gnu/release/abdicate");
const heapAddress = 0x10000000n;
let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "abdicate-build-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it("prepares the same engine every time, whatever the clock and the addresses", () => {
	const again = join(directory, "abdicate");
	execFileSync("node", ["scripts/prepare.mjs", linked, again], { cwd: root, stdio: "pipe" });
	expect(readFileSync(again).equals(readFileSync(binary))).toBe(true);
});

/** Where the linked file has what lies at an address, by its program headers. elf(5) */
function offsetOf(file: Buffer, address: bigint): number {
	const headers = Number(file.readBigUInt64LE(32));
	for (let index = 0; index < file.readUInt16LE(56); index++) {
		const at = headers + index * file.readUInt16LE(54);
		if (file.readBigUInt64LE(at + 16) === address) {
			return Number(file.readBigUInt64LE(at + 8));
		}
	}
	throw new Error(`nothing lies at ${address}`);
}

it("ships no engine that does not fit into its memory", () => {
	const size = 8 << 20;
	const file = readFileSync(linked);
	// Behind a pointer, the heap says how much of it is given out: less is left here than an engine takes.
	file.writeBigUInt64LE(BigInt(size - (1 << 20)), offsetOf(file, heapAddress) + 8);
	const short = join(directory, "linked");
	const shipped = join(directory, "abdicate");
	writeFileSync(short, file, { mode: 0o755 });
	const { status, stderr } = spawnSync("node", ["scripts/prepare.mjs", short, shipped], { cwd: root, encoding: "utf8" });
	expect({ status, stderr, isShipped: existsSync(shipped) }).toEqual({
		status: 1,
		stderr: `prepare.mjs: ${short} cannot prepare the engine: abdicate: internal error: the prepared engine does not fit into its ${size} bytes\n`,
		isShipped: false,
	});
});
