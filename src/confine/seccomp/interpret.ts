import { code, type Instruction, instructionAt, instructionDigits, mostInstructions, offset } from "./instruction.ts";

/** What a filter is asked about. struct seccomp_data */
export interface Call {
	readonly arch: number;
	readonly nr: number;
	/** 64 bits without a sign; what is not given is 0. */
	readonly args?: readonly bigint[];
}

/** The SECCOMP_RET_ that the program answers with, and after how many instructions. The program is one that `faultOf` has nothing against. */
export function run(program: string | readonly Instruction[], call: Call): { readonly verdict: number; readonly steps: number } {
	let accumulator = 0;
	for (let at = 0, steps = 1; ; at++, steps++) {
		const {
			code: operation,
			whenTrue,
			whenFalse,
			operand,
		} = typeof program === "string" ? instructionAt(program, at) : (program[at] as Instruction);
		switch (operation) {
			case code.load:
				accumulator = wordAt(call, operand);
				break;
			case code.and:
				accumulator = (accumulator & operand) >>> 0;
				break;
			case code.jump:
				at += operand;
				break;
			case code.end:
				return { verdict: operand, steps };
			default:
				at += compare(operation, accumulator, operand) ? whenTrue : whenFalse;
		}
	}
}

/** The raw SECCOMP_RET_ value. */
export function verdict(program: string, call: Call): number {
	return run(program, call).verdict;
}

function compare(operation: number, value: number, operand: number): boolean {
	switch (operation) {
		case code.equal:
			return value === operand;
		case code.above:
			return value > operand;
		case code.atLeast:
			return value >= operand;
		case code.anyBit:
			return (value & operand) !== 0;
		default:
			throw new RangeError(`operation ${operation}`);
	}
}

function wordAt({ arch, nr, args = [] }: Call, at: number): number {
	if (at < offset.arguments) {
		// The instruction pointer, which no filter here asks for, is 0.
		return at === offset.number ? nr : at === offset.arch ? arch : 0;
	}
	const argument = args[(at - offset.arguments) >> 3] ?? 0n;
	return Number((at & 4) === 0 ? argument & 0xffff_ffffn : (argument >> 32n) & 0xffff_ffffn);
}

const comparisons: readonly number[] = [code.equal, code.above, code.atLeast, code.anyBit];
/** struct seccomp_data */
const dataSize = 64;

/** Why the text is not a program that `run` ends with, and the kernel takes; `undefined` when it is one. */
export function faultOf(program: string): string | undefined {
	const length = program.length / instructionDigits;
	if (!Number.isInteger(length) || length === 0 || length > mostInstructions || !/^[0-9a-f]+$/.test(program)) {
		return "is no list of instructions";
	}
	for (let index = 0; index < length; index++) {
		const fault = faultAt(instructionAt(program, index), length - 1 - index);
		if (fault !== undefined) {
			return `instruction ${index} ${fault}`;
		}
	}
	return undefined;
}

/** `left`: the instructions behind it. */
function faultAt({ code: operation, whenTrue, whenFalse, operand }: Instruction, left: number): string | undefined {
	if (comparisons.includes(operation)) {
		return Math.max(whenTrue, whenFalse) < left ? undefined : "jumps behind the end";
	}
	switch (operation) {
		case code.end:
			return undefined;
		case code.jump:
			return operand < left ? undefined : "jumps behind the end";
		case code.load:
			return operand % 4 === 0 && operand < dataSize && left > 0 ? undefined : "loads what is not there";
		case code.and:
			return left > 0 ? undefined : "is the last, and does not end";
		default:
			return "is not one that a filter of ours has";
	}
}
