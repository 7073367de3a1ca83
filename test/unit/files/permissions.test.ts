import { describe, expect, it } from "vitest";
import { type AclEntry, accessAcl, parseAcl } from "../../../src/files/acl.ts";
import { bitsFor, mayChange } from "../../../src/files/permissions.ts";
import { bytesOfText } from "../../../src/report/bytes.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";

/** linux/posix_acl_xattr.h, as setfacl writes it. */
function encoded(...entries: readonly (readonly [tag: number, bits: number, id?: number])[]): number[] {
	const word = (value: number, bytes: number) => Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** index) % 256);
	return [...word(2, 4), ...entries.flatMap(([tag, bits, id = 0xffffffff]) => [...word(tag, 2), ...word(bits, 2), ...word(id, 4)])];
}

const file = { mode: 0o100674, uid: 0, gid: 50 };

describe("what an access ACL gives", () => {
	const acl = parseAcl(encoded([1, 6], [2, 7, 1000], [2, 0, 1001], [4, 4], [8, 2, 60], [8, 1, 61], [16, 6], [32, 4])) as AclEntry[];

	it("is read from its bytes", () => {
		expect(acl).toEqual([
			{ tag: "owner", id: 0xffffffff, bits: 6 },
			{ tag: "user", id: 1000, bits: 7 },
			{ tag: "user", id: 1001, bits: 0 },
			{ tag: "group of the file", id: 0xffffffff, bits: 4 },
			{ tag: "group", id: 60, bits: 2 },
			{ tag: "group", id: 61, bits: 1 },
			{ tag: "mask", id: 0xffffffff, bits: 6 },
			{ tag: "other", id: 0xffffffff, bits: 4 },
		]);
	});

	it.each([
		["the owner, by the mode", 0, [0], 6],
		["a user that is named, within the mask", 1000, [50], 6],
		["a user that is named and gets nothing, whatever others get", 1001, [50], 0],
		["the file's group", 7, [50], 4],
		["several groups, each of which grants", 7, [50, 60, 61], 6],
		["a group that the mask leaves nothing", 7, [61], 0],
		["others", 7, [7], 4],
	])("goes to %s", (_, uid, groups, bits) => {
		expect(bitsFor(file, acl, { uid, groups })).toBe(bits);
	});

	it("may be a change that the mode alone does not show", () => {
		const user = { uid: 1000, groups: [1000] };
		expect([mayChange(file, "none", user), mayChange(file, acl, user)]).toEqual([false, true]);
	});

	it.each([
		["nothing", []],
		["another version", [3, 0, 0, 0]],
		["half an entry", encoded([1, 6]).slice(0, -1)],
		["a tag that is not known", encoded([3, 6])],
	])("is not guessed from %s", (_, bytes) => {
		expect(parseAcl(bytes)).toBeUndefined();
	});
});

describe("an ACL that is asked for", () => {
	const answering = (answer: string | number) => ({ getxattr: () => answer }) as unknown as Reads;

	it("is none where there is none, or can be none", () => {
		expect([errno.ENODATA, errno.EOPNOTSUPP].map((code) => accessAcl(answering(-code), 3))).toEqual(["none", "none"]);
	});

	it.each([-errno.EACCES, -errno.EBADF, -errno.ENOSYS, "garbage"])("is not known when the answer is %s", (answer) => {
		expect(accessAcl(answering(answer), 3)).toBe("unknown");
	});

	it("and is not known counts as one that may let anybody write, but lets nobody read", () => {
		const user = { uid: 1000, groups: [] };
		expect([0o100660, 0o100640].map((mode) => mayChange({ mode, uid: 0, gid: 0 }, "unknown", user))).toEqual([true, false]);
		expect(bitsFor({ mode: 0o100660, uid: 0, gid: 0 }, "unknown", user)).toBe(0);
	});
});

describe("text of the border as bytes", () => {
	it.each([
		["a\u007f", [0x61, 0x7f]],
		["é€😀", [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]],
		["\udc80\udcff", [0x80, 0xff]],
	])("%s", (text, bytes) => {
		expect(bytesOfText(text)).toEqual(bytes);
	});
});
