import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { obstaclesOf, type StepKind } from "../../../src/steps/index.ts";
import { RESOLVE } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { dockerRoot, type FakeEntry, type FakeKernel } from "../../fake/index.ts";
import { kernelWith, plan } from "./context.ts";

const target = { uid: toUid(1000), gid: toGid(1000), groups: [toGid(1000)], name: "app", home: "/" };
const all = CapabilitySet.of("CHOWN", "FOWNER");

const directory = (uid: number, mode: number): Partial<FakeEntry> => ({ kind: "directory", uid, gid: uid, mode });

function told(kind: StepKind, written: unknown, files: Readonly<Record<string, Partial<FakeEntry> | string>>, permitted = all) {
	const kernel = kernelWith(files, dockerRoot());
	const found = obstaclesOf(plan(kind, written, kernel), telling(kernel), true, { target, permitted });
	expect(kernel.files.openCount).toBe(0);
	return found.map(({ message }) => message);
}

/** Each file has an inode of its own, and openat2(2) says that it has met a link: every path takes the walk. */
function telling({ host, files }: FakeKernel): Reads {
	const inodes: string[] = [];
	const own = (stat: ReturnType<Reads["fstat"]>, path: string) => {
		if (!inodes.includes(path)) {
			inodes.push(path);
		}
		return typeof stat === "number" ? stat : { ...stat, ino: BigInt(inodes.indexOf(path) + 2) };
	};
	const told: Partial<Reads> = {
		openRead: (fd, path, flags, resolve) =>
			resolve === 0 || resolve === RESOLVE.NO_XDEV ? host.openRead(fd, path, flags, resolve) : -errno.ELOOP,
		fstat: (fd) => own(host.fstat(fd), String(files.pathOf(fd)).replace(/(.)\/\.$/, "$1")),
		statat: (fd, path, flags) => own(host.statat(fd, path, flags), path),
	};
	return new Proxy(host as Reads, { get: (_, name: keyof Reads) => told[name] ?? host[name] });
}

const way = { "/open": directory(1000, 0o777), "/open/way": { kind: "link", content: "/srv", uid: 1000 } } as const;

describe("what a step would be refused, before its turn", () => {
	it("is a top of somebody else where the capability is not held and the user cannot do without", () => {
		const files = { "/data": directory(4242, 0o755) };
		expect(told("own", "/data", files)).toEqual([]);
		expect(told("own", "/data", files, CapabilitySet.empty)).toEqual([expect.stringMatching(/^fchownat: EPERM on "\/data"/)]);
		expect(told("chmod", { path: "/data", mode: "0700" }, files, CapabilitySet.empty)).toEqual([
			expect.stringMatching(/^fchmod: EPERM on "\/data"/),
		]);
		expect(told("own", "/data", { "/data": directory(4242, 0o777) }, CapabilitySet.empty)).toEqual([]);
		// Everybody may do more than was meant.
		expect(told("chmod", { path: "/data", mode: "0755" }, { "/data": directory(4242, 0o777) }, CapabilitySet.empty)).toEqual([
			expect.stringMatching(/^fchmod: EPERM on "\/data"/),
		]);
	});

	it("is a top that is mounted read-only and differs", () => {
		const files = { "/data": { ...directory(0, 0o700), readOnly: true } };
		expect(told("own", "/data", files)).toEqual([expect.stringMatching(/^fchownat: EROFS on "\/data"/)]);
		expect(told("chmod", { path: "/data", mode: "0755" }, files)).toEqual([expect.stringMatching(/^fchmod: EROFS on "\/data"/)]);
		expect(told("chmod", { path: "/data", mode: "0700" }, files)).toEqual([]);
	});

	it("is a link that is named, whether it leads somewhere or not", () => {
		const files = { "/srv": directory(0, 0o755), "/l": { kind: "link", content: "/srv" }, "/d": { kind: "link", content: "/no" } } as const;
		for (const path of ["/l", "/d"]) {
			expect(told("own", path, files)).toEqual([`"${path}" is a symbolic link, which is not followed`]);
			expect(told("chmod", { path, mode: "0700" }, files)).toEqual([`"${path}" is a symbolic link, which is not followed`]);
		}
		expect(told("mkdir", "/d", files)).toEqual([expect.stringMatching(/^mkdirat: EEXIST on "\/d"/)]);
	});

	it.each([
		["mkdir", "/open/way/x"],
		["link", { path: "/open/way/x", to: "/y" }],
		["listen", { unix: "/open/way/x" }],
		["mount", { type: "tmpfs", target: "/open/way" }],
		["own", "/open/way/x"],
	] as const)("is a link on the way that is not root's alone: %s", (kind, written) => {
		for (const to of ["/srv", "/nowhere"]) {
			const files = { ...way, "/srv": directory(0, 0o755), "/open/way": { ...way["/open/way"], content: to } };
			expect(told(kind, written, files)).toEqual([
				expect.stringMatching(/\/open\/way is a symbolic link that is not root's alone; it is not followed$/),
			]);
		}
	});

	it("is what only_if_contents does not expect", () => {
		const files = { "/data": directory(0, 0o755), "/data/other": "" };
		expect(told("own", { path: "/data", only_if_contents: "base" }, files)).toEqual([expect.stringMatching(/^"\/data" holds "other"/)]);
		expect(told("own", { path: "/data", only_if_contents: "other" }, files)).toEqual([]);
	});

	it("is a directory that nobody said to remove with what is in it", () => {
		const files = { "/data": directory(0, 0o755) };
		expect(told("remove", "/data", files)).toEqual(['"/data" is a directory']);
		expect(told("remove", { path: "/data", recursive: true }, files)).toEqual([]);
		expect(told("remove", { path: "/data", older_than_boot: true }, files)).toEqual([]);
	});

	it("is nothing for a start, which looks no closer", () => {
		const kernel = kernelWith({ "/data": directory(4242, 0o700) });
		expect(obstaclesOf(plan("own", "/data", kernel), kernel.host, false)).toEqual([]);
	});
});
