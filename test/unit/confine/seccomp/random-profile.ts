import type { DirectCall } from "./direct.ts";
import type { WrittenCircumstances, WrittenCondition, WrittenProfile, WrittenRule } from "./written-profile.ts";

/** Numbers that look random, the same for the same seed. */
export type Dice = (sides: number) => number;

export function diceOf(seed: number): Dice {
	let state = seed >>> 0;
	return (sides) => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
	};
}

const names =
	`read write close openat mmap clone clone3 socket bind personality ioctl prctl fcntl socketcall ipc semget shmctl ptrace mount bpf execve
	futex_wait io_uring_setup listns arch_prctl set_tls no_such_call`.split(/\s+/);
const someCapabilities = ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_NET_ADMIN"];
const actions = "SCMP_ACT_ALLOW SCMP_ACT_ERRNO SCMP_ACT_LOG SCMP_ACT_TRAP SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS".split(" ");
const operators = "EQ NE LT LE GT GE MASKED_EQ".split(" ").map((name) => `SCMP_CMP_${name}`);
const values = [
	...[0n, 1n, 2n, 8n, 40n, 0x7fn, 0xffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0028n, 0x7e02_0000n],
	...[0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_0000_0000n, 0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn],
	...[2n ** 53n + 1n, 0x1234_5678_9abc_def1n],
];

function of<T>(dice: Dice, all: readonly T[]): T {
	return all[dice(all.length)] as T;
}

function some<T>(dice: Dice, most: number, make: () => T): T[] {
	return Array.from({ length: dice(most + 1) }, make);
}

export function randomProfile(dice: Dice): WrittenProfile {
	const defaultAction = of(dice, [...actions, "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO"]);
	// Mostly one other action, so that what overlaps agrees; else the profile is refused.
	const action = of(dice, actions.slice(0, 5));
	const isOpen = defaultAction === "SCMP_ACT_ALLOW" || defaultAction === "SCMP_ACT_LOG";
	const architectures = of(dice, [
		undefined,
		["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		["SCMP_ARCH_ARM"],
	]);
	return {
		defaultAction,
		...(defaultAction === "SCMP_ACT_ERRNO" && dice(3) === 0 ? { defaultErrnoRet: of(dice, [38, 0, 13]) } : {}),
		...(architectures === undefined
			? {
					archMap: [
						{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X32"] },
						{ architecture: "SCMP_ARCH_AARCH64", subArchitectures: null },
					],
				}
			: { architectures }),
		syscalls: some(dice, 14, () => randomRule(dice, dice(8) === 0 ? of(dice, actions) : action, isOpen)),
	};
}

function randomRule(dice: Dice, action: string, mustBeKnown: boolean): WrittenRule {
	const known = mustBeKnown ? names.slice(0, -1) : names;
	return {
		names: [of(dice, known), ...some(dice, 3, () => of(dice, known))],
		action,
		...(action === "SCMP_ACT_ERRNO" && dice(6) === 0 ? { errnoRet: of(dice, [38, 0, 13, 4095]) } : {}),
		...(dice(3) === 0 ? {} : { args: some(dice, 3, () => randomCondition(dice)) }),
		...(dice(3) === 0 ? { includes: randomCircumstances(dice) } : {}),
		...(dice(4) === 0 ? { excludes: randomCircumstances(dice) } : {}),
	};
}

function randomCondition(dice: Dice): WrittenCondition {
	return {
		index: of(dice, [0, 0, 0, 1, 2, 5]),
		value: of(dice, values),
		...(dice(2) === 0 ? { valueTwo: of(dice, values) } : {}),
		op: of(dice, operators),
	};
}

function randomCircumstances(dice: Dice): WrittenCircumstances {
	return {
		...(dice(2) === 0 ? { caps: some(dice, 2, () => of(dice, someCapabilities)) } : {}),
		...(dice(4) === 0 ? { arches: some(dice, 2, () => of(dice, ["amd64", "arm64", "x32"])) } : {}),
		...(dice(4) === 0 ? { minKernel: of(dice, ["4.8", "5.10", "6.18", "0.0"]) } : {}),
	};
}

export function randomKept(dice: Dice): string[] {
	return someCapabilities.filter(() => dice(2) === 0);
}

const words = [0xc000003e, 0xc000003e, 0xc000003e, 0x40000003, 0x40000003, 0xc00000b7, 0x40000028, 0];
const edges = [0, 1, 4095, 0x3fffffff, 0x40000000, 0x40000009, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff];

/** A call that a profile of these may have a rule for. */
export function randomCall(dice: Dice, numbers: readonly number[]): DirectCall {
	const nr = dice(8) === 0 ? of(dice, edges) : dice(8) === 0 ? dice(600) : (of(dice, numbers) + dice(3) - 1) >>> 0;
	return { arch: of(dice, words), nr, args: Array.from({ length: 6 }, () => randomArgument(dice)) };
}

function randomArgument(dice: Dice): bigint {
	const near = of(dice, values) + BigInt(dice(3) - 1);
	const flipped = dice(4) === 0 ? near ^ (1n << BigInt(dice(64))) : near;
	return BigInt.asUintN(64, dice(6) === 0 ? flipped + 0x1_0000_0000n : flipped);
}
