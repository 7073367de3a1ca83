import { aarch64, arm, elsewhere, unified, x32, x32Lacks, x86, x86_64 } from "./call-tables.ts";

/** What a program calls the kernel by. x32 is x86_64 with short pointers, and rare. syscall(2) */
export type Abi = "x86_64" | "x86" | "x32" | "aarch64" | "arm";

/** The word at `arch` of struct seccomp_data; x32 has that of x86_64 and bit 30 in its numbers. linux/audit.h */
export const auditArch: Record<Abi, number> = {
	x86_64: 0xc000003e,
	x86: 0x40000003,
	x32: 0xc000003e,
	aarch64: 0xc00000b7,
	arm: 0x40000028,
};

/** Of the numbers of x32. __X32_SYSCALL_BIT, asm/unistd.h */
const x32Bit = 0x40000000;

/**
 * What the kernel takes from programs, by the machine that uname(2) names. This program is one of 64 bits: where setarch(8) lets the
 * machine be called i686 or armv8l, its kernel is no other.
 */
export function abisOf(machine: string): { native: Abi; others: Abi[] } {
	return /^(aarch64|arm)/.test(machine) ? { native: "aarch64", others: ["arm"] } : { native: "x86_64", others: ["x86", "x32"] };
}

export function callNumber(abi: Abi, name: string): number | undefined {
	return tableOf(abi).numbers.get(name);
}

export function callName(abi: Abi, number: number): string | undefined {
	return tableOf(abi).names.get(number);
}

/** In the order of their numbers. */
export function callNames(abi: Abi): readonly string[] {
	return [...tableOf(abi).names.values()];
}

/** Any architecture's, those that this program does not run on as well. */
export function isCallName(name: string): boolean {
	return abis.some((abi) => callNumber(abi, name) !== undefined) || words(elsewhere).includes(name);
}

const abis = Object.keys(auditArch) as Abi[];

interface Table {
	readonly numbers: ReadonlyMap<string, number>;
	readonly names: ReadonlyMap<number, string>;
}

const tables = new Map<Abi, Table>();

function tableOf(abi: Abi): Table {
	let table = tables.get(abi);
	if (table === undefined) {
		const numbers = new Map(numbersOf(abi).sort(([, one], [, other]) => one - other));
		table = { numbers, names: new Map([...numbers].map(([name, number]) => [number, name])) };
		tables.set(abi, table);
	}
	return table;
}

function numbersOf(abi: Abi): [string, number][] {
	if (abi === "x32") {
		const lacking = words(x32Lacks);
		const numbers = new Map([...runs(x86_64), ...runs(unified), ...runs(x32)].filter(([name]) => !lacking.includes(name)));
		return [...numbers].map(([name, number]) => [name, number + x32Bit]);
	}
	return [...runs({ x86_64, x86, aarch64, arm }[abi]), ...runs(unified)];
}

function runs(text: string): [string, number][] {
	let next = 0;
	return words(text).flatMap((word): [string, number][] => {
		const begins = /^\d/.test(word);
		next = begins ? Number(word) : next + 1;
		return begins ? [] : [[word, next - 1]];
	});
}

function words(text: string): string[] {
	return text.trim().split(/\s+/);
}
