import type { CapabilityName } from "../../capability/names.ts";
import { capability } from "../../capability/names.ts";
import type { CapabilitySet } from "../../capability/set.ts";
import { fail } from "../../report/failure.ts";
import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { type Abi, abisOf, callNames, callNumber } from "./calls.ts";
import { expandNames } from "./exceptions.ts";
import { multiplexed, subcallMask } from "./multiplexed.ts";
import { canBothHold } from "./overlap.ts";
import { placeOfRule } from "./parse.ts";
import type { Action, Circumstances, Condition, Profile, ProfileRule } from "./profile.ts";
import { architectures, goArchitecture } from "./profile-words.ts";
import type { SeccompSetting } from "./setting.ts";
import { isAtLeast, type KernelVersion } from "./template.ts";

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

/** A profile for one way of calling the kernel. */
export interface Resolved {
	readonly abi: Abi;
	/** By number; what is not here, up to `largest`, gets `otherwise`. */
	readonly decisions: ReadonlyMap<number, Decision>;
	readonly otherwise: Action;
	/** The largest number that the profile names; `undefined` when it names none of this ABI. */
	readonly largest: number | undefined;
	/** What becomes of the numbers above it, which are newer than the profile. */
	readonly beyond: Action;
}

const allow: Action = { kind: "allow" };
const EPERM = 1;
const ENOSYS = 38;

export function resolve(profile: Profile, setting: Changes, { abi, ...situation }: Situation & { readonly abi: Abi }): Resolved {
	const ruling = new Ruling(profile, setting, abisOf(abi).native);
	const decisions = new Map<number, Decision>();
	for (const name of ruling.namesIn(abi)) {
		const number = callNumber(abi, name);
		const decision = ruling.decide(name, abi, situation);
		if (number !== undefined && decision !== undefined) {
			decisions.set(number, decision);
		}
	}
	const largest = ruling.largest(abi, situation);
	return { abi, decisions, otherwise: ruling.otherwise, largest, beyond: largest === undefined ? ruling.otherwise : ruling.beyond };
}

export type Changes = Pick<SeccompSetting, "allow" | "deny" | "action">;

/** The ways of calling the kernel that a filter has rules for, the machine's own first; who calls it in another way dies. */
export function abisFor(profile: Profile, setting: Pick<SeccompSetting, "architectures">, machine: string): Abi[] {
	const { native, others } = abisOf(machine);
	const listed = setting.architectures === undefined ? profileAbis(profile, native) : settingAbis(setting.architectures, native);
	return [native, ...others.filter((each) => listed.includes(each))];
}

function profileAbis({ architectures: listed, archMap }: Profile, native: Abi): (Abi | undefined)[] {
	const mapped = archMap?.find(({ architecture }) => architectures[architecture] === native)?.subArchitectures;
	return (listed ?? mapped ?? []).map((word) => architectures[word]);
}

const abiWords = ["native", "x86_64", "x86", "x32", "aarch64", "arm"] as const;

function settingAbis(words: readonly string[], native: Abi): Abi[] {
	return words.map((word, index) => {
		const known = abiWords.find((each) => each === word);
		const where = `seccomp.architectures[${index}]`;
		return known === undefined
			? fail("CONFIG_INVALID_VALUE", `unknown architecture ${quoted(word)}${suggestion(word, abiWords)}`, { where })
			: known === "native"
				? native
				: known;
	});
}

/** The rules of a profile and a setting for a machine, by the calls that they are about. */
export class Ruling {
	readonly otherwise: Action;
	readonly beyond: Action;
	/** Those for this machine. */
	readonly #rules = new Map<string, ProfileRule[]>();
	readonly #allowed: ReadonlySet<string>;
	readonly #denied: ReadonlySet<string>;
	readonly #allows = decided(allow);
	readonly #refuses: Decision;
	readonly #names: readonly string[];

	constructor(profile: Profile, { allow: allowed, deny, action }: Changes, native: Abi) {
		this.#allowed = new Set(expandNames(allowed));
		this.#denied = new Set(deny);
		this.#refuses = decided(action === undefined ? { kind: "errno", value: EPERM } : actionOf(action));
		this.otherwise = action === undefined ? profile.defaultAction : actionOf(action);
		this.beyond = isPermissive(this.otherwise) || isErrno(this.otherwise, ENOSYS) ? this.otherwise : { kind: "errno", value: ENOSYS };
		const word = goArchitecture[native] ?? "";
		for (const rule of profile.rules.filter((each) => isOfMachine(each, word))) {
			for (const name of new Set(rule.names)) {
				const known = this.#rules.get(name);
				known === undefined ? this.#rules.set(name, [rule]) : known.push(rule);
			}
		}
		this.#names = [...new Set([...this.#rules.keys(), ...this.#allowed, ...this.#denied])];
	}

	/** Of all calls about which something may be said, in the order of the profile. */
	namesIn(abi: Abi): readonly string[] {
		const through = Object.keys(multiplexed(abi)).filter((name) => !this.#names.includes(name));
		return through.length === 0 ? this.#names : [...this.#names, ...through];
	}

	/** What decides about a call: rules of its own name, and of the calls that are made through it. */
	rulesAbout(name: string, abi: Abi): ProfileRule[] {
		const own = this.#rules.get(name) ?? [];
		const through = multiplexed(abi)[name];
		return through === undefined ? own : [...own, ...Object.keys(through).flatMap((each) => this.#rules.get(each) ?? [])];
	}

	/** The largest number that a rule names which is there in this situation. */
	largest(abi: Abi, situation: Situation): number | undefined {
		return this.#largestOf(abi, (rule) => isThere(rule, situation));
	}

	/** Whether that is the same in every situation. */
	isLargestFixed(abi: Abi): boolean {
		return this.#largestOf(abi, () => true) === this.#largestOf(abi, (rule) => !depends(rule));
	}

	#largestOf(abi: Abi, counts: (rule: ProfileRule) => boolean): number | undefined {
		const isNamed = (name: string): boolean =>
			this.#allowed.has(name) || this.#denied.has(name) || (this.#rules.get(name)?.some(counts) ?? false);
		let largest = -1;
		for (const name of this.namesIn(abi)) {
			const number = callNumber(abi, name) ?? -1;
			if (number > largest && (isNamed(name) || Object.keys(multiplexed(abi)[name] ?? {}).some(isNamed))) {
				largest = number;
			}
		}
		return largest < 0 ? undefined : largest;
	}

	/** `undefined` where nothing is said about it. */
	decide(name: string, abi: Abi, situation: Situation): Decision | undefined {
		const own = this.#decideOwn(name, abi, situation);
		const through = multiplexed(abi)[name];
		if (through === undefined || this.#denied.has(name)) {
			return own;
		}
		// A refusal of the setting holds whatever the profile says. What the profile says of the call itself goes before what it says of those
		// that are made through it; only what is refused is so in both ways, even where a rule for the call says what is done anyhow.
		const isNamed = (this.#rules.get(name) ?? []).some((rule) => isThere(rule, situation));
		const alternatives = Object.entries(through).flatMap(([each, subcall]): Alternative[] => {
			const conditions = [{ ...subcallMask, value: BigInt(subcall) }];
			if (this.#denied.has(each)) {
				return [{ conditions, action: this.#refuses.otherwise }];
			}
			const action = own === undefined ? this.#throughAction(this.#decideOwn(each, abi, situation)) : undefined;
			return action === undefined || (isNamed && !isStricter(action, this.otherwise)) ? [] : [{ conditions, action }];
		});
		return alternatives.length === 0
			? own
			: { alternatives: [...alternatives, ...(own?.alternatives ?? [])], otherwise: own?.otherwise ?? this.otherwise };
	}

	/** Arguments lie behind a pointer there: what depends on them is never allowed more than the profile says. */
	#throughAction(decision: Decision | undefined): Action | undefined {
		if (decision === undefined) {
			return undefined;
		}
		const strictest = [decision.otherwise, ...decision.alternatives.map(({ action }) => action)].reduce((one, other) =>
			isStricter(other, one) ? other : one,
		);
		return sameAction(strictest, this.otherwise) ? undefined : strictest;
	}

	#decideOwn(name: string, abi: Abi, situation: Situation): Decision | undefined {
		if (this.#denied.has(name)) {
			return this.#refuses;
		}
		if (this.#allowed.has(name)) {
			return this.#allows;
		}
		// A rule that says what is done anyhow is none.
		const rules = (this.#rules.get(name) ?? []).filter((rule) => !sameAction(rule.action, this.otherwise) && isThere(rule, situation));
		const unconditional = rules.find(({ conditions }) => conditions.length === 0);
		if (unconditional !== undefined) {
			return unconditional.action.kind === "allow" ? this.#allows : decided(unconditional.action);
		}
		if (rules.length === 0) {
			return undefined;
		}
		refuseContradictions(name, rules, abi);
		return { alternatives: rules.flatMap((rule) => alternativesOf(rule, abi)), otherwise: this.otherwise };
	}
}

export function decided(otherwise: Action): Decision {
	return { alternatives: [], otherwise };
}

function isOfMachine({ includes, excludes }: ProfileRule, word: string): boolean {
	return (includes.architectures.length === 0 || includes.architectures.includes(word)) && !excludes.architectures.includes(word);
}

/** Whether it is there for some processes or kernels alone. */
export function depends({ includes, excludes }: ProfileRule): boolean {
	return (
		includes.capabilities.length + excludes.capabilities.length > 0 || includes.minKernel !== undefined || excludes.minKernel !== undefined
	);
}

function isThere(rule: ProfileRule, { capabilities, kernel }: Situation): boolean {
	if (!depends(rule)) {
		return true;
	}
	const isKept = (name: CapabilityName): boolean => capabilities.has(capability(name));
	const isReached = ({ minKernel }: Circumstances): boolean => minKernel !== undefined && isAtLeast(kernel, minKernel);
	const { includes, excludes } = rule;
	return (
		includes.capabilities.every(isKept) &&
		(includes.minKernel === undefined || isReached(includes)) &&
		!excludes.capabilities.some(isKept) &&
		!isReached(excludes)
	);
}

/** The kernel takes the strictest of several filters in this order. seccomp(2) */
const strictness: readonly Action["kind"][] = ["allow", "log", "errno", "trap", "kill-thread", "kill-process"];

function isStricter(one: Action, other: Action): boolean {
	return strictness.indexOf(one.kind) > strictness.indexOf(other.kind);
}

function actionOf(word: NonNullable<SeccompSetting["action"]>): Action {
	return word === "errno" ? { kind: "errno", value: 1 } : { kind: word === "kill" ? "kill-process" : word };
}

export function isPermissive({ kind }: Action): boolean {
	return kind === "allow" || kind === "log";
}

function isErrno(action: Action, value: number): boolean {
	return action.kind === "errno" && action.value === value;
}

export function sameAction(one: Action, other: Action): boolean {
	return one.kind === other.kind && (one.kind !== "errno" || isErrno(other, one.value));
}

/** An argument that a rule compares twice makes it one rule for each comparison, as with runc. */
function alternativesOf({ conditions, action }: ProfileRule, abi: Abi): Alternative[] {
	const shown = isOf32Bits[abi] ? conditions.map(lowerHalf) : conditions;
	const isTwice = new Set(shown.map(({ index }) => index)).size < shown.length;
	return isTwice ? shown.map((each) => ({ conditions: [each], action })) : [{ conditions: shown, action }];
}

const isOf32Bits: Readonly<Record<Abi, boolean>> = { x86_64: false, x86: true, x32: true, aarch64: false, arm: true };

/**
 * A program of 64 bits that enters the kernel by `int 0x80` shows a filter whole registers, of which the kernel takes the lower halves: to
 * compare more would be to compare what does not count. libseccomp leaves the upper half out as well, of what a rule says too.
 */
function lowerHalf({ value, mask, ...condition }: Condition): Condition {
	const lower = (each: bigint): bigint => BigInt.asUintN(32, each);
	return { ...condition, value: lower(value), ...(mask === undefined ? {} : { mask: lower(mask) }), width: 32 };
}

function refuseContradictions(name: string, rules: readonly ProfileRule[], abi: Abi): void {
	const [first, ...others] = rules;
	if (first === undefined || others.every(({ action }) => sameAction(action, first.action))) {
		return;
	}
	const all = rules.map((rule) => ({ rule, alternatives: alternativesOf(rule, abi) }));
	for (const [index, later] of all.entries()) {
		const contradicted = all
			.slice(0, index)
			.find(
				(earlier) =>
					!sameAction(later.rule.action, earlier.rule.action) &&
					later.alternatives.some((one) => earlier.alternatives.some((other) => canBothHold(one.conditions, other.conditions))),
			);
		if (contradicted !== undefined) {
			const { where } = placeOfRule(contradicted.rule);
			const which = where === undefined ? "an earlier rule" : `the rule at ${where}`;
			fail(
				"SECCOMP_PROFILE_INVALID",
				`a call of ${name} can meet both this rule and ${which}, which says something else`,
				placeOfRule(later.rule),
			);
		}
	}
}

/** Fails for a name that the setting has and no architecture knows. */
export function refuseUnknownCalls({ allow, deny }: Changes, machine: string): void {
	const { native, others } = abisOf(machine);
	const known = new Set([native, ...others].flatMap(callNames));
	for (const [key, names] of Object.entries({ allow: expandNames(allow), deny })) {
		for (const name of names) {
			if (!known.has(name)) {
				fail("CONFIG_INVALID_VALUE", `unknown call ${quoted(name)}${suggestion(name, known)}`, { where: `seccomp.${key}` });
			}
		}
	}
}
