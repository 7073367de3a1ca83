import { type CapabilityName, capabilityNames } from "../../../src/capability/names.ts";
import { auditArch, callNumber } from "../../../src/confine/seccomp/calls.ts";
import type { Call } from "./bpf.ts";

const opening: readonly CapabilityName[] = [
	...(["DAC_READ_SEARCH", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO"] as const),
	...(["SYS_TIME", "SYS_TTY_CONFIG", "SYS_NICE", "SYSLOG", "BPF", "PERFMON"] as const),
];

/** What Docker gives without being asked. */
export const dockersCapabilities: readonly CapabilityName[] = [
	...(["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP"] as const),
	...(["NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"] as const),
];

/** Nothing, Docker's, all; each one that a rule is about alone, and all but it; and some together. */
export const capabilitySets: readonly (readonly CapabilityName[])[] = [
	[],
	dockersCapabilities,
	capabilityNames,
	...opening.map((each) => [each]),
	...opening.map((each) => capabilityNames.filter((other) => other !== each)),
	["SYS_ADMIN", "SYS_PTRACE"],
	["SYSLOG", "BPF", "PERFMON", "SYS_NICE"],
	[...dockersCapabilities, "SYS_ADMIN"],
	[...dockersCapabilities, "DAC_READ_SEARCH", "SYS_TIME"],
];

/** Of the four that count, and of riscv64, s390x, mipsel64; and none. linux/audit.h */
const words = [auditArch.x86_64, auditArch.x86, auditArch.aarch64, auditArch.arm, 0xc00000f3, 0x80000016, 0xc0000008, 0];

const edges = [0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xc0000000, 0xfffffffe, 0xffffffff];
const armsOwn = Array.from({ length: 12 }, (_, index) => 0xefffe + index);
const low = Array.from({ length: 1200 }, (_, index) => index);
const numbers = [...low, ...low.map((number) => 0x40000000 + number), ...armsOwn, ...edges];

/** What the profile compares arguments with. */
const constants = [0n, 8n, 0x20000n, 0x20008n, 0xffffffffn, 38n, 40n, 0x7e020000n];
const around = constants.flatMap((each) => [each - 1n, each, each + 1n]).map((each) => BigInt.asUintN(64, each));
const bits = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit));
const halves = [...around, ...bits.slice(0, 32)].flatMap((each) =>
	[1n, 0x80000000n, 0xffffffffn].map((high) => (high << 32n) | (each & 0xffffffffn)),
);
const telling = [...around, ...bits, ...halves];

const withArguments = ["socket", "personality", "clone"];

/** The same numbers for the same seed, from 0 up to and without `below`. */
export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
	let state = seed >>> 0;
	return (below) => {
		// mulberry32
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000) * below);
	};
}

/** Every low number of the machine's own ABI, the calls with compared arguments in all of theirs, and as many others as are left. */
export function casesOf(machine: "x86_64" | "aarch64", count: number, random: Random): Call[] {
	const argument = () => (random(4) === 0 ? (BigInt(random(0x100000000)) << 32n) | BigInt(random(0x100000000)) : pick(telling, random));
	const args = () => [argument(), argument(), argument(), 0n, 0n, argument()];
	const chosen: Call[] = low.map((nr) => ({ arch: auditArch[machine], nr, args: args() }));
	const abis = machine === "x86_64" ? (["x86_64", "x86", "x32"] as const) : (["aarch64", "arm"] as const);
	const compared = abis.flatMap((abi) => withArguments.map((name) => ({ arch: auditArch[abi], nr: callNumber(abi, name) as number })));
	for (const call of compared) {
		chosen.push(...telling.map((first) => ({ ...call, args: [first, ...args().slice(1)] })));
	}
	while (chosen.length < count) {
		const call = random(4) === 0 ? pick(compared, random) : { arch: pick(words, random), nr: pick(numbers, random) };
		chosen.push({ ...call, args: args() });
	}
	return chosen;
}

function pick<T>(list: readonly T[], random: Random): T {
	return list[random(list.length)] as T;
}
