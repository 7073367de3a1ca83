import type { Assembler, Label } from "./assembler.ts";
import { type Alternative, type Decision, sameAction } from "./decision.ts";
import { code, offset, returned } from "./instruction.ts";
import type { Condition } from "./profile.ts";
import { balancedTree, type Range } from "./tree.ts";

/** Writes what looks at the arguments of a call. */
export function decide(assembler: Assembler, { alternatives, otherwise }: Decision): Label {
	return grouped(alternatives).reduceRight(
		(rest, alternative) => {
			const yes = assembler.end(returned(alternative.action));
			const [first] = alternative.conditions;
			return alternative.others.length > 0
				? equalities(assembler, first as Condition, [first as Condition, ...alternative.others], yes, rest)
				: alternative.conditions.reduceRight((met, condition) => compare(assembler, condition, met, rest), yes);
		},
		assembler.end(returned(otherwise)),
	);
}

/** An alternative, or several that say the same of other values of one argument. */
interface Group extends Alternative {
	readonly others: readonly Condition[];
}

function grouped(alternatives: readonly Alternative[]): Group[] {
	const groups: (Omit<Group, "others"> & { readonly others: Condition[] })[] = [];
	const known = new Map<string, (typeof groups)[number]>();
	// Where all say the same, it does not matter which is asked first.
	const [first] = alternatives;
	const isOrdered = alternatives.some(({ action }) => !sameAction(action, (first as Alternative).action));
	for (const alternative of alternatives) {
		const { index, width = 64 } = onlyEquality(alternative) ?? {};
		const key = `${index} ${width} ${returned(alternative.action)}`;
		const like = index === undefined ? undefined : known.get(key);
		if (like !== undefined && (!isOrdered || like === groups.at(-1))) {
			like.others.push(...alternative.conditions);
		} else {
			const group = { ...alternative, others: [] };
			groups.push(group);
			known.set(key, group);
		}
	}
	return groups;
}

function onlyEquality({ conditions }: Alternative): Condition | undefined {
	const [first, second] = conditions;
	return second === undefined && first?.operator === "==" ? first : undefined;
}

const word = 0xffff_ffffn;

function low(value: bigint): number {
	return Number(value & word);
}

function high(value: bigint): number {
	return Number((value >> 32n) & word);
}

/** Little endian: the lower half lies first. */
function loadLow(assembler: Assembler, index: number): Label {
	return assembler.load(offset.arguments + 8 * index);
}

function loadHigh(assembler: Assembler, index: number): Label {
	return assembler.load(offset.arguments + 8 * index + 4);
}

/** Whether an argument is one of many values. */
function equalities(assembler: Assembler, { index, width }: Condition, all: readonly Condition[], yes: Label, no: Label): Label {
	const halves = new Map<number, Set<number>>();
	for (const { value } of all) {
		const upper = width === 32 ? 0 : high(value);
		const known = halves.get(upper);
		known === undefined ? halves.set(upper, new Set([low(value)])) : known.add(low(value));
	}
	const beneath = [...halves].map(([upper, values]): [number, Label] => {
		const found = anyOf(
			assembler,
			[...values].map((value): [number, Label] => [value, yes]),
			no,
		);
		assembler.follow(found);
		return [upper, loadLow(assembler, index)];
	});
	if (width === 32) {
		return (beneath[0] as [number, Label])[1];
	}
	assembler.follow(anyOf(assembler, beneath, no));
	return loadHigh(assembler, index);
}

/** Up to so many values are looked for one by one. */
const fewValues = 5;

function anyOf(assembler: Assembler, values: readonly (readonly [number, Label])[], no: Label): Label {
	if (values.length <= fewValues) {
		return values.reduceRight((rest, [value, yes]) => assembler.compare(code.equal, value, yes, rest), no);
	}
	const ranges: Range[] = [{ from: 0, to: no }];
	for (const [value, yes] of [...values].sort(([one], [other]) => one - other)) {
		if (ranges.at(-1)?.from === value) {
			ranges.pop();
		}
		ranges.push({ from: value, to: yes });
		if (value < 0xffff_ffff) {
			ranges.push({ from: value + 1, to: no });
		}
	}
	return balancedTree(assembler, ranges);
}

/** The comparisons of two halves: the upper decides, unless it is the same. */
function compare(assembler: Assembler, condition: Condition, yes: Label, no: Label): Label {
	const { operator, value } = condition;
	switch (operator) {
		case "==":
			return equal(assembler, condition, yes, no);
		case "!=":
			return equal(assembler, condition, no, yes);
		case ">":
			return ordered(assembler, condition, code.above, yes, no);
		case ">=":
			return ordered(assembler, condition, code.atLeast, yes, no);
		case "<":
			return ordered(assembler, condition, code.atLeast, no, yes);
		case "<=":
			return ordered(assembler, condition, code.above, no, yes);
		case "masked ==":
			return masked(assembler, condition, value, yes, no);
	}
}

function equal(assembler: Assembler, { index, value, width }: Condition, yes: Label, no: Label): Label {
	assembler.follow(assembler.compare(code.equal, low(value), yes, no));
	const lower = loadLow(assembler, index);
	if (width === 32) {
		return lower;
	}
	assembler.follow(assembler.compare(code.equal, high(value), lower, no));
	return loadHigh(assembler, index);
}

function ordered(assembler: Assembler, { index, value, width }: Condition, last: number, yes: Label, no: Label): Label {
	assembler.follow(assembler.compare(last, low(value), yes, no));
	const lower = loadLow(assembler, index);
	if (width === 32) {
		return lower;
	}
	const same = assembler.compare(code.equal, high(value), lower, no);
	assembler.follow(assembler.compare(code.above, high(value), yes, same));
	return loadHigh(assembler, index);
}

function masked(assembler: Assembler, { index, mask = 0n, width }: Condition, value: bigint, yes: Label, no: Label): Label {
	const lower = maskedHalf(assembler, low(mask), low(value), yes, no, () => loadLow(assembler, index));
	return width === 32 ? lower : maskedHalf(assembler, high(mask), high(value), lower, no, () => loadHigh(assembler, index));
}

function maskedHalf(assembler: Assembler, mask: number, wanted: number, yes: Label, no: Label, load: () => Label): Label {
	if (mask === 0) {
		return yes;
	}
	if (wanted === 0) {
		assembler.follow(assembler.compare(code.anyBit, mask, no, yes));
		return load();
	}
	assembler.follow(assembler.compare(code.equal, wanted, yes, no));
	if (mask !== 0xffff_ffff) {
		assembler.and(mask);
	}
	return load();
}
