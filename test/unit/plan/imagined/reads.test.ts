import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { readTrustedFile } from "../../../../src/config/trust.ts";
import { openTrusted } from "../../../../src/files/open.ts";
import { walk } from "../../../../src/files/walk.ts";
import { nodeHost } from "../../../../src/node/host.ts";
import { imaginedReads } from "../../../../src/plan/imagined/imagined-reads.ts";
import { everybodysRoot, type ImaginedStart } from "../../../../src/plan/imagined/imagined-start.ts";
import { ownersIn } from "../../../../src/plan/imagined/owners.ts";
import { AT, O, RESOLVE } from "../../../../src/sys/constants.ts";
import { errno } from "../../../../src/sys/errno.ts";
import type { Reads, Stat } from "../../../../src/sys/native.ts";
import { readProc } from "../../../../src/sys/proc.ts";

const root: ImaginedStart = { ...everybodysRoot, devices: ["/dev/fuse"] };

let outside: string;
let image: string;
beforeEach(() => {
	outside = mkdtempSync(join(tmpdir(), "abdicate-imagined-"));
	image = join(outside, "image");
	mkdirSync(join(image, "etc"), { recursive: true });
	writeFileSync(join(outside, "secret"), "of the host\n");
	writeFileSync(join(outside, "passwd"), "of the host\n");
	writeFileSync(join(image, "etc/passwd"), "of the image\n");
});
afterEach(() => rmSync(outside, { recursive: true, force: true }));

function reading(start: Partial<ImaginedStart> = {}, host: Reads = nodeHost()): Reads {
	return imaginedReads(host, { directory: image, owners: ownersIn(host, image), program: "/abdicate" }, { ...root, ...start }, []);
}

function text(reads: Reads, path: string, flags: number = O.RDONLY): string | number {
	const fd = reads.openRead(AT.FDCWD, path, flags, 0);
	return fd < 0 ? fd : `${reads.readAll(fd, 1000)}${reads.close(fd) === 0 ? "" : "not closed"}`;
}

const links: Readonly<Record<string, string>> = {
	"an absolute link": "/etc/passwd",
	"one that goes up": "../../../../../../../../../../etc/passwd",
	"one through others": "a/b/c/passwd",
};

describe("links of an image", () => {
	it.each(Object.entries(links))("%s leads within it", (_, target) => {
		mkdirSync(join(image, "etc/a/b"), { recursive: true });
		symlinkSync("/etc", join(image, "etc/a/b/c"));
		symlinkSync(target, join(image, "etc/link"));
		const reads = reading();
		expect(text(reads, "/etc/link")).toBe("of the image\n");
		expect(text(reads, "../../etc/link")).toBe("of the image\n");
		expect((reads.statat(AT.FDCWD, "/etc/link", 0) as Stat).size).toBe(13);
	});

	it.each(["/../secret", "../../secret", "etc/../../../secret"])("cannot come to %s", (path) => {
		symlinkSync(path, join(image, "link"));
		symlinkSync(join(outside, "secret"), join(image, "named"));
		symlinkSync("..", join(image, "up"));
		const reads = reading();
		expect(["/link", "/named", "/up/secret", "/up/../secret", path].map((each) => text(reads, each))).toEqual(Array(5).fill(-errno.ENOENT));
		const up = reads.openRead(AT.FDCWD, "/up", O.PATH | O.DIRECTORY, 0);
		expect(reads.openRead(up, "../secret", O.RDONLY, 0)).toBe(-errno.ENOENT);
		expect(reads.statat(up, `${outside}/secret`, 0)).toBe(-errno.ENOENT);
		expect(reads.readlinkat(AT.FDCWD, "/up")).toBe("..");
	});

	it("that are many or a circle end", () => {
		symlinkSync("circle", join(image, "circle"));
		const reads = reading();
		expect(text(reads, "/circle")).toBe(-errno.ELOOP);
		expect(reads.openRead(AT.FDCWD, "/circle", O.RDONLY, RESOLVE.NO_SYMLINKS)).toBe(-errno.ELOOP);
		expect(text(reads, "/circle", O.RDONLY | O.NOFOLLOW)).toBe(-errno.ELOOP);
	});

	it("are gone by as a start goes by them, whoever walks", () => {
		symlinkSync("etc", join(image, "alias"));
		const reads = reading();
		const fd = openTrusted(reads, "/alias/passwd", O.RDONLY);
		expect([reads.readAll(fd, 100), reads.close(fd)]).toEqual(["of the image\n", 0]);
		expect(walk(reads, "/alias/passwd", { mayFollow: () => true }, ({ place, isFixed }) => [place.path, isFixed])).toEqual([
			"/etc/passwd",
			true,
		]);
		expect(readTrustedFile(reads, "/alias/passwd", true)).toBe("of the image\n");
	});
});

describe("what is not a file", () => {
	it("is looked at and never opened", () => {
		execFileSync("mkfifo", [join(image, "fifo")]);
		const opened: string[] = [];
		const host = nodeHost();
		const noting = Object.assign(Object.create(host) as Reads, {
			openRead: (dirfd: number, path: string, flags: number, resolve: number) => {
				opened.push(...((flags & O.PATH) === 0 ? [path] : []));
				return host.openRead(dirfd, path, flags, resolve);
			},
		});
		const reads = reading({}, noting);
		opened.length = 0;
		const fd = reads.openRead(AT.FDCWD, "/fifo", O.RDONLY, 0);
		expect([opened, (reads.fstat(fd) as Stat).mode & 0o170000, reads.read(fd, 10), reads.close(fd)]).toEqual([[], 0o010000, "", 0]);
		expect(reads.openRead(AT.FDCWD, "/etc/new", O.WRONLY | O.CREAT, 0)).toBe(-errno.ENOENT);
		expect(reads.openRead(AT.FDCWD, "/etc/passwd", O.RDWR, 0)).toBe(-errno.EINVAL);
	});
});

describe("what a runtime brings", () => {
	it("hides what the image has there", () => {
		mkdirSync(join(image, "proc"));
		mkdirSync(join(image, "dev"));
		writeFileSync(join(image, "proc/self"), "");
		writeFileSync(join(image, "dev/kmem"), "");
		const reads = reading();
		const dev = reads.openRead(AT.FDCWD, "/dev", O.RDONLY | O.DIRECTORY, 0);
		const names = reads.readDirectory(dev) as string[];
		expect([...names].sort()).toEqual(
			[
				"fd",
				"full",
				"fuse",
				"mqueue",
				"null",
				"ptmx",
				"pts",
				"random",
				"shm",
				"stderr",
				"stdin",
				"stdout",
				"tty",
				"urandom",
				"zero",
			].sort(),
		);
		expect(readProc(reads, "self/uid_map")).toBe("         0          0 4294967295\n");
		expect(reads.fstatfs(dev)).toEqual([0x01021994, 0]);
		expect(reads.statat(AT.FDCWD, "/dev/fuse", 0)).toMatchObject({ mode: 0o020666, rdev: "10:229" });
		expect(readProc(reads, `self/fdinfo/${dev}`)).toContain("mnt_id:\t1");
		expect(readProc(reads, "1/../self/mountinfo")).toContain(" / / rw - overlay overlay rw\n");
	});

	it("and the mode of the root are as the start has them", () => {
		const reads = reading({ isReadOnly: true, volumes: [{ path: "/srv/data", type: "tmpfs" }] });
		const flags = (path: string) => {
			const fd = reads.openRead(AT.FDCWD, path, O.PATH, 0);
			return fd < 0 ? fd : [reads.fstatfs(fd), reads.close(fd)];
		};
		expect([flags("/etc"), flags("/srv"), flags("/srv/data"), flags("/srv/none")]).toEqual([
			[[0x794c7630, 1], 0],
			[[0x794c7630, 1], 0],
			[[0x01021994, 0], 0],
			-errno.ENOENT,
		]);
		expect([reads.faccessat(AT.FDCWD, "/etc", 2), reads.faccessat(AT.FDCWD, "/srv/data", 2)]).toEqual([-errno.EROFS, 0]);
	});
});

describe("a tmpfs", () => {
	it.each([
		["of Docker has the mode of what it covers, and is root's", {}, "/etc", 0o40755],
		["of Docker is open where the image has nothing", {}, "/none", 0o41777],
		["of a Pod is open", { runtime: "kubernetes" }, "/etc", 0o40777],
		["of a Pod with an fsGroup is that group's", { runtime: "kubernetes", fsGroup: 7 }, "/etc", 0o42777],
	] as const)("%s", (_, more, path, mode) => {
		const reads = reading({ ...more, volumes: [{ path, type: "tmpfs" }] });
		expect(reads.statat(AT.FDCWD, path, 0)).toMatchObject({ mode, uid: 0, gid: "fsGroup" in more ? 7 : 0 });
		expect(reads.statat(AT.FDCWD, `${path}/passwd`, 0)).toBe(-errno.ENOENT);
	});
});

describe("a setting", () => {
	it("that is given is that, where this kernel has none too; any other is this machine's", () => {
		const reads = reading({ settings: { "/proc/sys/net/core/somaxconn": "77", "/proc/sys/net/none/of/it": "a b" } });
		expect(readProc(reads, "sys/net/core/somaxconn")).toBe("77\n");
		expect(readProc(reads, "sys/net/none/of/it")).toBe("a b\n");
		expect(readProc(reads, "sys/kernel/ostype")).toBe("Linux\n");
	});
});

describe("whoever starts", () => {
	it("is shown what it may see alone", () => {
		mkdirSync(join(image, "closed"), { mode: 0o700 });
		writeFileSync(join(image, "closed/file"), "x");
		writeFileSync(join(image, "etc/shadow"), "x", { mode: 0o600 });
		const seen = (start: Partial<ImaginedStart>) =>
			["/closed/file", "/etc/shadow", "/etc/passwd"].map((path) => text(reading(start), path));
		const other = { uid: 1000, gid: 1000, groups: [1000], held: CapabilitySet.empty };
		expect(seen({})).toEqual(["x", "x", "of the image\n"]);
		expect(seen(other)).toEqual([-errno.EACCES, -errno.EACCES, "of the image\n"]);
		expect(seen({ held: CapabilitySet.empty })).toEqual(["x", "x", "of the image\n"]);
	});

	it.runIf(process.getuid?.() === 0)("owns what was given to it, where root unpacked the image", () => {
		mkdirSync(join(image, "data"));
		execFileSync("chown", ["-R", "1000:1000", join(image, "data")]);
		execFileSync("chown", ["4242:4242", image]);
		const owners = (path: string) => {
			const { uid, gid } = reading().statat(AT.FDCWD, path, 0) as Stat;
			return [uid, gid];
		};
		expect(["/", "/etc", "/data"].map(owners)).toEqual([
			[0, 0],
			[0, 0],
			[1000, 1000],
		]);
		execFileSync("chown", ["-R", "1000:1000", image]);
		expect(["/", "/etc", "/data"].map(owners)).toEqual([
			[0, 0],
			[0, 0],
			[0, 0],
		]);
		expect(ownersIn(nodeHost(), image).unpackedBy).toBe(1000);
	});
});
