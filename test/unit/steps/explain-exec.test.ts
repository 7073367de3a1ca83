import { describe, expect, it } from "vitest";
import { grantRemedy } from "../../../src/capability/grant.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { explainExec, type Whose } from "../../../src/processes/explain-exec.ts";
import type { Problem } from "../../../src/report/problem.ts";
import { ST } from "../../../src/sys/constants.ts";
import { type ErrnoName, errno } from "../../../src/sys/errno.ts";
import { ExecRefused } from "../../../src/sys/exec-refused.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, type FakeEntry, FakeKernel } from "../../fake/index.ts";

const given = { argv: ["/bin/x"], environment: ["PATH=/bin"] };
const unlimited = 0xffff_ffff_ffff_ffffn;
const none: Whose = { bounding: CapabilitySet.empty };

/** What uid 1000 with the groups 1000 and 44 is told about /bin/x. */
function told(code: ErrnoName, files: Readonly<Record<string, Partial<FakeEntry>>>, overrides: Partial<Host> = {}, whose = none): Problem {
	const user = { ...dockerRoot(), uids: [1000, 1000, 1000], gids: [1000, 1000, 1000], groups: [44, 1000], effective: 0n } as const;
	const { host } = new FakeKernel({ process: user, files, overrides });
	const { message, ...rest } = explainExec(host, new ExecRefused("/bin/x", -errno[code], given), whose);
	return { message: message.replace(`execve "/bin/x": ${code}: `, ""), ...rest };
}

const closed = 'the user may not enter "/bin"';
const byUser = "the user may not execute it";
const byModule = "a security module (AppArmor, SELinux) refused it, although its mode allows it";
const program = "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0");

describe("a program that is refused with EACCES", () => {
	it.each<[string, Partial<FakeEntry>, number, string]>([
		["lies on noexec", { mode: 0o755 }, ST.NOEXEC, "it lies on a file system mounted noexec"],
		["is a directory", { kind: "directory", mode: 0o755 }, 0, "it is a directory"],
		["is a pipe", { kind: "fifo", mode: 0o755 }, 0, "it is not a regular file"],
		["is no program", { mode: 0o644 }, 0, "the execute permission is not set"],
		["is root's alone", { mode: 0o700 }, 0, byUser],
		["is closed to its group", { mode: 0o701, gid: 44 }, 0, byUser],
		["is closed to its owner", { mode: 0o077, uid: 1000, gid: 1000 }, 0, byUser],
		["is everybody's", { mode: 0o755 }, 0, byModule],
		["is its group's", { mode: 0o710, gid: 44 }, 0, byModule],
		["is its owner's", { mode: 0o500, uid: 1000 }, 0, byModule],
	])("%s", (_, entry, flags, message) => {
		const file = { kind: "file", content: program, ...entry } as const;
		expect(told("EACCES", { "/bin/x": file }, flags === 0 ? {} : { fstatfs: () => [0xef53, flags] }).message).toBe(message);
	});

	it("lies in a directory that is closed", () => {
		expect(told("EACCES", { "/bin": { kind: "directory", mode: 0o700 }, "/bin/x": { kind: "file", mode: 0o755 } })).toEqual({
			message: closed,
			remedy: ["let the user enter it: chmod o+x /bin in the image, or a step: chmod, own"],
		});
	});
});

describe("what no file shows", () => {
	const file = { "/bin/x": { kind: "file", mode: 0o755, content: program } } as const;

	it.each<[ErrnoName, string]>([
		["EPERM", "a security module, or a seccomp filter, refused it"],
		["ENOENT", "it, its interpreter or its dynamic loader does not exist"],
		["EIO", "the disk, or the server behind the file system, failed"],
		["EAGAIN", "there are as many processes as the container's limit allows, or RLIMIT_NPROC"],
		["ENOMEM", "there is not enough memory"],
		["EACCES", byModule],
		["ENODEV", "the file system cannot map it into memory"],
		["ENOTDIR", "a part of its path is not a directory"],
		["EISDIR", "its dynamic loader is a directory"],
		["EINVAL", "it is a program that asks for more than one dynamic loader"],
		["ENFILE", "the whole machine has as many files open as it may"],
		["EMFILE", "this process has as many files open as RLIMIT_NOFILE allows"],
		["ETXTBSY", "a process has it open for writing"],
		["ELOOP", "links lead to each other, or there are more than the kernel follows"],
		["ENAMETOOLONG", "a name is longer than 255 bytes, or the path than 4095"],
		["ELIBBAD", "its dynamic loader is none, or for another machine"],
		["ENOTCONN", "the daemon of this FUSE mount has ended"],
		["ESTALE", "the server does not know it any more"],
		["EUCLEAN", "the file system is damaged"],
		["EPROTO", "the kernel refused the program"],
	])("%s", (code, message) => {
		expect(told(code, file, { getrlimit: () => [unlimited, unlimited] }).message).toBe(message);
	});
});

it("is told of landlock where that walls files and nothing else is found", () => {
	const open = { "/bin/x": { kind: "file", mode: 0o755, content: program } } as const;
	const walled: Whose = { bounding: CapabilitySet.empty, isWalled: true };
	expect(told("EACCES", open, {}, walled)).toEqual({
		message: "landlock does not let it, its interpreter or its dynamic loader be executed, or a security module refused it",
		remedy: ["landlock: {execute: [...]} with each of them, or a directory above; plan shows what is open"],
	});
	expect(told("EACCES", { "/bin/x": { mode: 0o644 } }, {}, walled).message).toBe("the execute permission is not set");
});

describe("a context that the exec was to give", () => {
	const file = { "/bin/x": { kind: "file", mode: 0o755, content: program } } as const;
	const labelled: Whose = { ...none, context: "u:r:app_t:s0" };
	const message = "the SELinux policy does not let it become u:r:app_t:s0";

	it.each<[ErrnoName, readonly string[]]>([
		["EACCES", ["the policy has to allow the type of the start process transition, and file entrypoint for the program"]],
		[
			"EPERM",
			[
				"the policy has to allow the type of the start process2 nnp_transition",
				"or no_new_privileges: false in the configuration, if the policy is to be trusted alone",
			],
		],
	])("is the reason for %s that no file shows", (code, remedy) => {
		expect(told(code, file, {}, labelled)).toEqual({ message, remedy });
	});

	it("is not where a file shows another, or by another errno", () => {
		expect(told("EACCES", { "/bin/x": { ...file["/bin/x"], mode: 0o644 } }, {}, labelled).message).toBe(
			"the execute permission is not set",
		);
		expect(told("ENOMEM", file, {}, labelled).message).toBe("there is not enough memory");
	});
});

describe("a file with capabilities that the bounding set lacks", () => {
	/** cap_net_raw=ep, as version 2 of vfs_cap_data. */
	const attribute = "\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	const file = { "/bin/x": { kind: "file", mode: 0o755, content: program } } as const;
	const overrides: Partial<Host> = { getxattr: () => attribute, capbsetReadAll: () => [0n, 40] };
	const marked = "the file has the capabilities NET_RAW marked effective, and the bounding set lacks";
	const take = "or take them from the file in the image: setcap -r /bin/x";

	it.each<[string, Whose, string, readonly string[]]>([
		[
			"which the start had",
			{ bounding: CapabilitySet.of("NET_RAW") },
			"them",
			["capabilities.keep_if_present: [NET_RAW] keeps them for the workload", take],
		],
		[
			"which the runtime has not given: the key alone, which may be set, does not help",
			none,
			"NET_RAW, which the runtime has not given to this container",
			[...grantRemedy(["NET_RAW"]), "with capabilities.keep_if_present: [NET_RAW] in the configuration, where it does not stand yet", take],
		],
		["of a step", "step", "them", ["capabilities: [NET_RAW] of the step keeps them for its program", take]],
	])("%s", (_, whose, lacks, remedy) => {
		expect(told("EPERM", file, overrides, whose)).toEqual({ message: `${marked} ${lacks}`, remedy });
	});

	it("is none that it has", () => {
		expect(told("EPERM", file, { ...overrides, capbsetReadAll: () => [1n << 13n, 40] }).message).toBe(
			"a security module, or a seccomp filter, refused it",
		);
	});
});

describe("a link that leads back to itself", () => {
	const loop = { "/bin/loop": { kind: "link", content: "/bin/loop" } } as const;
	const remedy = ["make the link lead to the program, or name another one"];

	it.each([
		["of a script", "#!/bin/loop\n", 'its interpreter "/bin/loop" is a link that leads back to itself'],
		["of a script's interpreter", "#!/bin/y\n", 'the interpreter of "/bin/y", "/bin/loop" is a link that leads back to itself'],
	])("is told as the interpreter %s", (_, content, message) => {
		const files = { "/bin/x": { mode: 0o755, content }, "/bin/y": { mode: 0o755, content: "#!/bin/loop\n" }, ...loop };
		expect(told("ELOOP", files)).toEqual({ message, remedy });
	});
});
