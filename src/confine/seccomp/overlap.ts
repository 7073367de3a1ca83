import type { Condition } from "./profile.ts";

/** Whether a call can meet both. Where one compares 32 bits and the other 64 it is not looked closer. */
export function canBothHold(left: readonly Condition[], right: readonly Condition[]): boolean {
	return (
		left.every((one) => right.every((other) => !areApart(one, other))) &&
		indices(left).every((index) => isOneWay(of(left, index), of(right, index)))
	);
}

/** The usual case, for less. */
function areApart(one: Condition, other: Condition): boolean {
	return (
		one.index === other.index && one.operator === "==" && other.operator === "==" && one.value !== other.value && one.width === other.width
	);
}

function indices(conditions: readonly Condition[]): number[] {
	return conditions.map(({ index }) => index);
}

function of(conditions: readonly Condition[], index: number): readonly Condition[] {
	return conditions.filter((each) => each.index === index);
}

/** Whether one value meets them all. */
function isOneWay(left: readonly Condition[], right: readonly Condition[]): boolean {
	const all = [...left, ...right];
	const bits = BigInt(all[0]?.width ?? 64);
	if (all.some(({ width = 64 }) => BigInt(width) !== bits)) {
		return true;
	}
	const largest = (1n << bits) - 1n;
	let [least, most, mask, value] = [0n, largest, 0n, 0n];
	const excluded = new Set<bigint>();
	for (const { operator, value: given, mask: own = 0n } of all) {
		const bound = given & largest;
		switch (operator) {
			case "==":
				[least, most] = [larger(least, bound), smaller(most, bound)];
				break;
			case "!=":
				excluded.add(bound);
				break;
			case "<":
				most = smaller(most, bound - 1n);
				break;
			case "<=":
				most = smaller(most, bound);
				break;
			case ">":
				least = larger(least, bound + 1n);
				break;
			case ">=":
				least = larger(least, bound);
				break;
			case "masked ==":
				if ((mask & own & (value ^ bound)) !== 0n) {
					return false;
				}
				[mask, value] = [mask | (own & largest), value | (bound & own)];
		}
	}
	let found = firstMatch(least, mask, value, largest);
	while (found !== undefined && excluded.has(found)) {
		found = firstMatch(found + 1n, mask, value, largest);
	}
	return found !== undefined && found <= most;
}

/** The smallest number from `least` on of which the masked bits are those of `value`. */
function firstMatch(least: bigint, mask: bigint, value: bigint, largest: bigint): bigint | undefined {
	const differing = (least ^ value) & mask;
	if (least > largest || differing === 0n) {
		return least > largest ? undefined : least;
	}
	const highest = 1n << BigInt(differing.toString(2).length - 1);
	if ((value & highest) !== 0n) {
		return (least & ~(2n * highest - 1n)) | (value & (2n * highest - 1n));
	}
	// It is too large there: a free bit above has to be one more.
	const candidates = ~mask & ~least & largest & ~(2n * highest - 1n);
	const step = candidates & -candidates;
	return step === 0n ? undefined : (least & ~(step - 1n) & largest) | step | (value & (step - 1n));
}

function larger(one: bigint, other: bigint): bigint {
	return one > other ? one : other;
}

function smaller(one: bigint, other: bigint): bigint {
	return one < other ? one : other;
}
