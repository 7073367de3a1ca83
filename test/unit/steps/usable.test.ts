import { describe, expect, it } from "vitest";
import { mayChange } from "../../../src/files/permissions.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { isMetAsItIs, mayUse } from "../../../src/steps/common/usable.ts";
import { S } from "../../../src/sys/constants.ts";

const app = { uid: toUid(1000), groups: [toGid(1000), toGid(44)] };
const stat = (uid: number, gid: number, mode: number, type: number = S.IFREG) => ({
	uid,
	gid,
	mode: type | mode,
	nlink: 1,
	size: 0,
	mtime: 0,
	ctime: 0,
	dev: "0:1",
	rdev: "0:0",
	ino: 1n,
});

describe("what the permission bits let an identity do", () => {
	it.each([
		["its own file", stat(1000, 0, 0o600), true, true],
		["its own file without permission", stat(1000, 44, 0o066), false, true],
		["its group's file", stat(0, 44, 0o060), true, true],
		["its group's file, where the group has less than others", stat(0, 44, 0o606), false, false],
		["a file to read", stat(0, 0, 0o644), false, false],
		["everybody's file", stat(0, 0, 0o666), true, true],
		["its own directory", stat(1000, 0, 0o700, S.IFDIR), true, true],
		["a directory that cannot be entered", stat(0, 44, 0o760, S.IFDIR), false, true],
		["a directory to read", stat(0, 0, 0o755, S.IFDIR), false, false],
		["everybody's directory", stat(0, 0, 0o777, S.IFDIR), true, true],
		["everybody's directory where each entry is its owner's", stat(0, 0, 0o1777, S.IFDIR), true, false],
		["its own such directory", stat(1000, 0, 0o1777, S.IFDIR), true, true],
	])("%s", (_, entry, uses, writes) => {
		expect([mayUse(entry, app), mayChange(entry, "none", app)]).toEqual([uses, writes]);
	});
});

describe("what may not be changed does as it is", () => {
	const target = { uid: app.uid, gid: toGid(1000) };
	const keep = { uid: undefined, gid: undefined };
	const other = { uid: toUid(7), gid: toGid(7) };
	it.each([
		["right", stat(1000, 1000, 0o750, S.IFDIR), 0o750, target, true],
		["narrower for others", stat(7, 44, 0o770, S.IFDIR), 0o775, target, true],
		["as open as was wanted, of anybody", stat(7, 44, 0o770, S.IFDIR), 0o770, keep, true],
		["meant for somebody else", stat(7, 44, 0o770, S.IFDIR), 0o770, other, false],
		["wider for others", stat(1000, 1000, 0o751, S.IFDIR), 0o750, target, false],
		["closed to the user", stat(7, 7, 0o770, S.IFDIR), 0o770, target, false],
		["to be read alone", stat(0, 44, 0o440), 0o440, target, true],
		["to be read alone where writing was wanted", stat(0, 44, 0o440), 0o640, target, false],
		["without the sticky bit, open to others", stat(1000, 1000, 0o777, S.IFDIR), 0o1777, target, false],
		["without the sticky bit, open to nobody else", stat(1000, 1000, 0o755, S.IFDIR), 0o1777, target, true],
		["with the sticky bit besides", stat(1000, 1000, 0o1770, S.IFDIR), 0o770, target, true],
		["with set-group-ID besides", stat(1000, 1000, 0o2770, S.IFDIR), 0o770, target, false],
	])("when it is %s", (_, entry, wanted, owner, expected) => {
		expect(isMetAsItIs(entry, wanted, owner, app)).toBe(expected);
	});
});
