import { bytesOfText } from "../report/bytes.ts";
import type { Problem } from "../report/problem.ts";
import { quoted } from "../report/text.ts";
import { headBytes } from "./shebang.ts";

/** `isCertain` is false for a format that a handler may know which binfmt_misc has registered. */
export interface ProgramFault extends Problem {
	readonly isCertain: boolean;
}

export function certain(message: string, remedy: readonly string[] = []): ProgramFault {
	return { message, remedy, isCertain: true };
}

/** By their numbers in elf(5), and those that uname(2) has for what runs them. */
const machines: Readonly<Record<number, readonly [name: string, runsOn: RegExp]>> = {
	3: ["i386", /^i\d86$|^x86_64$/],
	8: ["mips", /^mips/],
	20: ["ppc", /^ppc/],
	21: ["ppc64", /^ppc64/],
	22: ["s390x", /^s390/],
	40: ["arm", /^arm|^aarch64$/],
	62: ["x86_64", /^x86_64$/],
	183: ["aarch64", /^aarch64$/],
	243: ["riscv64", /^riscv64$/],
	258: ["loongarch64", /^loongarch64$/],
};

const otherPlatform = ["build or pull the image for this platform: docker build --platform, docker pull --platform"];

/** The number of the machine is in the first few. elf(5) */
const headerBytes = 64;

/** Why a file in ELF would not run here; `isRefused` when the kernel has said so. As the end of a sentence about the file. elf(5) */
export function elfFault(head: string, machine: string, isRefused: boolean): ProgramFault | undefined {
	const bytes = bytesOfText(head.slice(0, headerBytes));
	const isLarge = bytes[5] === 2;
	const number = (at: number): number => (bytes[at + (isLarge ? 1 : 0)] ?? 0) + 256 * (bytes[at + (isLarge ? 0 : 1)] ?? 0);
	const [type, code] = [number(16), number(18)];
	const [name, runsOn] = machines[code] ?? ["another architecture"];
	if (bytes.length < headerBytes) {
		return certain("is cut off in its first bytes: it is no whole program", ["put it there anew"]);
	}
	if (runsOn === undefined ? isRefused : !runsOn.test(machine)) {
		return { message: `is built for ${name}; this machine is ${machine}`, remedy: otherPlatform, isCertain: false };
	}
	if (type === 1 || type === 4) {
		return certain(type === 1 ? "is an object file: it has not been linked" : "is a core dump, which is no program");
	}
	if (!isRefused) {
		return undefined;
	}
	return bytes[4] === 1 && /64|s390x/.test(machine)
		? certain("is a 32-bit program, and this kernel runs none", otherPlatform)
		: certain("is a program for this machine, but damaged or not whole", ["put it there anew"]);
}

const forLinux = "build it for Linux";

/** What files of others begin with. */
const foreign: readonly (readonly [start: string, name: string, remedy: string])[] = [
	["MZ", "a Windows program", forLinux],
	["\0asm", "a WebAssembly module", "name its runtime as the command, and the module after it"],
	["PK\x03\x04", "a zip archive, such as a jar", "name what runs it: java -jar FILE"],
	["\x1f\udc8b", "a gzip archive", "unpack it in the image"],
	["\udcca\udcfe\udcba\udcbe", "a macOS program or a Java class", forLinux],
	["\udccf\udcfa\udced\udcfe", "a macOS program", forLinux],
	["!<arch>\n", "a library", "link a program with it"],
];

const firstLine = ["write #!/bin/sh (or another interpreter) as the first line"];

/** Why a file that is neither in ELF nor a script would not run. As the end of a sentence about the file. */
export function formatFault(head: string): ProgramFault {
	const [, name, remedy] = foreign.find(([start]) => head.startsWith(start)) ?? [];
	if (name !== undefined) {
		return { message: `is ${name}`, remedy: remedy === undefined ? [] : [remedy], isCertain: false };
	}
	if (head === "") {
		return certain("is an empty file", ["put the program there, or a script with #!/bin/sh as its first line"]);
	}
	if (/^\ufeff#!/.test(head)) {
		return certain("begins with a byte order mark, so that its #! line is none", ["save the file as UTF-8 without BOM"]);
	}
	if (/^(?:\udcff\udcfe|\udcfe\udcff)/.test(head)) {
		return certain("is a text in UTF-16, in which the kernel sees no #! line", ["save the file as UTF-8 without BOM"]);
	}
	if (/^\s+#!/.test(head)) {
		return certain("has something before its #! line: that has to be the very beginning", ["take the blanks and lines before #! away"]);
	}
	if (head.startsWith("#!")) {
		const isCut = !head.slice(0, headBytes).includes("\n");
		return isCut && /^#![ \t]*[^ \t\0]/.test(head)
			? certain(`has a #! line whose interpreter ends beyond the ${headBytes - 1} bytes that the kernel looks at`, [
					"use a shorter path, by a link, or /usr/bin/env NAME",
				])
			: certain("has a #! line that names no interpreter", firstLine);
	}
	if (/^#\s*!/.test(head)) {
		return certain(`begins with ${quoted(head.slice(0, head.indexOf("!") + 1))}, which is no #!`, firstLine);
	}
	return certain("is neither a program nor a script: there is no #! line", firstLine);
}
