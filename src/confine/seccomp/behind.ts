import { auditArch, nativeAbi } from "./abi.ts";
import { verdict } from "./interpret.ts";

export { killedFault, programHead } from "./killed.ts";

/**
 * What this program asks of the kernel behind a filter that it has loaded, in the machine's own numbers: the tables of all calls are a chunk
 * that a start with a stored filter does without. `explaining` are those by which it looks why an exec was refused, and tells it.
 */
export const callsBehind = {
	x86_64: {
		arch: auditArch.x86_64,
		execve: 59,
		write: 1,
		exit_group: 231,
		explaining: [
			...[0, 1, 3, 5, 8, 9, 11, 12, 17, 25, 28, 63, 79, 97, 115, 118, 120, 125, 137, 138, 157, 191, 193, 231, 257, 262, 267, 302],
			...[332, 437, 439],
		],
	},
	aarch64: {
		arch: auditArch.aarch64,
		execve: 221,
		write: 64,
		exit_group: 94,
		explaining: [
			...[8, 10, 17, 43, 44, 56, 57, 62, 63, 64, 67, 78, 79, 80, 90, 94, 148, 150, 158, 160, 163, 167, 214, 215, 216, 222, 233],
			...[261, 291, 437, 439],
		],
	},
} as const;

/** What lets a call pass. seccomp(2) SECCOMP_RET_ALLOW, SECCOMP_RET_LOG */
const passing: readonly number[] = [0x7fff_0000, 0x7ffc_0000];
const action = 0xffff_0000;
/** Where the messages go; what else these calls are given says nothing. */
const telling = [2n];
/** Allowed for these, a call is allowed for any: a rule for certain values has others. */
const uncommon = new Array<bigint>(6).fill(0xffff_ffff_ffff_ffffn);

/** Which of those the filter lets pass. */
export interface Behind {
	readonly execve: boolean;
	readonly write: boolean;
	readonly exit_group: boolean;
	/** All of them. */
	readonly explaining: boolean;
}

/** Runs the program of a filter for what has to go on behind it. */
export function passesBehind(program: string, machine: string): Behind {
	const { arch, explaining, ...calls } = callsBehind[nativeAbi(machine)];
	const passes = (nr: number, args = telling) => passing.includes((verdict(program, { arch, nr, args }) & action) >>> 0);
	return {
		execve: passes(calls.execve),
		write: passes(calls.write),
		exit_group: passes(calls.exit_group),
		explaining: explaining.every((nr) => passes(nr, uncommon)),
	};
}
