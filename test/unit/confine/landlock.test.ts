import { describe, expect, it } from "vitest";
import { observeAbi, requireAbi } from "../../../src/confine/landlock/kernel.ts";
import type { LandlockPart } from "../../../src/confine/landlock/part.ts";
import { demandOf, filesOf, unenforced } from "../../../src/confine/landlock/rights.ts";
import { partOf } from "../../../src/confine/landlock/rules.ts";
import type { LandlockSetting } from "../../../src/confine/landlock/setting.ts";
import { writtenPaths } from "../../../src/confine/landlock/written.ts";
import { Failure } from "../../../src/report/failure.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { landlockKernel } from "../../../src/tools/check/lint/landlock-rules.ts";
import { landlockLines } from "../../../src/tools/plan/text/landlock-lines.ts";

const nothing: LandlockSetting = {
	read: undefined,
	execute: undefined,
	write: undefined,
	connect: undefined,
	bind: undefined,
	scope: undefined,
	minimum: undefined,
	base: "none",
};
const setting = (more: Partial<LandlockSetting>): LandlockSetting => ({ ...nothing, ...more });
const guard = { program: "060000000000ff7f", flags: 0 };
const part = (more: Partial<LandlockSetting>, abi: number) => {
	const written = writtenPaths(setting(more), "/srv");
	return partOf(setting(more), abi, { written, base: [], stdio: [], isAllOpen: false, guard });
};

describe("what is demanded of the kernel", () => {
	it.each<[Partial<LandlockSetting>, string | undefined, number]>([
		[{ read: ["/a"] }, undefined, 3],
		[{ execute: ["/a"] }, undefined, 3],
		[{ write: ["/a"] }, undefined, 3],
		[{ connect: [] }, undefined, 4],
		[{ bind: [80], write: ["/a"] }, undefined, 4],
		[{ read: ["/dev/x"] }, "/dev/x", 5],
		[{ scope: ["signals"], read: ["/dev/x"] }, "/dev/x", 6],
	])("%j, with the device %s, takes ABI %i and no less", (written, device, abi) => {
		expect(demandOf(setting(written), device).abi).toBe(abi);
		expect(requireAbi({ abi }, setting(written), device)).toBe(abi);
		expect(() => requireAbi({ abi: abi - 1 }, setting(written), device)).toThrow(Failure);
		// Nothing but what is named stays open with what is demanded.
		expect(unenforced(setting(written), abi).filter((each) => !each.startsWith("ioctl"))).toEqual([]);
	});

	it("is minimum where that stands, be it more or less", () => {
		expect(requireAbi({ abi: 1 }, setting({ write: ["/a"], minimum: 1 }), undefined)).toBe(1);
		expect(() => requireAbi({ abi: 4 }, setting({ write: ["/a"], minimum: 5 }), undefined)).toThrow(
			"minimum asks for Landlock ABI 5 (Linux 6.10); this kernel has ABI 4",
		);
	});

	it("says what would stay open with less", () => {
		const refused = (): never => requireAbi({ abi: 1 }, setting({ write: ["/a"], bind: [] }), undefined) as never;
		expect(refused).toThrow(
			new Failure({
				code: "LANDLOCK_UNAVAILABLE",
				message: "what is written takes Landlock ABI 4 (Linux 6.7), for bind; this kernel has ABI 1",
				where: "landlock",
				remedy: [
					"a kernel from Linux 6.7 on",
					"or minimum: 1, which goes without: renames and links between directories fail with EXDEV, where they are granted too; truncate(2) is not refused anywhere; ioctl(2) on devices is not refused; TCP ports stay open",
				],
			}),
		);
	});

	it.each<[number, number]>([
		[-errno.ENOSYS, 0],
		[-errno.EPERM, 0],
		[-errno.EOPNOTSUPP, 0],
		[-errno.ENOMEM, 0],
		[7, 7],
	])("the kernel's answer %i is ABI %i, with its reason where there is none", (answer, abi) => {
		const found = observeAbi({ landlockAbi: () => answer } as unknown as Reads);
		expect([found.abi, found.lack === undefined]).toEqual([abi, answer > 0]);
	});
});

describe("a path that begins with a dot", () => {
	it.each([
		[".", "/srv", "/srv"],
		["./", "/srv", "/srv"],
		["./x", "/", "/x"],
		["././/x/./y", "/srv", "/srv/x/./y"],
		["../x", "/srv", "/srv/../x"],
		["..", "/", "/.."],
		["/a/./b", "/srv", "/a/./b"],
	])("%s, from %s, is %s", (written, workdir, path) => {
		expect(writtenPaths(setting({ read: [written] }), workdir)).toEqual([{ as: "read", path, where: "landlock.read[0]" }]);
	});
});

describe("a wall in numbers", () => {
	it("handles what the kernel knows and no more", () => {
		expect([0, 1, 2, 3, 4, 5, 6, 7, 9].map(filesOf)).toEqual([0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff, 0xffff, 0xffff, 0xffff]);
	});

	it("has each path with the rights of its key, in as far as they are handled", () => {
		const written = { read: ["/r"], execute: ["./x"], write: ["/w", "/dev/tun"] };
		expect(part(written, 7)).toEqual({
			abi: 7,
			files: 0xffff,
			ofFiles: 0xc007,
			ports: 0,
			scopes: 0,
			paths: [
				{ as: "read", path: "/r", rights: 0xc },
				{ as: "execute", path: "/srv/x", rights: 0xd },
				{ as: "write", path: "/w", rights: 0xf7be },
				{ as: "write", path: "/dev/tun", rights: 0xf7be },
			],
			portRules: [],
			// Nothing but ports takes one.
			closed: "/",
		});
		expect(part(written, 1)?.paths.map(({ rights }) => rights)).toEqual([0xc, 0xd, 0x17be, 0x17be]);
	});

	it("never grants that a device is made", () => {
		const [makeChar, makeBlock] = [1 << 6, 1 << 11];
		expect((part({ write: ["/w"] }, 7)?.paths[0]?.rights ?? -1) & (makeChar | makeBlock)).toBe(0);
	});

	it("has ports and scopes alone where nothing is said of files", () => {
		const wall = { connect: [443], bind: [], scope: ["signals"] as const };
		expect(part(wall, 7)).toEqual({
			abi: 7,
			files: 0,
			ofFiles: 0xc007,
			ports: 3,
			scopes: 2,
			paths: [],
			portRules: [{ as: "connect", port: 443, rights: 2 }],
			guard,
			closed: undefined,
		});
		// A kernel without any of it walls nothing, and would refuse a ruleset of nothing.
		expect(part(wall, 3)).toBeUndefined();
		expect(part({ read: [] }, 0)).toBeUndefined();
	});

	it("is shown by its keys", () => {
		const nothing = { statat: () => -errno.ENOENT } as unknown as Reads;
		expect(
			landlockLines(part({ read: ["/r", "/a b"], write: ["/w"], connect: [], bind: [80, 443], scope: ["signals"] }, 7), nothing),
		).toEqual([
			"ABI 7",
			'read /r, "/a b"',
			"write /w",
			"connect nowhere",
			"bind 80 443",
			"guarded by a filter: no MPTCP, SMC, MSG_FASTOPEN, TCP_ULP, io_uring",
			"scope signals",
		]);
		expect(landlockLines(undefined, nothing)).toEqual([]);
		const usual = part({ read: [] }, 7) as LandlockPart;
		const base = { ...usual, paths: [{ path: "/lib64", as: "execute", rights: 1, isBase: true } as const] };
		expect(landlockLines(base, nothing)).toEqual(["ABI 7", "base: 1 more that are not there, if the setup makes them"]);
	});
});

describe("LINT_LANDLOCK_KERNEL", () => {
	const found = (abi: number, minimum?: number) => {
		const rows = { landlock: setting({ read: ["/r"], bind: [80], minimum }) };
		const reads = { landlockAbi: () => abi, statat: () => -errno.ENOENT } as unknown as Reads;
		return landlockKernel.find({ config: { rows }, reads, image: {} } as never).map(({ message }) => message);
	};

	it("is about what this kernel lacks", () => {
		expect(found(7)).toEqual([]);
		expect(found(4)).toEqual(["on this kernel (ABI 4) ioctl(2) on devices is not refused"]);
		expect(found(3)).toEqual([
			"a start on this kernel is refused: what is written takes Landlock ABI 4 (Linux 6.7), for bind; this kernel has ABI 3",
		]);
		expect(found(3, 3)).toEqual(["on this kernel (ABI 3) ioctl(2) on devices is not refused; TCP ports stay open"]);
		expect(found(-errno.ENOSYS, 0)).toEqual(["on this kernel (ABI 0) the file system stays open; TCP ports stay open"]);
	});
});
