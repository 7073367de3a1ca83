import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type Abi, abisOf, auditArch, callName, callNames, callNumber, isCallName } from "../../../../src/confine/seccomp/calls.ts";

/** linux/elf-em.h and linux/audit.h: the machine, and bits for 64 bits and little endian. */
const machineOfElf = { x86_64: 62, x86: 3, x32: 62, aarch64: 183, arm: 40 };
const littleEndian = 0x40000000;
const of64Bits = 0x80000000;

/** The header of each ABI that linux-libc-dev has on every Debian, and what asm/unistd.h defines before it is read. */
const headers: [Abi, string, string[]][] = [
	["x86_64", "asm/unistd_64.h", []],
	["x86", "asm/unistd_32.h", []],
	["x32", "asm/unistd_x32.h", ["__X32_SYSCALL_BIT=0x40000000"]],
	[
		"aarch64",
		"asm-generic/unistd.h",
		["NEW_STAT", "RENAMEAT", "SET_GET_RLIMIT", "SYS_CLONE3", "MEMFD_SECRET"].map((what) => `__ARCH_WANT_${what}`),
	],
];

/** No calls: where another range of numbers begins. */
const bounds = ["arch_specific_syscall", "syscalls"];

function preprocess(options: readonly string[], input: string): string {
	return execFileSync("gcc", ["-E", "-x", "c", ...options, "-"], { encoding: "utf8", input });
}

/** As the preprocessor understands them: a name may be defined as a sum, or as another name. */
function numbersOf(header: string, definitions: readonly string[]): [string, number][] {
	const options = [...definitions.map((each) => `-D${each}`), "-include", header];
	const names = [...preprocess([...options, "-dM"], "").matchAll(/^#define __NR_(\w+)/gm)].map(([, name]) => name as string);
	const text = preprocess([...options, "-P"], names.map((name) => `@${name}@ __NR_${name}\n`).join(""));
	const values = [...text.matchAll(/^@(\w+)@ (.*)$/gm)].map(([, name, value]) => [name as string, value as string] as const);
	return values.map(([name, value]) => [name, value.match(/0x[0-9a-f]+|\d+/g)?.reduce((sum, part) => sum + Number(part), 0) ?? Number.NaN]);
}

/** Of the EABI, for which no header is installed: one of each stretch of its table. arch/arm/tools/syscall.tbl */
const ofArm = {
	restart_syscall: 0,
	execve: 11,
	ptrace: 26,
	clone: 120,
	getdents64: 217,
	io_setup: 243,
	exit_group: 248,
	arm_fadvise64_64: 270,
	socket: 281,
	semtimedop: 312,
	mbind: 319,
	unshare: 337,
	arm_sync_file_range: 341,
	perf_event_open: 364,
	accept4: 366,
	seccomp: 383,
	execveat: 387,
	statx: 397,
	kexec_file_load: 401,
	clock_gettime64: 403,
	futex_time64: 422,
	clone3: 435,
	breakpoint: 0xf0001,
	set_tls: 0xf0005,
};

describe("names of calls", () => {
	it.each(headers)("of %s are those of %s", (abi, header, definitions) => {
		const expected = numbersOf(header, definitions).filter(([name]) => !bounds.includes(name));
		expect(expected.length).toBeGreaterThan(300);
		expect(expected.map(([name]) => [name, callNumber(abi, name)])).toEqual(expected);
		const newest = Math.max(...expected.map(([name]) => callNumber("aarch64", name) ?? 0));
		const unknownToTheHeader = callNames(abi).filter((name) => !expected.some(([known]) => known === name));
		// The numbers of these two were kept free for long.
		expect(unknownToTheHeader.filter((name) => (callNumber("aarch64", name) ?? 0) <= newest)).toEqual(
			abi.startsWith("x") && abi !== "x86" ? ["uretprobe", "uprobe"] : [],
		);
	});

	it("of the EABI of ARM", () => {
		expect(Object.fromEntries(Object.keys(ofArm).map((name) => [name, callNumber("arm", name)]))).toEqual(ofArm);
		expect(callNames("arm").length).toBe(430);
	});

	it("and numbers belong to each other", () => {
		for (const abi of Object.keys(auditArch) as Abi[]) {
			const numbers = callNames(abi).map((name) => callNumber(abi, name) ?? Number.NaN);
			expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
			expect(numbers.map((number) => callName(abi, number))).toEqual(callNames(abi));
		}
	});

	it.each([
		["x86_64", "socketcall", undefined],
		["x32", "epoll_wait_old", undefined],
		["x32", "execve", 0x40000208],
		["x32", "read", 0x40000000],
		["aarch64", "open", undefined],
		["x86", "rseq_slice_yield", 471],
	] as const)("%s has its own %s", (abi, name, number) => {
		expect(callNumber(abi, name)).toBe(number);
	});

	it("are known when only another architecture has them, and unknown otherwise", () => {
		expect(["openat", "socketcall", "set_tls", "riscv_hwprobe", "s390_pci_mmio_read"].filter((name) => !isCallName(name))).toEqual([]);
		expect(["", "opneat", "424", "toString", "__proto__", "OPENAT", "openat "].filter(isCallName)).toEqual([]);
	});
});

describe("architectures", () => {
	it("have the kernel's words", () => {
		const is64 = (abi: string) => (abi === "x86" || abi === "arm" ? 0 : of64Bits);
		const words = Object.entries(machineOfElf).map(([abi, machine]) => [abi, machine + littleEndian + is64(abi)]);
		expect(auditArch).toEqual(Object.fromEntries(words));
	});

	it.each(["x86_64", "i686"])("of a machine that is called %s", (machine) => {
		expect(abisOf(machine)).toEqual({ native: "x86_64", others: ["x86", "x32"] });
	});

	it.each(["aarch64", "armv8l"])("of a machine that is called %s", (machine) => {
		expect(abisOf(machine)).toEqual({ native: "aarch64", others: ["arm"] });
	});
});
