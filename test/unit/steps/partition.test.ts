import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReadAt } from "../../../src/steps/mount/image.ts";
import { crc32 } from "../../../src/steps/mount/image.ts";
import { partitionSpan } from "../../../src/steps/mount/partition.ts";
import { superblockIn } from "../../../src/steps/mount/superblock.ts";
import { extended, gpt, mbr, sector, type Written } from "../../harness/partition-tables.ts";
import { runs } from "../harness/runs.ts";
import { refusalOf } from "./context.ts";

const sectors = 16_384;

/** A disk of eight megabytes. */
function diskOf(written: readonly Written[]): Buffer {
	const bytes = Buffer.alloc(sectors * sector);
	for (const [at, part] of written) {
		part.copy(bytes, at);
	}
	return bytes;
}

const reading =
	(bytes: Buffer): ReadAt =>
	(offset, length) => [...bytes.subarray(offset, offset + length)];

const span = (bytes: Buffer, wanted: number) => partitionSpan(reading(bytes), bytes.length, wanted, "/d");
const refusal = (bytes: Buffer, wanted = 1) => refusalOf(() => span(bytes, wanted)).replace('STEP_FAILED: mount: "/d" ', "");
const inSectors = (start: number, count: number) => ({ offset: start * sector, size: count * sector });

const linux = (start: number, count: number) => ({ type: 0x83, start, count });
const primary = diskOf([[0, mbr([linux(2048, 1000), { type: 0, start: 0, count: 0 }, linux(4096, 8192)])]]);
const logical = diskOf(
	extended(linux(64, 64), 2048, [
		{ type: 0x83, count: 100 },
		{ type: 0x82, count: 200 },
		{ type: 0x83, count: 300 },
	]),
);
const modern = diskOf(gpt(sectors, [{ first: 2048, last: 4095 }, undefined, { first: 8192, last: 8192 }]));

/** With some bytes changed. */
function changed(bytes: Buffer, at: number, ...values: readonly number[]): Buffer {
	const copy = Buffer.from(bytes);
	copy.set(values, at);
	return copy;
}

describe("a partition", () => {
	it("is found by its number in an MBR, with logical ones from 5, and in a GPT", () => {
		expect([span(primary, 1), span(primary, 3)]).toEqual([inSectors(2048, 1000), inSectors(4096, 8192)]);
		expect([1, 5, 6, 7].map((each) => span(logical, each))).toEqual([
			inSectors(64, 64),
			inSectors(2048 + 2048, 100),
			inSectors(2048 + 2148 + 2048, 200),
			inSectors(2048 + 2148 + 2248 + 2048, 300),
		]);
		expect([span(modern, 1), span(modern, 3)]).toEqual([inSectors(2048, 2048), inSectors(8192, 1)]);
	});

	it("that is not there is told with those that are", () => {
		expect([refusal(primary, 2), refusal(logical, 2), refusal(logical, 8), refusal(modern, 2), refusal(diskOf([[0, mbr([])]]))]).toEqual([
			"has no partition 2: it has 1, 3",
			"has no partition 2: it has 1, 5, 6, 7",
			"has no partition 8: it has 1, 5, 6, 7",
			"has no partition 2: it has 1, 3",
			"has no partition 1: its table is empty",
		]);
	});

	it("is in no table that is none: a file system, an empty file, the boot sector of a FAT", () => {
		const none = "has no partition table: leave partition out where the file system begins with the file";
		const fat = changed(diskOf([[0, mbr([])]]), 446, 0x7c);
		expect([refusal(diskOf([])), refusal(Buffer.alloc(0)), refusal(Buffer.alloc(511)), refusal(fat)]).toEqual([none, none, none, none]);
	});

	it("that does not lie in the image is refused", () => {
		const short = "ends before its partition 1 does: it is not whole, or its table is that of another disk";
		const far = diskOf([[0, mbr([linux(2048, sectors)])]]);
		expect([refusal(far), refusal(primary.subarray(0, 1_500_000)), refusal(modern.subarray(0, 2_000_000))]).toEqual([short, short, short]);
	});

	it("in a damaged chain of logical ones is refused, and a circle ends", () => {
		const damaged = "has a damaged extended partition: ";
		const second = (2048 + 2148) * sector;
		const circle = Buffer.alloc(8);
		circle.writeUInt32LE(0, 0);
		circle.writeUInt32LE(2048, 4);
		expect([
			refusal(changed(logical, 2048 * sector + 510, 0), 5),
			refusal(changed(logical, second + 446 + 16 + 8, ...circle), 5),
			refusal(changed(logical, second + 446 + 16 + 8, 0xff, 0xff, 0xff, 0x7f), 5),
		]).toEqual([
			`${damaged}sector 2048 has no table`,
			`${damaged}its tables lead in a circle`,
			expect.stringMatching(`^${damaged}sector \\d+ has no table$`),
		]);
	});

	it("in a GPT whose sums are wrong is refused, and one outside of where partitions can be is none", () => {
		const damaged = "has a damaged GPT: ";
		expect([
			refusal(changed(modern, sector, 0x45, 0x46, 0x00)),
			refusal(changed(modern, sector + 48, 7)),
			refusal(changed(modern, 2 * sector + 40, 9)),
			refusal(modern.subarray(0, 1500)),
			refusal(
				diskOf(
					gpt(sectors, [
						{ first: 1, last: 4 },
						{ first: 40, last: 39 },
						{ first: 34, last: sectors },
					]),
				),
			),
		]).toEqual([
			`${damaged}there is no header in sector 1; one with sectors of 4096 bytes takes offset instead of partition`,
			`${damaged}the sum of its header is wrong`,
			`${damaged}the sum of its entries is wrong`,
			`${damaged}it ends before its entries do`,
			"has no partition 1: its table is empty",
		]);
	});

	it("rule 8.3: of garbage lies in the image, or is refused", () => {
		const base = fc.constantFrom(primary, logical, modern);
		const places = fc.oneof(fc.integer({ min: 440, max: 1200 }), fc.integer({ min: 2048 * sector, max: 2049 * sector }));
		const edits = fc.array(fc.tuple(places, fc.integer({ min: 0, max: 255 })), { maxLength: 12 });
		fc.assert(
			fc.property(base, edits, fc.integer({ min: 1, max: 128 }), (bytes, all, wanted) => {
				const copy = Buffer.from(bytes.subarray(0, 2_097_152));
				for (const [at, value] of all) {
					copy[at] = value;
				}
				let found: ReturnType<typeof span> | undefined;
				const said = (() => {
					try {
						found = span(copy, wanted);
						return "found";
					} catch (error) {
						return refusalOf(() => {
							throw error;
						});
					}
				})();
				if (found === undefined) {
					expect(said).toMatch(/^STEP_FAILED: mount: "\/d" /);
				} else {
					expect(Number.isSafeInteger(found.offset) && found.size > 0 && found.offset + found.size <= copy.length).toBe(true);
				}
			}),
			{ numRuns: runs(300) },
		);
	});
});

describe("what begins an image", () => {
	it("is told by its mark", () => {
		const marked = (at: number, mark: string) => superblockIn(reading(diskOf([[at, Buffer.from(mark, "latin1")]])))?.type;
		expect([
			marked(0, "XFSB"),
			marked(0, "hsqs"),
			marked(1080, "\x53\xef"),
			marked(1024, "\xe2\xe1\xf5\xe0"),
			marked(32_769, "CD001"),
			marked(65_600, "_BHRfS_M"),
			marked(82, "FAT32"),
			superblockIn(reading(primary))?.text,
			superblockIn(reading(diskOf([])))?.text,
			superblockIn(reading(Buffer.alloc(3)))?.text,
		]).toEqual(["xfs", "squashfs", "ext4", "erofs", "iso9660", "btrfs", "vfat", "a table of partitions", "zeros alone", "zeros alone"]);
	});

	it("is no type where it is what a file system may be in, or nothing", () => {
		const found = (at: number, mark: string) => superblockIn(reading(diskOf([[at, Buffer.from(mark, "latin1")]])));
		const marks: readonly (readonly [number, string])[] = [
			[0, "LUKS\xba\xbe"],
			[536, "LVM2 001"],
			[4096, "\xfc\x4e\x2b\xa9"],
			[0, "QFI\xfb"],
			[0, "KDMV"],
			[0, "vhdxfile"],
			[4086, "SWAPSPACE2"],
		];
		expect(marks.map((mark) => Object.values(found(...mark) ?? {}).flat())).toEqual([
			["", "LUKS", "open it first: cryptsetup open, in a run step before this one, and mount /dev/mapper/NAME"],
			["", "a volume of LVM", "vgchange --activate y, on the machine, and mount /dev/VG/LV"],
			["", "a part of a RAID", "mdadm --assemble, on the machine, and mount /dev/mdN"],
			["", "a qcow2 image", "qemu-img convert -O raw FROM TO: the kernel mounts raw images alone"],
			["", "a VMDK image", "qemu-img convert -O raw FROM TO: the kernel mounts raw images alone"],
			["", "a VHDX image", "qemu-img convert -O raw FROM TO: the kernel mounts raw images alone"],
			["", "swap space", "name another device or image: swapon(8) takes it, and nothing mounts it"],
		]);
		expect([superblockIn(reading(Buffer.alloc(0))), superblockIn(reading(diskOf([[9, Buffer.from("x")]])))]).toEqual([
			undefined,
			undefined,
		]);
	});
});

it("the sum of a GPT is that of zlib", () => {
	expect(crc32([..."123456789"].map((each) => each.charCodeAt(0)))).toBe(0xcbf43926);
});
