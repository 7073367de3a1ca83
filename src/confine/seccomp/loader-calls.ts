import { elfInterpreter } from "../../files/elf-interpreter.ts";
import { certain, type ProgramFault } from "../../files/program-format.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { type Abi, auditArch } from "./abi.ts";
import { verdict } from "./interpret.ts";

/** What a dynamic loader calls, by numbers of the machines: every one of glibc 2.36, each was refused to it by itself; and what of it musl 1.2.3 does not go on without. */
const numbers: Readonly<Partial<Record<Abi, readonly (number | undefined)[]>>> = {
	x86_64: [257, 0, 9, 10, 158, 12, 218],
	aarch64: [56, 63, 222, 226, undefined, 214, 96],
};
const names = ["openat", "read", "mmap", "mprotect", "arch_prctl", "brk", "set_tid_address"] as const;
const ofMusl: readonly string[] = ["arch_prctl"];
/** When these are refused it goes on, so that only who is killed for it ends. */
const survived: readonly string[] = ["brk", "set_tid_address"];
/** As it calls them: for memory that is read and written, of nobody else and of no file, and by ARCH_SET_FS. mmap(2), arch_prctl(2) */
const given: Readonly<Partial<Record<string, readonly number[]>>> = {
	openat: [-100, 1, 0x80000],
	read: [3, 1, 832],
	mmap: [0, 8192, 3, 0x22, -1],
	mprotect: [4096, 4096, 1],
	arch_prctl: [0x1002, 4096],
};

const action = 0xffff_0000;
/** SECCOMP_RET_ALLOW, SECCOMP_RET_LOG */
const passing: readonly number[] = [0x7fff_0000, 0x7ffc_0000];
/** SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP */
const ending: readonly number[] = [0, 0x8000_0000, 0x0003_0000];

/** Why a program that is linked dynamically ends before anything of its own. `head`: the beginning of a file. As the end of a sentence about it. */
export function loaderFault(
	filter: { readonly profile: string; readonly program: string },
	abi: Abi,
	head: string,
): ProgramFault | undefined {
	const interpreter = elfInterpreter(head);
	const [, kind] = /\/ld-(linux|musl)-/.exec(interpreter ?? "") ?? [];
	if (interpreter === undefined || kind === undefined) {
		return undefined;
	}
	const refused = names.filter((name, index) => {
		const nr = numbers[abi]?.[index];
		if (nr === undefined || (kind === "musl" && !ofMusl.includes(name))) {
			return false;
		}
		const args = (given[name] ?? []).map((each) => BigInt.asUintN(64, BigInt(each)));
		const answer = (verdict(filter.program, { arch: auditArch[abi], nr, args }) & action) >>> 0;
		return survived.includes(name) ? ending.includes(answer) : !passing.includes(answer);
	});
	return refused.length === 0
		? undefined
		: certain(
				`is linked dynamically, and ${quoted(interpreter)} does not get as far as the program without ${refused.join(", ")}, which ${filter.profile} refuses`,
				[
					`seccomp: {profile: ${yamlScalar(filter.profile)}, allow: [${refused.join(", ")}]}, and with what else the program calls from its start: strace -f`,
				],
			);
}
