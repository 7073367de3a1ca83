import { fail } from "../../report/failure.ts";
import { code, type Instruction, mostInstructions, written } from "./instruction.ts";

/** A place in a program that is written from its end: the number of instructions behind it. */
export type Label = number;

/** A jump of a comparison has eight bits. */
const farthest = 255;

/** Writes a program backwards, so that each jump goes to what is there already. */
export class Assembler {
	/** The last one first. */
	readonly #instructions: Instruction[] = [];
	readonly #marks: (string | undefined)[] = [];
	/** The nearest copy of each end. */
	readonly #ends = new Map<string, Label>();

	load(at: number): Label {
		return this.#put({ code: code.load, whenTrue: 0, whenFalse: 0, operand: at });
	}

	and(mask: number): Label {
		return this.#put({ code: code.and, whenTrue: 0, whenFalse: 0, operand: mask });
	}

	/** Ends with a verdict. Ends with another mark are other ends. */
	end(verdict: number, mark?: string): Label {
		const key = `${verdict} ${mark ?? ""}`;
		return this.#ends.get(key) ?? this.#putEnd({ code: code.end, whenTrue: 0, whenFalse: 0, operand: verdict }, mark, key);
	}

	/** Goes on at `yes` or at `no`. */
	compare(operation: number, operand: number, yes: Label, no: Label): Label {
		if (yes === no) {
			return yes;
		}
		let [whenTrue, whenFalse] = [this.#nearest(yes), this.#nearest(no)];
		for (;;) {
			const next = this.#instructions.length;
			if (next - 1 - whenTrue > farthest) {
				whenTrue = this.#nearer(whenTrue);
			} else if (next - 1 - whenFalse > farthest) {
				whenFalse = this.#nearer(whenFalse);
			} else {
				return this.#put({ code: operation, whenTrue: next - 1 - whenTrue, whenFalse: next - 1 - whenFalse, operand });
			}
		}
	}

	/** What is written next runs on into it. */
	follow(label: Label): Label {
		const nearest = this.#nearest(label);
		return nearest === this.#instructions.length - 1 ? nearest : this.#nearer(nearest);
	}

	/** What an end gives; `undefined` for what is none. */
	verdictAt(label: Label): number | undefined {
		const { code: operation, operand } = this.#instructions[label] as Instruction;
		return operation === code.end ? operand : undefined;
	}

	/** Names an instruction, to find it in the program. */
	mark(label: Label, mark: string): void {
		this.#marks[label] = mark;
	}

	/** The whole, and where in it the marks stand. */
	finish(file: string): { readonly program: string; readonly marks: ReadonlyMap<string, readonly number[]> } {
		const count = this.#instructions.length;
		if (count > mostInstructions) {
			fail("SECCOMP_FILTER_TOO_LARGE", `needs ${count} instructions, and the kernel takes ${mostInstructions} at most`, {
				where: file,
				remedy: ["compare fewer arguments, or name fewer calls by themselves: calls in a row that get the same cost nothing"],
			});
		}
		const marks = new Map<string, number[]>();
		for (const [label, mark] of this.#marks.entries()) {
			if (mark !== undefined) {
				marks.set(mark, [...(marks.get(mark) ?? []), count - 1 - label]);
			}
		}
		return { program: this.#instructions.map(written).reverse().join(""), marks };
	}

	#put(instruction: Instruction, mark?: string): Label {
		this.#marks.push(mark);
		return this.#instructions.push(instruction) - 1;
	}

	#putEnd(instruction: Instruction, mark: string | undefined, key: string): Label {
		const label = this.#put(instruction, mark);
		this.#ends.set(key, label);
		return label;
	}

	#nearest(label: Label): Label {
		const key = this.#endKey(label);
		return key === undefined ? label : (this.#ends.get(key) as Label);
	}

	/** An end is written once more; to all else there is a long jump. */
	#nearer(label: Label): Label {
		const key = this.#endKey(label);
		return key === undefined
			? this.#put({ code: code.jump, whenTrue: 0, whenFalse: 0, operand: this.#instructions.length - 1 - label })
			: this.#putEnd(this.#instructions[label] as Instruction, this.#marks[label], key);
	}

	#endKey(label: Label): string | undefined {
		const { code: operation, operand } = this.#instructions[label] as Instruction;
		return operation === code.end ? `${operand} ${this.#marks[label] ?? ""}` : undefined;
	}
}
