import type { CapabilitySet } from "../../capability/set.ts";
import type { Abi } from "./calls.ts";
import type { Action, Condition, ProfileRule } from "./profile.ts";
import type { SeccompSetting } from "./setting.ts";
import type { KernelVersion } from "./template.ts";

/** Of a process: what its bounding set keeps, and the kernel it runs on. */
export interface Situation {
	readonly capabilities: Pick<CapabilitySet, "has">;
	readonly kernel: KernelVersion;
}

export interface Alternative {
	/** All of them hold. */
	readonly conditions: readonly Condition[];
	readonly action: Action;
}

/** What becomes of a call: what the first alternative says whose conditions hold; of none, `otherwise`. */
export interface Decision {
	readonly alternatives: readonly Alternative[];
	readonly otherwise: Action;
}

export function decided(otherwise: Action): Decision {
	return { alternatives: [], otherwise };
}

/** The kernel takes the strictest of several filters in this order. seccomp(2) */
const strictness: readonly Action["kind"][] = ["allow", "log", "errno", "trap", "kill-thread", "kill-process"];

export function isStricter(one: Action, other: Action): boolean {
	return strictness.indexOf(one.kind) > strictness.indexOf(other.kind);
}

export function actionOf(word: NonNullable<SeccompSetting["action"]>): Action {
	return word === "errno" ? { kind: "errno", value: 1 } : { kind: word === "kill" ? "kill-process" : word };
}

export function isPermissive({ kind }: Action): boolean {
	return kind === "allow" || kind === "log";
}

export function isErrno(action: Action, value: number): boolean {
	return action.kind === "errno" && action.value === value;
}

export function sameAction(one: Action, other: Action): boolean {
	return one.kind === other.kind && (one.kind !== "errno" || isErrno(other, one.value));
}

/** An argument that a rule compares twice makes it one rule for each comparison, as with runc. */
export function alternativesOf({ conditions, action }: ProfileRule, abi: Abi): Alternative[] {
	const shown = isOf32Bits[abi] ? conditions.map(lowerHalf) : conditions;
	const isTwice = new Set(shown.map(({ index }) => index)).size < shown.length;
	return isTwice ? shown.map((each) => ({ conditions: [each], action })) : [{ conditions: shown, action }];
}

export const isOf32Bits: Readonly<Record<Abi, boolean>> = { x86_64: false, x86: true, x32: true, aarch64: false, arm: true };

/**
 * A program of 64 bits that enters the kernel by `int 0x80` shows a filter whole registers, of which the kernel takes the lower halves: to
 * compare more would be to compare what does not count. libseccomp leaves the upper half out as well, of what a rule says too.
 */
function lowerHalf({ value, mask, ...condition }: Condition): Condition {
	const lower = (each: bigint): bigint => BigInt.asUintN(32, each);
	return { ...condition, value: lower(value), ...(mask === undefined ? {} : { mask: lower(mask) }), width: 32 };
}
