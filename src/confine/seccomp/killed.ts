import { certain, type ProgramFault } from "../../files/program-format.ts";
import { bytesOfText } from "../../report/bytes.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { verdict } from "./interpret.ts";

/** The word at `arch` of struct seccomp_data, and the first number. The tables of all calls are not wanted by a start. linux/audit.h, asm/unistd.h */
const kinds = {
	x86_64: { arch: 0xc000003e, first: 0 },
	x86: { arch: 0x40000003, first: 0 },
	x32: { arch: 0xc000003e, first: 0x40000000 },
	aarch64: { arch: 0xc00000b7, first: 0 },
	arm: { arch: 0x40000028, first: 0 },
} as const;

/** To the number of the machine. elf(5) */
export const elfHead = 20;
/** Enough of them that a program that may make none of these does nothing. */
const callsTried = 512;

/** SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS */
const killing: readonly number[] = [0, 0x8000_0000];

/** Why no program of this kind outlives its first call behind a filter. `head`: the beginning of a file. As the end of a sentence about it. */
export function killedFault(filter: { readonly profile: string; readonly program: string }, head: string): ProgramFault | undefined {
	const abi = abiOf(head);
	return abi === undefined || !isKilled(filter.program, abi)
		? undefined
		: certain(`is built for ${abi}, and ${filter.profile} ends every program of ${abi} at its first call, without a word`, [
				`seccomp: {profile: ${yamlScalar(filter.profile)}, architectures: [native, ${abi}]}, or build it for the machine itself`,
			]);
}

function isKilled(program: string, abi: keyof typeof kinds): boolean {
	const { arch, first } = kinds[abi];
	return Array.from({ length: callsTried }, (_, at) => verdict(program, { arch, nr: first + at })).every((each) =>
		killing.includes((each & 0xffff_0000) >>> 0),
	);
}

/** By the class, and the number of the machine, of a header in little endian, as all of these have. elf(5) */
function abiOf(head: string): keyof typeof kinds | undefined {
	const bytes = bytesOfText(head.slice(0, elfHead));
	const isLong = bytes[4] === 2;
	switch (head.startsWith("\x7fELF") ? (bytes[18] ?? 0) + 256 * (bytes[19] ?? 0) : 0) {
		case 3:
			return "x86";
		case 40:
			return "arm";
		case 62:
			return isLong ? "x86_64" : "x32";
		case 183:
			return isLong ? "aarch64" : undefined;
		default:
			return undefined;
	}
}
