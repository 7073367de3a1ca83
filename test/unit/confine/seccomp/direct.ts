import { type Abi, callName, callNumber } from "../../../../src/confine/seccomp/calls.ts";
import type { WrittenCircumstances, WrittenCondition, WrittenProfile, WrittenRule } from "./written-profile.ts";

/**
 * What a profile makes of a call, straight from what is written, one rule after another. It shares nothing with the compiler but the names of
 * calls.
 */

export interface DirectCall {
	readonly arch: number;
	readonly nr: number;
	readonly args: readonly bigint[];
}

export interface Process {
	readonly machine: "x86_64" | "aarch64";
	/** `CAP_SYS_ADMIN` */
	readonly kept: readonly string[];
	readonly kernel: readonly [number, number];
}

/** A call that two rules with different actions are about. */
class Contradiction extends Error {}

const arches: Readonly<Record<number, Abi>> = { 3221225534: "x86_64", 1073741827: "x86", 3221225655: "aarch64", 1073741864: "arm" };
const word: Readonly<Record<Abi, string>> = {
	x86_64: "SCMP_ARCH_X86_64",
	x86: "SCMP_ARCH_X86",
	x32: "SCMP_ARCH_X32",
	aarch64: "SCMP_ARCH_AARCH64",
	arm: "SCMP_ARCH_ARM",
};
const killThread = 0;
const allowed = 0x7fff0000;
const logged = 0x7ffc0000;
const enosys = 0x50026;

export function directly(profile: WrittenProfile, process: Process, { arch, nr, args }: DirectCall): number {
	const usual = returnOf(profile.defaultAction, profile.defaultErrnoRet);
	const plain = arches[arch];
	const abi = plain === "x86_64" && (nr & 0x40000000) !== 0 ? "x32" : plain;
	if (process.machine === "x86_64" && abi === "x32" && !isListed(profile, process, abi) && nr === 0xffffffff) {
		return usual;
	}
	if (abi === undefined || !isListed(profile, process, abi)) {
		return killThread;
	}
	const { rules, largest } = thereFor(profile, process, abi);
	const isOpen = usual === allowed || usual === logged || usual === enosys;
	const name = callName(abi, nr);
	const own = name === undefined ? undefined : decided(rules, usual, name, args, abi === "x86_64" || abi === "aarch64" ? 64 : 32);
	if (abi === "x86" && (name === "socketcall" || name === "ipc")) {
		return own ?? through(profile, rules, usual, name, Number((args[0] ?? 0n) & 0xffffn)) ?? rest();
	}
	return own ?? rest();

	function rest(): number {
		return nr > largest && largest >= 0 && !isOpen ? enosys : usual;
	}
}

interface There {
	readonly rules: readonly WrittenRule[];
	readonly largest: number;
}

const known = new WeakMap<Process, Map<Abi, There>>();

/** The rules for a process, which has one profile, and the largest number that they name. */
function thereFor(profile: WrittenProfile, process: Process, abi: Abi): There {
	const ofProcess = known.get(process) ?? new Map<Abi, There>();
	known.set(process, ofProcess);
	const before = ofProcess.get(abi);
	if (before !== undefined) {
		return before;
	}
	const rules = (profile.syscalls ?? []).filter((rule) => isThere(rule, process));
	const names = rules.flatMap((rule) => rule.names);
	const mustBeLooked = Object.keys(subcalls).filter((call) => Object.values(subcalls[call] ?? {}).some((each) => names.includes(each)));
	const numbers = [...names, ...mustBeLooked].flatMap((name) => callNumber(abi, name) ?? []);
	const there = { rules, largest: Math.max(-1, ...numbers) };
	ofProcess.set(abi, there);
	return there;
}

/** What a rule that is not the default anyhow says of it. */
function decided(rules: readonly WrittenRule[], usual: number, name: string, args: readonly bigint[], bits: 32 | 64): number | undefined {
	const about = rules.filter((rule) => rule.names.includes(name) && returnOf(rule.action, rule.errnoRet) !== usual);
	const always = about.find((rule) => (rule.args ?? []).length === 0);
	if (always !== undefined) {
		return returnOf(always.action, always.errnoRet);
	}
	const met = about.filter((rule) => meets(rule.args ?? [], args, bits));
	const values = [...new Set(met.map((rule) => returnOf(rule.action, rule.errnoRet)))];
	if (values.length > 1) {
		throw new Contradiction(name);
	}
	return about.length === 0 ? undefined : (values[0] ?? usual);
}

const subcalls: Readonly<Record<string, Readonly<Record<number, string>>>> = {
	socketcall: { 1: "socket", 2: "bind", 3: "connect", 4: "listen", 9: "send", 17: "recvmsg", 18: "accept4" },
	ipc: { 1: "semop", 2: "semget", 12: "msgrcv", 23: "shmget", 24: "shmctl" },
};

/** What was never written of the call itself follows from what is written of those that are made through it. */
function through(_: WrittenProfile, rules: readonly WrittenRule[], usual: number, call: string, subcall: number): number | undefined {
	const name = subcalls[call]?.[subcall];
	if (name === undefined) {
		return undefined;
	}
	const about = rules.filter((rule) => rule.names.includes(name) && returnOf(rule.action, rule.errnoRet) !== usual);
	const always = about.find((rule) => (rule.args ?? []).length === 0);
	const values =
		always === undefined
			? [usual, ...about.map((rule) => returnOf(rule.action, rule.errnoRet))]
			: [returnOf(always.action, always.errnoRet)];
	const isNamed = rules.some((rule) => rule.names.includes(call));
	const [strictest] = values.toSorted((one, other) => strictness(other) - strictness(one));
	return strictest === usual || (isNamed && strictness(strictest as number) <= strictness(usual)) ? undefined : strictest;
}

function strictness(value: number): number {
	return [allowed, logged, 0x50000, 0x30000, 0, 0x80000000].indexOf(value >>> 16 === 5 ? 0x50000 : value);
}

function isListed({ architectures, archMap }: WrittenProfile, { machine }: Process, abi: Abi): boolean {
	const mapped = (archMap ?? []).find(({ architecture }) => architecture === word[machine])?.subArchitectures ?? [];
	const belongs = machine === "x86_64" ? ["x86_64", "x86", "x32"].includes(abi) : ["aarch64", "arm"].includes(abi);
	return belongs && (abi === machine || (architectures ?? mapped).includes(word[abi]));
}

function isThere({ includes = {}, excludes = {} }: WrittenRule, process: Process): boolean {
	const go = process.machine === "x86_64" ? "amd64" : "arm64";
	const has = (name: string): boolean => process.kept.includes(name);
	const reached = ({ minKernel }: WrittenCircumstances): boolean | undefined => {
		const [major = 0, minor = 0] = (minKernel ?? "").split(".").map(Number);
		const [ours, minorOfOurs] = process.kernel;
		return minKernel === undefined ? undefined : ours > major || (ours === major && minorOfOurs >= minor);
	};
	if ((excludes.arches ?? []).includes(go) || (excludes.caps ?? []).some(has) || reached(excludes) === true) {
		return false;
	}
	const { arches: wanted = [], caps = [] } = includes;
	return (wanted.length === 0 || wanted.includes(go)) && caps.every(has) && reached(includes) !== false;
}

/** One argument that is compared twice makes it "any of them". */
function meets(conditions: readonly WrittenCondition[], args: readonly bigint[], bits: 32 | 64): boolean {
	const isTwice = conditions.some(({ index }, at) => conditions.some((other, place) => place !== at && other.index === index));
	return isTwice ? conditions.some((each) => holds(each, args, bits)) : conditions.every((each) => holds(each, args, bits));
}

/** In an ABI of 32 bits half of all is what counts, of what is written too. */
function holds({ index, op, ...written }: WrittenCondition, args: readonly bigint[], bits: 32 | 64): boolean {
	const argument = BigInt.asUintN(bits, args[index] ?? 0n);
	const value = BigInt.asUintN(bits, written.value);
	const valueTwo = BigInt.asUintN(bits, written.valueTwo ?? 0n);
	switch (op) {
		case "SCMP_CMP_EQ":
			return argument === value;
		case "SCMP_CMP_NE":
			return argument !== value;
		case "SCMP_CMP_LT":
			return argument < value;
		case "SCMP_CMP_LE":
			return argument <= value;
		case "SCMP_CMP_GT":
			return argument > value;
		case "SCMP_CMP_GE":
			return argument >= value;
		case "SCMP_CMP_MASKED_EQ":
			return (argument & value) === (valueTwo & value);
		default:
			throw new Error(op);
	}
}

function returnOf(action: string, errnoRet = 1): number {
	switch (action) {
		case "SCMP_ACT_ALLOW":
			return allowed;
		case "SCMP_ACT_LOG":
			return logged;
		case "SCMP_ACT_ERRNO":
			return 0x50000 + errnoRet;
		case "SCMP_ACT_TRAP":
			return 0x30000;
		case "SCMP_ACT_KILL":
		case "SCMP_ACT_KILL_THREAD":
			return killThread;
		case "SCMP_ACT_KILL_PROCESS":
			return 0x80000000;
		default:
			throw new Error(action);
	}
}
