/** What struct seccomp_data holds beside the address of the instruction. linux/seccomp.h */
export interface Call {
	readonly arch: number;
	readonly nr: number;
	/** Six of 64 bits, without a sign. */
	readonly args: readonly bigint[];
}

/** A filter as the kernel runs it: struct sock_filter[], little endian. It answers with the raw SECCOMP_RET value. linux/filter.h */
export type Filter = (call: Call) => number;

/** Those that compilers of seccomp filters use. */
const codes = { loadWord: 0x20, and: 0x54, jump: 0x05, equal: 0x15, greater: 0x25, atLeast: 0x35, bits: 0x45, answer: 0x06 };
const sizeOfInstruction = 8;

/** An interpreter that the project's own is not made of. */
export function filterOf(program: Buffer): Filter {
	const length = program.length / sizeOfInstruction;
	const code = Array.from({ length }, (_, at) => program.readUInt16LE(at * sizeOfInstruction));
	const yes = Array.from({ length }, (_, at) => program.readUInt8(at * sizeOfInstruction + 2));
	const no = Array.from({ length }, (_, at) => program.readUInt8(at * sizeOfInstruction + 3));
	const constant = Array.from({ length }, (_, at) => program.readUInt32LE(at * sizeOfInstruction + 4));
	return (call) => {
		let value = 0;
		for (let at = 0; at < length; at++) {
			const k = constant[at] as number;
			const jump = (holds: boolean) => {
				at += (holds ? yes[at] : no[at]) as number;
			};
			switch (code[at]) {
				case codes.loadWord:
					value = wordAt(call, k);
					break;
				case codes.and:
					value = (value & k) >>> 0;
					break;
				case codes.jump:
					at += k;
					break;
				case codes.equal:
					jump(value === k);
					break;
				case codes.greater:
					jump(value > k);
					break;
				case codes.atLeast:
					jump(value >= k);
					break;
				case codes.bits:
					jump((value & k) !== 0);
					break;
				case codes.answer:
					return k;
				default:
					throw new Error(`instruction ${at} has the code ${code[at]}`);
			}
		}
		throw new Error("the filter ended without an answer");
	};
}

function wordAt({ nr, arch, args }: Call, offset: number): number {
	if (offset === 0) {
		return nr;
	}
	if (offset === 4) {
		return arch;
	}
	const argument = args[(offset - 16) >> 3];
	if (argument === undefined || offset % 4 !== 0) {
		throw new Error(`the filter reads a word at ${offset}`);
	}
	return Number(BigInt.asUintN(32, offset % 8 === 0 ? argument : argument >> 32n));
}
