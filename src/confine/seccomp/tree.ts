import type { Assembler, Label } from "./assembler.ts";
import { code } from "./instruction.ts";

/** Numbers from `from` on, up to the next range, lead to the same place. */
export interface Range {
	readonly from: number;
	readonly to: Label;
}

/** Where the value that is loaded leads to: ranges in a row, the first from 0 on. In few comparisons, and none of the ways is long. */
export function balancedTree(assembler: Assembler, ranges: readonly Range[]): Label {
	const units = unitsOf(merged(ranges));
	return branch(0, units.length);

	function branch(first: number, end: number): Label {
		if (end - first === 1) {
			const { to, exceptions } = units[first] as Unit;
			return exceptions.reduceRight((rest, exception) => assembler.compare(code.equal, exception.from, exception.to, rest), to);
		}
		const middle = (first + end) >> 1;
		const above = branch(middle, end);
		return assembler.compare(code.atLeast, (units[middle] as Unit).from, above, branch(first, middle));
	}
}

/** A range with single numbers in it that lead elsewhere: one comparison each, where two borders would be two. */
interface Unit extends Range {
	readonly exceptions: readonly Range[];
}

/** With more of them the numbers around would have a long way. */
const mostExceptions = 2;

function unitsOf(ranges: readonly Range[]): Unit[] {
	const units: Unit[] = [];
	for (let at = 0; at < ranges.length; at++) {
		const { from, to } = ranges[at] as Range;
		const exceptions: Range[] = [];
		for (; exceptions.length < mostExceptions && isException(ranges, at + 1) && ranges[at + 2]?.to === to; at += 2) {
			exceptions.push(ranges[at + 1] as Range);
		}
		units.push({ from, to, exceptions });
	}
	return units;
}

/** Whether it is a single number. */
export function isException(ranges: readonly Range[], at: number): boolean {
	return ranges[at + 1]?.from === (ranges[at]?.from ?? 0) + 1;
}

/** Without borders between ranges that lead to the same place. */
export function merged(ranges: readonly Range[]): Range[] {
	return ranges.filter(({ to }, index) => ranges[index - 1]?.to !== to);
}
