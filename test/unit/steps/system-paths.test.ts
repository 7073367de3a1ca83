import { describe, expect, it } from "vitest";
import { isBelieved } from "../../../src/steps/common/believed.ts";
import { believedPlace, placeOfOpened } from "../../../src/steps/trees/system-paths.ts";
import { S } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads, Stat } from "../../../src/sys/native.ts";

const program = "/opt/app/abdicate";
const inodes: Readonly<Record<string, bigint>> = { "/": 1n, "/opt": 2n, "/opt/app": 3n, [program]: 4n, "/etc/passwd": 5n, "/data": 6n };

function statOf(ino: bigint, kind: number): Stat {
	return { mode: kind | 0o755, uid: 0, gid: 0, nlink: 1, size: 0, mtime: 0, ctime: 0, dev: "8:1", rdev: "0:0", ino };
}

const reads = {
	executedAs: () => program,
	fstatfs: () => [0xef53, 0],
	openRead: () => -errno.EACCES,
	statat: (_: number, path: string) => (inodes[path] === undefined ? -errno.ENOENT : statOf(inodes[path], S.IFDIR)),
} as unknown as Reads;

describe("what the next start believes or runs", () => {
	it("is the program and each directory on the way to it, whatever the program is called", () => {
		const found = ["/opt/app/abdicate", "/opt/app", "/opt", "/opt/app/data", "/opt/application", "/data"].map((path) =>
			isBelieved(path, program),
		);
		expect(found).toEqual([true, true, true, false, false, false]);
		expect(believedPlace(reads, "/opt/app")).toBe("believed");
	});

	it.each<[string, bigint, number, "believed" | undefined]>([
		["the program by another name", 4n, S.IFREG, "believed"],
		["the accounts by another name", 5n, S.IFREG, "believed"],
		["a file of the workload's", 7n, S.IFREG, undefined],
		["the program's directory by another name", 3n, S.IFDIR, "believed"],
		["a directory of the workload's", 6n, S.IFDIR, undefined],
	])("is known by what it is: %s", (_, ino, kind, place) => {
		expect(placeOfOpened(reads, 3, statOf(ino, kind))).toBe(place);
	});
});
