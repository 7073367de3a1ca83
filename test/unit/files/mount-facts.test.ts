import { describe, expect, it } from "vitest";
import { factsOf } from "../../../src/files/mount-facts.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";

const table = `
1 0 0:50 / / rw - overlay overlay rw,lowerdir=/host/a:/host/b,upperdir=/host/u,workdir=/host/w
2 1 8:1 /volumes/v /data rw - ext4 /dev/sda1 rw
3 1 8:1 /volumes/v/conf /etc/app ro,relatime - ext4 /dev/sda1 rw
4 1 8:1 /home/dev/entrypoint.yaml /etc/entrypoint.yaml ro - ext4 /dev/sda1 rw
5 1 0:60 / /remote rw - fuse.sshfs host: rw,user_id=1000
6 1 0:61 / /nfs rw - nfs4 server:/ rw
7 1 0:62 / /merged rw - overlay overlay rw,lowerdir=/remote/low:/opt/low,upperdir=/data/up,workdir=/data/w
8 1 0:63 / /fine rw - overlay overlay rw,lowerdir=/opt/low,upperdir=/data/up,workdir=/data/w
9 1 0:64 / /given rw - overlay overlay rw,lowerdir=/proc/self/fd/7,upperdir=/data/up,workdir=/data/w
10 1 0:65 / /image ro - overlay overlay ro,lowerdir=/host/c\\054d:/host/e
11 1 7:0 / /squashed rw - squashfs /dev/loop0 ro
12 1 0:50 /srv /bound rw - overlay overlay rw,lowerdir=/host/a
13 1 0:70 / /p rw - virtiofs share rw
14 1 0:71 / /unknown rw - newfs none rw
15 1 8:1 /volumes/v /mapped rw,nosuid,idmapped - ext4 /dev/sda1 rw
16 1 0:50 /srv /mapped-image rw,idmapped - overlay overlay rw,lowerdir=/host/a
17 1 0:72 / /over-mapped rw - overlay overlay rw,lowerdir=/opt/low:/mapped/low
`;

/** Descriptor n lies on mount n; a layer that can be seen is opened as the descriptor of the mount it lies on. */
const layers: Readonly<Record<string, number>> = { "./remote/low": 5, "./opt/low": 1, "./data/up": 2, "./mapped/low": 15 };
const reads = {
	openRead: (_: number, path: string) => {
		const number = /^\/proc\/self\/fdinfo\/(\d+)$/.exec(path)?.[1];
		if (path === "/proc") {
			return 2000;
		}
		return path === "/proc/self/mountinfo" ? 1000 : number !== undefined ? 1000 + Number(number) : (layers[path] ?? -errno.ENOENT);
	},
	readAll: (fd: number) => (fd === 1000 ? table : `pos:\t0\nflags:\t010000000\nmnt_id:\t${fd - 1000}\n`),
	fstatfs: () => [0x9fa0, 0],
	close: () => 0,
} as unknown as Reads;

describe("a mount, by the tables of /proc", () => {
	it.each([
		["the image", 1, true],
		["a disk", 2, true],
		["a part of the image bound elsewhere", 12, true],
		["a file system image", 11, true],
		["FUSE", 5, false],
		["NFS", 6, false],
		["virtiofs", 13, false],
		["what is not known", 14, false],
		["an overlay of what the runtime has", 10, true],
		["an overlay of what can be seen and is the kernel's", 8, true],
		["an overlay on FUSE", 7, false],
		["an overlay whose layer was given by descriptor", 9, false],
		["a disk whose ids are mapped", 15, false],
		["a part of the image whose ids are mapped", 16, false],
		["an overlay on one whose ids are mapped", 17, false],
	])("has owners that this kernel vouches for, or not: %s", (_, fd, expected) => {
		expect(factsOf(reads, fd, 1, "/").isVouchedFor).toBe(expected);
	});

	it("is what a runtime has mapped for a user namespace", () => {
		const apart = {
			...reads,
			openRead: (at: number, path: string) => (path.endsWith("self/uid_map") ? 3000 : reads.openRead(at, path, 0, 0)),
			readAll: (fd: number, limit: number) => (fd === 3000 ? "0 100000 65536\n" : reads.readAll(fd, limit)),
		} as Reads;
		const served = [2, 15, 16, 17, 5].map((fd) => factsOf(reads, fd, 1, "/").isServed);
		expect([served, [2, 15, 16, 17, 5].map((fd) => factsOf(apart, fd, 1, "/").isVouchedFor)]).toEqual([
			[false, false, false, false, true],
			[true, true, true, true, false],
		]);
	});

	it.each([
		["the whole of it is writable at /data", 3, true, true],
		["nothing else shows it", 4, true, false],
		["the file system itself is read-only", 11, true, false],
	])("is read-only, and perhaps writable elsewhere: %s", (_, fd, readOnly, elsewhere) => {
		const facts = factsOf(reads, fd, 1, "/");
		expect([facts.isReadOnly, facts.isWritableElsewhere()]).toEqual([readOnly, elsewhere]);
	});
});

describe("a mount without /proc", () => {
	const bare = (magic: number) => ({ openRead: () => -errno.ENOENT, close: () => 0, fstatfs: () => [magic, 1] }) as unknown as Reads;

	it.each([
		["ext4", 0xef53, true],
		["tmpfs", 0x01021994, true],
		["FUSE", 0x65735546, false],
		["NFS", 0x6969, false],
		["an overlay, whose layers cannot be known", 0x794c7630, false],
	])("is known by its magic number: %s", (_, magic, vouched) => {
		const { isVouchedFor, isReadOnly, isWritableElsewhere } = factsOf(bare(magic), 5, 3, "/");
		expect([isVouchedFor, isReadOnly, isWritableElsewhere()]).toEqual([vouched, true, true]);
	});
});

describe("a mount where descriptors do not tell theirs, as under gVisor", () => {
	const root = 3;
	const told = ["10 10 0:10 / / rw - overlay none rw", "16 10 0:15 / /data rw - 9p none rw", "17 10 0:10 /x /bound rw - overlay none rw"];
	const gvisor = (magics: readonly [here: number, image: number], info: string | number = "flags:\t00\n") =>
		({
			openRead: (_: number, path: string) =>
				path === "/proc" ? 50 : path === "/proc/self/mountinfo" ? 51 : typeof info === "number" ? info : 52,
			readAll: (fd: number) => (fd === 51 ? told.join("\n") : info),
			fstatfs: (fd: number) => [fd === 50 ? 0x9fa0 : fd === root ? magics[1] : magics[0], 0],
			close: () => 0,
		}) as unknown as Reads;
	const overlay = 0x794c7630;

	it.each<readonly [string, string, Reads, boolean]>([
		["a path on the mount of /", "/etc/entrypoint.yaml", gvisor([overlay, overlay]), true],
		["a path on another mount", "/data/file", gvisor([overlay, overlay]), false],
		["a part of the image bound elsewhere, which this cannot tell from others", "/bound/file", gvisor([overlay, overlay]), false],
		["what begins like another mount", "/database", gvisor([overlay, overlay]), true],
		["another kind of file system", "/etc/entrypoint.yaml", gvisor([0x65735546, overlay]), false],
		["descriptors that cannot be asked", "/etc/entrypoint.yaml", gvisor([overlay, overlay], -errno.EMFILE), false],
	])("is that of the image, or not: %s", (_, path, each, expected) => {
		expect(factsOf(each, 7, root, path).isVouchedFor).toBe(expected);
	});
});
