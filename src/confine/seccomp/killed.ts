import { certain, type ProgramFault } from "../../files/program-format.ts";
import { bytesOfText } from "../../report/bytes.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { type Abi, auditArch, x32Bit } from "./abi.ts";
import { verdict } from "./interpret.ts";
import { loaderFault } from "./loader-calls.ts";

/** To the number of the machine. elf(5) */
const elfHead = 20;
/** Where linkers place the name of the dynamic loader. */
export const programHead = 4096;
/** Enough of them that a program that may make none of these does nothing. */
const callsTried = 512;

/** SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS */
const killing: readonly number[] = [0, 0x8000_0000];

/** Why no program of this kind outlives its first call behind a filter, or this one those of its loader. `head`: the beginning of a file. As the end of a sentence about it. */
export function killedFault(filter: { readonly profile: string; readonly program: string }, head: string): ProgramFault | undefined {
	const abi = abiOf(head);
	if (abi === undefined) {
		return undefined;
	}
	return !isKilled(filter.program, abi)
		? loaderFault(filter, abi, head)
		: certain(`is built for ${abi}, and ${filter.profile} ends every program of ${abi} at its first call, without a word`, [
				`seccomp: {profile: ${yamlScalar(filter.profile)}, architectures: [native, ${abi}]}, or build it for the machine itself`,
			]);
}

function isKilled(program: string, abi: Abi): boolean {
	const [arch, first] = [auditArch[abi], abi === "x32" ? x32Bit : 0];
	return Array.from({ length: callsTried }, (_, at) => verdict(program, { arch, nr: first + at })).every((each) =>
		killing.includes((each & 0xffff_0000) >>> 0),
	);
}

/** By the class, and the number of the machine, of a header in little endian, as all of these have. elf(5) */
function abiOf(head: string): Abi | undefined {
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
