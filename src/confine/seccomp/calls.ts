import { type Abi, auditArch, nativeAbi, x32Bit } from "./abi.ts";
import { aarch64, arm, elsewhere, unified, x32, x32Lacks, x86, x86_64 } from "./call-tables.ts";

export { type Abi, auditArch } from "./abi.ts";

/** What the kernel takes from programs, by the machine that uname(2) names. */
export function abisOf(machine: string): { native: Abi; others: Abi[] } {
	const native = nativeAbi(machine);
	return { native, others: native === "aarch64" ? ["arm"] : ["x86", "x32"] };
}

export function callNumber(abi: Abi, name: string): number | undefined {
	return tableOf(abi).numbers.get(name);
}

export function callName(abi: Abi, number: number): string | undefined {
	return tableOf(abi).names.get(number);
}

/** In the order of their numbers. */
export function callNames(abi: Abi): readonly string[] {
	return [...tableOf(abi).names].sort(([one], [other]) => one - other).map(([, name]) => name);
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
		const numbers = new Map(numbersOf(abi));
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
