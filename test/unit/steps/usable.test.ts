import { describe, expect, it } from "vitest";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { mayUse, mayWrite } from "../../../src/steps/usable.ts";
import { S } from "../../../src/sys/constants.ts";

const app = { uid: toUid(1000), groups: [toGid(1000), toGid(44)] };
const stat = (uid: number, gid: number, mode: number, type: number = S.IFREG) => ({
	uid,
	gid,
	mode: type | mode,
	nlink: 1,
	size: 0,
	mtime: 0,
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
		expect([mayUse(entry, app), mayWrite(entry, app)]).toEqual([uses, writes]);
	});
});
