import { effectiveFileCapabilities } from "../capability/file-capabilities.ts";
import { isRegular } from "../files/kind.ts";
import { allows, isExecutable } from "../files/permissions.ts";
import { headBytes, parseShebang } from "../files/shebang.ts";
import { bytesOfText } from "../report/bytes.ts";
import type { Problem } from "../report/problem.ts";
import { operand } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { AT, O, ST } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { ExecRefused } from "../sys/exec-refused.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";

/** A refused execve with its reason, looked up in the file itself by the process that was refused. execve(2) */
export function explainExec(reads: Reads, { path, errno: code, message }: ExecRefused): Problem {
	const reason = findReason(reads, path, code);
	return { ...reason, message: `${message}: ${reason.message}` };
}

function findReason(reads: Reads, path: string, code: number): Problem {
	const fd = reads.openRead(AT.FDCWD, path, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	const open = fd < 0 ? undefined : fd;
	const explain = (): Problem => {
		switch (code) {
			case errno.EPERM:
				return explainPermission(reads, open);
			case errno.EACCES:
				return explainAccess(reads, path, open);
			case errno.ENOEXEC:
			case errno.EINVAL:
			case errno.ELIBBAD:
				return explainFormat(reads, open);
			case errno.ENOENT:
				return explainInterpreter(reads, open);
			default:
				return { message: "the kernel refused the program" };
		}
	};
	return open === undefined ? explain() : withDescriptor(reads, open, explain);
}

/** A file whose capabilities are marked effective cannot start when the bounding set lacks one of them. capabilities(7) */
function explainPermission(reads: Reads, fd: number | undefined): Problem {
	const names = fd === undefined ? undefined : effectiveFileCapabilities(reads, fd);
	return names === undefined
		? { message: "refused by the kernel or a security module" }
		: {
				message: `the file has the capabilities ${names} marked effective, and the bounding set lacks them`,
				remedy: [
					`capabilities.keep_if_present: [${names}] keeps them for the workload`,
					"or take them from the file in the image: setcap -r FILE",
				],
			};
}

function explainAccess(reads: Reads, path: string, fd: number | undefined): Problem {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const filesystem = fd === undefined ? -1 : reads.fstatfs(fd);
	if (typeof filesystem !== "number" && (filesystem[1] & ST.NOEXEC) !== 0) {
		return { message: "it lies on a file system mounted noexec" };
	}
	if (typeof stat !== "number" && !isRegular(stat)) {
		return { message: "it is not a regular file" };
	}
	if (typeof stat !== "number" && !isExecutable(stat)) {
		return { message: "the execute permission is not set", remedy: [`chmod +x ${operand(path)} in the image`] };
	}
	if (typeof stat !== "number" && mayExecute(reads, stat)) {
		return explainAllowed(reads, fd);
	}
	return { message: "the user may not execute it, or may not enter a directory above it" };
}

/** The interpreter is executed too, and a security module has the last word. */
function explainAllowed(reads: Reads, fd: number | undefined): Problem {
	const script = scriptInterpreter(reads, fd);
	const interpreter = script === undefined ? undefined : reads.statat(AT.FDCWD, script, 0);
	return interpreter !== undefined && (typeof interpreter === "number" || !mayExecute(reads, interpreter))
		? { message: `the user may not execute its interpreter ${quoted(script ?? "")}` }
		: { message: "a security module (AppArmor, SELinux) refused it, although its mode allows it" };
}

/** By the permission bits alone; asked after the drop, as the user. path_resolution(7) */
function mayExecute(reads: Reads, stat: Stat): boolean {
	const groups = reads.getgroups();
	const own = reads.getresgid()[1];
	return allows(stat, { uid: reads.getresuid()[1], groups: typeof groups === "number" ? [own] : [own, ...groups] }, 1);
}

const machines: Readonly<Record<number, string>> = {
	3: "i386",
	40: "arm",
	62: "x86_64",
	183: "aarch64",
	21: "ppc64",
	22: "s390x",
	243: "riscv64",
};

/** The number of the machine is in the first few. elf(5) */
const headerBytes = 64;

function explainFormat(reads: Reads, fd: number | undefined): Problem {
	const head = fd === undefined ? -1 : reads.read(fd, headBytes);
	if (typeof head === "number") {
		return { message: "its format is not known" };
	}
	if (!head.startsWith("\x7fELF")) {
		return explainText(head);
	}
	const [, , , , machine] = reads.uname();
	const [low = 0, high = 0] = bytesOfText(head.slice(0, headerBytes)).slice(18);
	const built = machines[low + high * 256] ?? "another architecture";
	return { message: `it is built for ${built}; this machine is ${machine}`, remedy: ["build or pull the image for this platform"] };
}

/** The kernel takes a script for one by its first two bytes. */
function explainText(head: string): Problem {
	if (/^(?:\udcff\udcfe|\udcfe\udcff)/.test(head)) {
		return {
			message: "it is text in UTF-16, which the kernel takes for no script",
			remedy: ["save the file as UTF-8 without a byte order mark"],
		};
	}
	if (head.startsWith("\ufeff#!")) {
		return { message: "a byte order mark stands before its #!", remedy: ["save the file as UTF-8 without a byte order mark"] };
	}
	return /^\s+#!/.test(head)
		? { message: "blanks stand before its #!", remedy: ["#! has to be the first two characters of the file"] }
		: {
				message: "it is neither a program nor a script: there is no #! line",
				remedy: ["write #!/bin/sh (or another interpreter) as the first line"],
			};
}

/** What the first line names after `#!`. */
function scriptInterpreter(reads: Reads, fd: number | undefined): string | undefined {
	const head = fd === undefined ? -1 : reads.read(fd, headBytes);
	return typeof head === "string" ? parseShebang(head)?.interpreter : undefined;
}

function explainInterpreter(reads: Reads, fd: number | undefined): Problem {
	const script = scriptInterpreter(reads, fd);
	return script === undefined
		? {
				message: "the file exists, but the dynamic loader it asks for does not",
				remedy: ["use a static build, or an image with the C library it was built for"],
			}
		: {
				message: `the file exists, but its interpreter ${quoted(script)} does not`,
				remedy: script.endsWith("\r")
					? ["the carriage return at the end of the line belongs to the name: save the file with Unix line ends"]
					: [],
			};
}
