import { fail } from "../../report/failure.ts";
import { type Abi, callNumber } from "./calls.ts";
import { depends, isOfMachine, isThere } from "./circumstances.ts";
import {
	type Alternative,
	actionOf,
	alternativesOf,
	type Decision,
	decided,
	isErrno,
	isPermissive,
	isStricter,
	type Situation,
	sameAction,
} from "./decision.ts";
import { expandNames } from "./exceptions.ts";
import { returned } from "./instruction.ts";
import { multiplexed, subcallMask } from "./multiplexed.ts";
import { olderCalls } from "./older-calls.ts";
import { canBothHold } from "./overlap.ts";
import { placeOfRule } from "./parse.ts";
import type { Action, Profile, ProfileRule } from "./profile.ts";
import { goArchitecture } from "./profile-words.ts";
import type { SeccompSetting } from "./setting.ts";

const allow: Action = { kind: "allow" };
const EPERM = 1;
const ENOSYS = 38;
const notThere = decided({ kind: "errno", value: ENOSYS });

/** What a setting changes of a profile. */
export type Changes = Pick<SeccompSetting, "allow" | "deny" | "action">;

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
		// What is only logged is the default; what is denied is refused still.
		this.#refuses = decided(action === undefined || action === "log" ? { kind: "errno", value: EPERM } : actionOf(action));
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
				return [{ conditions, action: this.#refusal(each).otherwise }];
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

	/** Where an older call does as well, programs have to be told that there is no other: at EPERM they give up. */
	#refusal(name: string): Decision {
		return isErrno(this.#refuses.otherwise, EPERM) && olderCalls(name).length > 0 ? notThere : this.#refuses;
	}

	#decideOwn(name: string, abi: Abi, situation: Situation): Decision | undefined {
		if (this.#denied.has(name)) {
			return this.#refusal(name);
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

/** Of alternatives that say different things: more than a filter that the kernel takes can be made of. */
const mostPairs = 250_000;

interface Said {
	readonly rule: ProfileRule;
	readonly alternatives: readonly Alternative[];
}

function refuseContradictions(name: string, rules: readonly ProfileRule[], abi: Abi): void {
	const earlier = new Map<number, Said[]>();
	let pairs = 0;
	for (const rule of rules) {
		const own = { rule, alternatives: alternativesOf(rule, abi) };
		const said = returned(rule.action);
		for (const other of [...earlier].flatMap(([verdict, each]) => (verdict === said ? [] : each))) {
			pairs += own.alternatives.length * other.alternatives.length;
			if (pairs > mostPairs) {
				fail("SECCOMP_PROFILE_INVALID", `too many rules for ${name} say different things`, placeOfRule(rule));
			}
			refuseContradiction(name, own, other);
		}
		const like = earlier.get(said);
		like === undefined ? earlier.set(said, [own]) : like.push(own);
	}
}

function refuseContradiction(name: string, own: Said, other: Said): void {
	if (own.alternatives.some((one) => other.alternatives.some((each) => canBothHold(one.conditions, each.conditions)))) {
		const { where } = placeOfRule(other.rule);
		const which = where === undefined ? "an earlier rule" : `the rule at ${where}`;
		const message = `a call of ${name} can meet both this rule and ${which}, which says something else`;
		fail("SECCOMP_PROFILE_INVALID", message, placeOfRule(own.rule));
	}
}
