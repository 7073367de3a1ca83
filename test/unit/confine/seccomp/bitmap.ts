import { code, type Instruction, instructionAt, offset } from "../../../../src/confine/seccomp/instruction.ts";

/** The instructions of a program, one by one. */
export function instructionsOf(program: string): Instruction[] {
	return Array.from({ length: program.length / 16 }, (_, index) => instructionAt(program, index));
}

/**
 * What Linux finds out about a number when a filter is loaded, by going its way without arguments: since 5.11 a number that is always allowed is
 * never asked the filter about again. seccomp_is_const_allow() in kernel/seccomp.c follows no other instructions than these.
 */
export function isKnownAllowed(instructions: readonly Instruction[], arch: number, nr: number): boolean {
	let accumulator = 0;
	for (let at = 0; ; at++) {
		const { code: operation, whenTrue, whenFalse, operand } = instructions[at] as Instruction;
		switch (operation) {
			case code.load:
				if (operand !== offset.number && operand !== offset.arch) {
					return false;
				}
				accumulator = operand === offset.number ? nr : arch;
				break;
			case code.jump:
				at += operand;
				break;
			case code.equal:
				at += accumulator === operand ? whenTrue : whenFalse;
				break;
			case code.above:
				at += accumulator > operand ? whenTrue : whenFalse;
				break;
			case code.atLeast:
				at += accumulator >= operand ? whenTrue : whenFalse;
				break;
			case code.anyBit:
				at += (accumulator & operand) === 0 ? whenFalse : whenTrue;
				break;
			case code.end:
				return operand === 0x7fff0000;
			default:
				return false;
		}
	}
}
