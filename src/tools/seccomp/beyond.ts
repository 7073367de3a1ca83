import type { CapabilitySet } from "../../capability/set.ts";
import { type Abi, callName, callNames, callNumber } from "../../confine/seccomp/calls.ts";
import { type Decision, decided, isPermissive } from "../../confine/seccomp/decision.ts";
import { dockerDefault } from "../../confine/seccomp/docker-default.ts";
import type { Condition, Profile } from "../../confine/seccomp/profile.ts";
import { abisFor, type Changes, type Resolved, resolve } from "../../confine/seccomp/resolve.ts";
import { plain } from "../../confine/seccomp/setting.ts";
import type { ConfiguredFilter } from "./configured.ts";
import { isAlways, isPossible } from "./words.ts";

/** As Docker has it, without what is stricter here: its comparisons are of 64 bits. */
const dockersOwn = (): Profile => ({
	...dockerDefault,
	rules: dockerDefault.rules.map((rule) => ({ ...rule, conditions: rule.conditions.map(({ width: _, ...condition }) => condition) })),
});

/**
 * The calls that a filter allows more of than the one that runtimes usually set for a container with `granted`, in the order of their numbers:
 * where both are there, these stay refused.
 */
export function callsBeyondUsual({ profile, setting, reader }: ConfiguredFilter, granted: CapabilitySet): string[] {
	const found = abisFor(profile, setting, reader.machine).flatMap((abi) => {
		const on = (of: Profile, changes: Changes, capabilities: CapabilitySet) =>
			resolve(of, changes, { abi, kernel: reader.kernel, capabilities });
		const own = on(profile, setting, reader.kept.intersection(granted));
		const usual = on(dockersOwn(), plain, granted);
		return callNames(abi).filter((name) => allowsMore(decisionIn(own, abi, name), decisionIn(usual, abi, name)));
	});
	return [...new Set(found)];
}

function decisionIn({ decisions, otherwise, largest = 0, beyond }: Resolved, abi: Abi, name: string): Decision {
	const number = callNumber(abi, name) ?? 0;
	return decisions.get(number) ?? decided(number <= largest || callName(abi, number) === undefined ? otherwise : beyond);
}

/** More combinations of arguments than these are not tried: what is said otherwise is taken for more. */
const mostTried = 20_000;

function allowsMore(own: Decision, usual: Decision): boolean {
	if (!isPossible(own) || isAlways(usual)) {
		return false;
	}
	if (isAlways(own) || !isPossible(usual)) {
		return true;
	}
	const conditions = [own, usual].flatMap(({ alternatives }) => alternatives.flatMap((each) => each.conditions));
	const tried = argumentsToTry(conditions);
	return tried === undefined || tried.some((args) => isAllowed(own, args) && !isAllowed(usual, args));
}

/** At and beside every value that is compared, and with every bit of a mask turned. */
function argumentsToTry(conditions: readonly Condition[]): bigint[][] | undefined {
	let all: bigint[][] = [[0n, 0n, 0n, 0n, 0n, 0n]];
	for (const index of new Set(conditions.map((each) => each.index))) {
		const values = [...new Set(conditions.filter((each) => each.index === index).flatMap(valuesAround))];
		if (all.length * values.length > mostTried) {
			return undefined;
		}
		all = all.flatMap((args) => values.map((value) => args.with(index, value)));
	}
	return all;
}

function valuesAround({ value, mask }: Condition): bigint[] {
	const bits = mask === undefined ? [] : Array.from({ length: 64 }, (_, at) => 1n << BigInt(at)).filter((bit) => (mask & bit) !== 0n);
	return [0n, value - 1n, value, value + 1n, ...bits.map((bit) => value ^ bit), ~0n].map((each) => BigInt.asUintN(64, each));
}

function isAllowed({ alternatives, otherwise }: Decision, args: readonly bigint[]): boolean {
	const first = alternatives.find(({ conditions }) => conditions.every((each) => holds(each, args[each.index] ?? 0n)));
	return isPermissive(first?.action ?? otherwise);
}

function holds({ operator, value, mask = 0n, width = 64 }: Condition, argument: bigint): boolean {
	const seen = BigInt.asUintN(width, argument);
	switch (operator) {
		case "==":
			return seen === value;
		case "!=":
			return seen !== value;
		case "<":
			return seen < value;
		case "<=":
			return seen <= value;
		case ">":
			return seen > value;
		case ">=":
			return seen >= value;
		case "masked ==":
			return (seen & mask) === value;
	}
}
