import { decide } from "./arguments.ts";
import { Assembler, type Label } from "./assembler.ts";
import type { Decision } from "./decision.ts";
import { code, offset, returned } from "./instruction.ts";
import type { Condition } from "./profile.ts";
import { quickestTree } from "./quickest-tree.ts";
import { balancedTree, type Range } from "./tree.ts";

/** What becomes of the numbers from `from` on. */
export interface Stretch {
	readonly from: number;
	readonly decision: Decision;
	/** Names the place, or the places, where the program is changed to allow them. */
	readonly mark?: string | undefined;
}

/** All numbers with one word at `arch`. */
export interface Section {
	readonly arch: number;
	/** The first from 0 on. */
	readonly stretches: readonly Stretch[];
	/** Of the machine's own way of calling, the first number that is not called; calls of the others are rare, and get fewer instructions. */
	readonly usual?: number;
}

export interface Assembled {
	readonly program: string;
	/** By their mark, the instructions that a jump to them ends at. */
	readonly marks: ReadonlyMap<string, readonly number[]>;
}

/** A program: the first section is the quickest to reach, and who calls the kernel in a way that has none dies. Throws SECCOMP_FILTER_TOO_LARGE for `file`. */
export function assemble(sections: readonly Section[], file: string): Assembled {
	const assembler = new Assembler();
	const starts = sections.toReversed().map((section): [number, Label] => [section.arch, body(assembler, section)]);
	const stranger = assembler.end(returned({ kind: "kill-thread" }));
	assembler.follow(starts.reduce((rest, [arch, start]) => assembler.compare(code.equal, arch, start, rest), stranger));
	assembler.load(offset.arch);
	return assembler.finish(file);
}

function body(assembler: Assembler, { stretches, usual }: Section): Label {
	const labels = new Map<string, Label>();
	const ranges = stretches.map(({ from, decision, mark }): Range => {
		const key = mark === undefined ? keyOf(decision) : `${keyOf(decision)} ${mark}`;
		const to = labels.get(key) ?? leaf(assembler, decision, mark);
		labels.set(key, to);
		return { from, to };
	});
	assembler.follow(usual === undefined ? balancedTree(assembler, ranges) : usualTree(assembler, ranges, usual));
	return assembler.load(offset.number);
}

/** What is refused is seldom called. */
const weightOfRefused = 0.01;

function usualTree(assembler: Assembler, ranges: readonly Range[], usual: number): Label {
	const first = ranges.findIndex(({ from }) => from >= usual);
	const rare = first < 0 ? [] : [{ from: (ranges[first] as Range).from, to: balancedTree(assembler, ranges.slice(first)) }];
	return quickestTree(assembler, [...(first < 0 ? ranges : ranges.slice(0, first)), ...rare], ({ from, to }, next = from + 1) => {
		const isRefused = assembler.verdictAt(to) !== undefined && assembler.verdictAt(to) !== allowed;
		return (next - from) * (isRefused || from >= usual ? weightOfRefused : 1);
	});
}

const allowed = returned({ kind: "allow" });

function leaf(assembler: Assembler, decision: Decision, mark: string | undefined): Label {
	if (decision.alternatives.length === 0) {
		return assembler.end(returned(decision.otherwise), mark);
	}
	const label = decide(assembler, decision);
	const verdict = assembler.verdictAt(label);
	if (verdict !== undefined) {
		return assembler.end(verdict, mark);
	}
	if (mark !== undefined) {
		assembler.mark(label, mark);
	}
	return label;
}

const keys = new WeakMap<Decision, string>();

/** The same for decisions that say the same. */
export function keyOf(decision: Decision): string {
	const known = keys.get(decision);
	if (known !== undefined) {
		return known;
	}
	const { alternatives, otherwise } = decision;
	const all = alternatives.map(({ conditions, action }) => `${conditions.map(textOf).join("&")}?${returned(action)}`);
	const key = [...all, returned(otherwise)].join(":");
	keys.set(decision, key);
	return key;
}

function textOf({ index, operator, value, mask = 0n, width = 64 }: Condition): string {
	return [index, operator, value, mask, width].join(" ");
}
