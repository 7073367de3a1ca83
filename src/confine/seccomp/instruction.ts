import type { Action } from "./profile.ts";

/** Classic BPF as seccomp(2) takes it: struct sock_filter, linux/filter.h. */
export const code = {
	/** LD W ABS: a word of struct seccomp_data. */
	load: 0x20,
	and: 0x54,
	jump: 0x05,
	equal: 0x15,
	above: 0x25,
	atLeast: 0x35,
	anyBit: 0x45,
	end: 0x06,
} as const;

/** Into struct seccomp_data. */
export const offset = { number: 0, arch: 4, arguments: 16 } as const;

/** BPF_MAXINSNS */
export const mostInstructions = 4096;

const kinds: Readonly<Record<Exclude<Action["kind"], "errno">, number>> = {
	allow: 0x7fff0000,
	log: 0x7ffc0000,
	trap: 0x00030000,
	"kill-thread": 0x00000000,
	"kill-process": 0x80000000,
};

/** SECCOMP_RET_ as the kernel reads it. */
export function returned(action: Action): number {
	return action.kind === "errno" ? 0x00050000 + action.value : kinds[action.kind];
}

export interface Instruction {
	readonly code: number;
	readonly whenTrue: number;
	readonly whenFalse: number;
	readonly operand: number;
}

/** 16 hexadecimal digits, as it lies in memory. */
export function written({ code, whenTrue, whenFalse, operand }: Instruction): string {
	const word = (byte(operand) << 24) | (byte(operand >>> 8) << 16) | (byte(operand >>> 16) << 8) | (operand >>> 24);
	return `${digits((code << 24) | (whenTrue << 8) | whenFalse)}${digits(word)}`;
}

function byte(value: number): number {
	return value & 0xff;
}

function digits(word: number): string {
	return (word >>> 0).toString(16).padStart(8, "0");
}

export const instructionDigits = 16;

/** The instruction that stands there. */
export function instructionAt(program: string, index: number): Instruction {
	const at = index * instructionDigits;
	const word = (from: number): number => Number.parseInt(program.slice(at + from, at + from + 2), 16);
	return {
		code: word(0) + word(2) * 0x100,
		whenTrue: word(4),
		whenFalse: word(6),
		operand: word(8) + word(10) * 0x100 + word(12) * 0x10000 + word(14) * 0x1000000,
	};
}
