import type { Assembler, Label } from "./assembler.ts";
import { code } from "./instruction.ts";
import { balancedTree, isException, merged, type Range } from "./tree.ts";

/** A table of more is not worth its time. */
const mostRanges = 256;
/** An instruction that is one too many, in steps of one call. */
const costOfSize = 0.3;
/** The longest row of single numbers that are looked for one by one. */
const mostExceptions = 4;

/** As `balancedTree`, with the least number of steps for what is called most: `weigh` says how often a range is asked for. */
export function quickestTree(
	assembler: Assembler,
	all: readonly Range[],
	weigh: (range: Range, next: number | undefined) => number,
): Label {
	const ranges = merged(all);
	const count = ranges.length;
	if (count > mostRanges) {
		return balancedTree(assembler, ranges);
	}
	const weights = ranges.map((range, index) => weigh(range, ranges[index + 1]?.from));
	const best = bestSplits(ranges, weights);
	return branch(0, count - 1);

	function branch(first: number, last: number): Label {
		if (first === last) {
			return (ranges[first] as Range).to;
		}
		const split = best[first * count + last] as number;
		if (split === oneByOne) {
			let rest = (ranges[first] as Range).to;
			for (let at = last - 1; at > first; at -= 2) {
				const { from, to } = ranges[at] as Range;
				rest = assembler.compare(code.equal, from, to, rest);
			}
			return rest;
		}
		const above = branch(split, last);
		return assembler.compare(code.atLeast, (ranges[split] as Range).from, above, branch(first, split - 1));
	}
}

/** In the place of a split: single numbers in one range. */
const oneByOne = -1;

/**
 * For each row of ranges, by its first and last, where it is best split in two: the optimal search tree after Knuth, who found that a split lies between
 * those of the two rows that are one shorter.
 */
function bestSplits(ranges: readonly Range[], weights: readonly number[]): readonly number[] {
	const count = ranges.length;
	const cost: number[] = new Array(count * count).fill(0);
	const best: number[] = new Array(count * count).fill(0);
	const bound: number[] = new Array(count * count).fill(0);
	const before = [0];
	for (const [index, weight] of weights.entries()) {
		before.push((before[index] as number) + weight);
		bound[index * count + index] = index;
	}
	for (let length = 1; length < count; length++) {
		for (let first = 0; first + length < count; first++) {
			const last = first + length;
			const at = first * count + last;
			const from = Math.max(first + 1, bound[at - 1] as number);
			const to = Math.min(last, Math.max(from, bound[at + count] as number));
			let least = Number.POSITIVE_INFINITY;
			let split = from;
			for (let middle = from; middle <= to; middle++) {
				const both = (cost[first * count + middle - 1] as number) + (cost[middle * count + last] as number);
				if (both < least) {
					least = both;
					split = middle;
				}
			}
			least += (before[last + 1] as number) - (before[first] as number) + costOfSize;
			const row = costOneByOne(ranges, weights, first, last);
			bound[at] = split;
			cost[at] = Math.min(row, least);
			best[at] = row <= least ? oneByOne : split;
		}
	}
	return best;
}

function costOneByOne(ranges: readonly Range[], weights: readonly number[], first: number, last: number): number {
	const exceptions = (last - first) / 2;
	if (!Number.isInteger(exceptions) || exceptions > mostExceptions) {
		return Number.POSITIVE_INFINITY;
	}
	let cost = costOfSize * exceptions + exceptions * (weights[first] as number);
	for (let at = first + 1; at < last; at += 2) {
		if (!isException(ranges, at) || ranges[at + 1]?.to !== ranges[first]?.to) {
			return Number.POSITIVE_INFINITY;
		}
		cost += ((at - first + 1) / 2) * (weights[at] as number) + exceptions * (weights[at + 1] as number);
	}
	return cost;
}
