import { describe, expect, it } from "vitest";
import { whoMetWhat } from "../../../src/files/who-met-what.ts";
import { S } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";

const directory = (mode: number, uid = 7) => ({ mode: S.IFDIR | mode, uid, gid: uid });
const file = (mode: number, uid = 7) => ({ mode: S.IFREG | mode, uid, gid: uid });

/** Of root without capabilities. */
function met(call: string, path: string, entries: Readonly<Record<string, object>>): string | undefined {
	const all: Readonly<Record<string, object>> = { "/": directory(0o755, 0), "/data": directory(0o755, 0), ...entries };
	const reads = {
		getresuid: () => [0, 0, 0],
		getresgid: () => [0, 0, 0],
		getgroups: () => [],
		statat: (_: number, at: string) => all[at] ?? -errno.ENOENT,
	} as unknown as Reads;
	return whoMetWhat(reads, call, path);
}

const root = "uid 0 (groups 0) may not";

describe("who was refused by whose mode", () => {
	it.each<[string, string, string, Record<string, object>, string | undefined]>([
		[
			"the first directory on the way that is closed",
			"open",
			"/data/a/b/f",
			{ "/data/a": directory(0o700), "/data/a/b": directory(0o700) },
			'enter "/data/a", which is of 7:7 with mode 0700',
		],
		[
			"a directory that is to be read",
			"open",
			"/data/d",
			{ "/data/d": directory(0o700) },
			'read "/data/d", which is of 7:7 with mode 0700',
		],

		[
			"one that may be passed and not read",
			"openat",
			"/data/d",
			{ "/data/d": directory(0o711) },
			'read "/data/d", which is of 7:7 with mode 0711',
		],
		["a file that is to be read", "open", "/data/f", { "/data/f": file(0o600) }, 'read "/data/f", which is of 7:7 with mode 0600'],
		["a file that is to be written", "open", "/data/f", { "/data/f": file(0o644) }, 'write to "/data/f", which is of 7:7 with mode 0644'],
		[
			"the directory of a file that is to be replaced",
			"open",
			"/data/d/f",
			{ "/data/d": directory(0o755), "/data/d/f": file(0o666) },
			'write to "/data/d", which is of 7:7 with mode 0755',
		],
		[
			"the directory of what is to be removed, not the file",
			"unlinkat",
			"/data/d/f",
			{ "/data/d": directory(0o755), "/data/d/f": file(0o644) },
			'write to "/data/d", which is of 7:7 with mode 0755',
		],
		[
			"the directory of what is not there",
			"open",
			"/data/d/f",
			{ "/data/d": directory(0o555) },
			'write to "/data/d", which is of 7:7 with mode 0555',
		],
		[
			"the last directory that is there",
			"mkdirat",
			"/data/d/n/x",
			{ "/data/d": directory(0o755) },
			'write to "/data/d", which is of 7:7 with mode 0755',
		],
		[
			"a directory that was asked whether it may be written",
			"faccessat",
			"/data/d",
			{ "/data/d": directory(0o711) },
			'write to "/data/d", which is of 7:7 with mode 0711',
		],
		["nobody where no mode stands in the way", "open", "/data/f", { "/data/f": file(0o644, 0) }, undefined],
	])("is %s", (_, call, path, entries, expected) => {
		expect(met(call, path, entries)).toBe(expected === undefined ? undefined : `${root} ${expected}`);
	});
});
