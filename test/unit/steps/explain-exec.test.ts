import { describe, expect, it } from "vitest";
import { explainExec } from "../../../src/processes/explain-exec.ts";
import { ST } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import { ExecRefused } from "../../../src/sys/exec-refused.ts";
import type { Reads } from "../../../src/sys/native.ts";

const regular = 0o100000;

/** A program as uid 1000 with the groups 1000 and 44 sees it. */
function readsOf(stat: { mode: number; uid: number; gid: number } | undefined, flags = 0, head = "\x7fELF"): Reads {
	return {
		getresuid: () => [1000, 1000, 1000],
		getresgid: () => [1000, 1000, 1000],
		getgroups: () => [44, 1000],
		openRead: () => (stat === undefined ? -errno.EACCES : 3),
		close: () => 0,
		fstatfs: () => [0, flags],
		read: () => head,
		statat: (_: number, path: string) => (path === "/bin/closed" ? { mode: regular | 0o700, uid: 0, gid: 0 } : (stat ?? -errno.EACCES)),
	} as unknown as Reads;
}

const byUser = "the user may not execute it, or may not enter a directory above it";
const byModule = "a security module (AppArmor, SELinux) refused it, although its mode allows it";

describe("a program that is refused with EACCES", () => {
	it.each<[string, { mode: number; uid: number; gid: number } | undefined, number, string]>([
		["cannot be seen", undefined, 0, byUser],
		["lies on noexec", { mode: regular | 0o755, uid: 0, gid: 0 }, ST.NOEXEC, "it lies on a file system mounted noexec"],
		["is a directory", { mode: 0o040755, uid: 0, gid: 0 }, 0, "it is not a regular file"],
		["is no program", { mode: regular | 0o644, uid: 0, gid: 0 }, 0, "the execute permission is not set"],
		["is root's alone", { mode: regular | 0o700, uid: 0, gid: 0 }, 0, byUser],
		["is closed to its group", { mode: regular | 0o701, uid: 0, gid: 44 }, 0, byUser],
		["is closed to its owner", { mode: regular | 0o077, uid: 1000, gid: 1000 }, 0, byUser],
		["is everybody's", { mode: regular | 0o755, uid: 0, gid: 0 }, 0, byModule],
		["is its group's", { mode: regular | 0o710, uid: 0, gid: 44 }, 0, byModule],
		["is its owner's", { mode: regular | 0o500, uid: 1000, gid: 0 }, 0, byModule],
	])("%s", (_, stat, flags, reason) => {
		const failure = explainExec(readsOf(stat, flags), new ExecRefused("/bin/x", -errno.EACCES));
		expect(failure.message).toBe(`execve "/bin/x": EACCES: ${reason}`);
	});

	it.each([
		["#!/bin/closed -x\n", 'the user may not execute its interpreter "/bin/closed"'],
		["#!/bin/open\n", byModule],
	])("is a script that begins with %j", (head, reason) => {
		const failure = explainExec(readsOf({ mode: regular | 0o755, uid: 0, gid: 0 }, 0, head), new ExecRefused("/bin/x", -errno.EACCES));
		expect(failure.message).toBe(`execve "/bin/x": EACCES: ${reason}`);
	});
});

describe("a text that the kernel takes for no script", () => {
	const utf8 = ["save the file as UTF-8 without a byte order mark"];
	it.each<[string, string, string, readonly string[]]>([
		["a byte order mark", "\ufeff#!/bin/sh\n", "a byte order mark stands before its #!", utf8],
		["UTF-16", "\udcff\udcfe#\0!\0", "it is text in UTF-16, which the kernel takes for no script", utf8],
		["an empty line", "\n#!/bin/sh\n", "blanks stand before its #!", ["#! has to be the first two characters of the file"]],
		[
			"no such line",
			"\ufeffecho\n",
			"it is neither a program nor a script: there is no #! line",
			["write #!/bin/sh (or another interpreter) as the first line"],
		],
	])("has %s", (_, head, message, remedy) => {
		expect(explainExec(readsOf({ mode: regular | 0o755, uid: 0, gid: 0 }, 0, head), new ExecRefused("/bin/x", -errno.ENOEXEC))).toEqual({
			message: `execve "/bin/x": ENOEXEC: ${message}`,
			remedy,
		});
	});
});

describe("a script whose interpreter is missing", () => {
	it.each<[string, string, readonly string[]]>([
		["#!/bin/none -x\n", '"/bin/none"', []],
		[
			"#!/bin/sh\r\n",
			'"/bin/sh\\x0d"',
			["the carriage return at the end of the line belongs to the name: save the file with Unix line ends"],
		],
	])("is one that begins with %j", (head, name, remedy) => {
		expect(explainExec(readsOf({ mode: regular | 0o755, uid: 0, gid: 0 }, 0, head), new ExecRefused("/bin/x", -errno.ENOENT))).toEqual({
			message: `execve "/bin/x": ENOENT: the file exists, but its interpreter ${name} does not`,
			remedy,
		});
	});
});
