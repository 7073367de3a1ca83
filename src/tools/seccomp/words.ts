import { type Alternative, type Decision, isPermissive } from "../../confine/seccomp/decision.ts";
import { multiplexed, subcallMask } from "../../confine/seccomp/multiplexed.ts";
import type { Action, Condition } from "../../confine/seccomp/profile.ts";
import { errnoName } from "../../sys/errno.ts";

function actionWords(outcome: Action): string {
	switch (outcome.kind) {
		case "allow":
			return "allowed";
		case "log":
			return "allowed, and written to the log";
		case "kill-thread":
			return "refused: the thread ends";
		case "kill-process":
			return "refused: the process ends";
		case "trap":
			return "refused with the signal SYS";
		case "errno":
			return outcome.value === 0 ? "not done, and told as done" : `refused with ${errnoName(outcome.value)}`;
	}
}

/** Whether the call is ever done. */
export function isPossible(decision: Decision): boolean {
	return actionsOf(decision).some(isPermissive);
}

/** Whether it is done whatever its arguments are. */
export function isAlways(decision: Decision): boolean {
	return actionsOf(decision).every(isPermissive);
}

function actionsOf({ alternatives, otherwise }: Decision): Action[] {
	return [otherwise, ...alternatives.map(({ action }) => action)];
}

/** `allowed where argument 0 is 0 or 8; else refused with EPERM` */
export function decisionWords(name: string, { otherwise, alternatives: all }: Decision): string {
	const parts = [...byAction(all)].map(([action, alternatives]) => `${action} where ${alternativesWords(name, alternatives)}`);
	return parts.length === 0 ? actionWords(otherwise) : `${parts.join("; ")}; else ${actionWords(otherwise)}`;
}

function byAction(all: readonly Alternative[]): Map<string, (readonly Condition[])[]> {
	const found = new Map<string, (readonly Condition[])[]>();
	for (const { conditions, action } of all) {
		const words = actionWords(action);
		found.set(words, [...(found.get(words) ?? []), conditions]);
	}
	return found;
}

/** What is compared with the same argument is said in one. */
function alternativesWords(name: string, alternatives: readonly (readonly Condition[])[]): string {
	const compared = new Map<number, string[]>();
	const others: string[] = [];
	for (const conditions of alternatives) {
		const [only, ...more] = conditions;
		if (only !== undefined && only.operator !== "masked ==" && more.length === 0) {
			compared.set(only.index, [...(compared.get(only.index) ?? []), comparisonWords(name, only)]);
		} else {
			others.push(conditions.map((each) => conditionWords(name, each)).join(" and "));
		}
	}
	return anyOf([...others, ...[...compared].map(([index, each]) => `${argumentWords(name, index)} is ${anyOf(each)}`)]);
}

const comparisons: Readonly<Record<Exclude<Condition["operator"], "masked ==">, string>> = {
	"==": "",
	"!=": "not ",
	"<": "less than ",
	"<=": "at most ",
	">": "more than ",
	">=": "at least ",
};

/** What follows `is`. */
function comparisonWords(name: string, { operator, value }: Condition): string {
	return `${operator === "masked ==" ? "" : comparisons[operator]}${valueWords(name, value)}`;
}

function conditionWords(name: string, condition: Condition): string {
	const { index, operator, value, mask = 0n } = condition;
	const argument = argumentWords(name, index);
	if (operator !== "masked ==") {
		return `${argument} is ${comparisonWords(name, condition)}`;
	}
	return value === 0n
		? `${argument} has none of ${bitWords(name, mask)}`
		: value === mask
			? `${argument} has all of ${bitWords(name, mask)}`
			: (subcallWords(name, condition) ?? `${argument} & ${bitWords(name, mask)} is ${bitWords(name, value)}`);
}

/** Of socketcall(2) and ipc(2): the call that is made through it. */
function subcallWords(name: string, { index, value, mask }: Condition): string | undefined {
	const through = Object.entries(multiplexed("x86")[name] ?? {});
	const isSubcall = index === subcallMask.index && mask === subcallMask.mask;
	const found = through.filter(([, number]) => isSubcall && BigInt(number) === value).map(([call]) => call);
	return found.length === 0 ? undefined : `it stands for ${found.join(" or ")}`;
}

/** What the manual calls them. socket(2), clone(2), unshare(2), setns(2), personality(2) */
const argumentNames: Readonly<Record<string, readonly string[]>> = {
	socket: ["the address family", "the type", "the protocol"],
	socketpair: ["the address family"],
	clone: ["the set of flags"],
	unshare: ["the set of flags"],
	setns: ["the descriptor", "the kind of namespace"],
	personality: ["the persona"],
};

function argumentWords(name: string, index: number): string {
	return argumentNames[name]?.[index] ?? `argument ${index}`;
}

/** sched.h of the kernel's interface */
const cloneFlags: ReadonlyMap<bigint, string> = new Map([
	[0x80n, "CLONE_NEWTIME"],
	[0x20000n, "CLONE_NEWNS"],
	[0x2000000n, "CLONE_NEWCGROUP"],
	[0x4000000n, "CLONE_NEWUTS"],
	[0x8000000n, "CLONE_NEWIPC"],
	[0x10000000n, "CLONE_NEWUSER"],
	[0x20000000n, "CLONE_NEWPID"],
	[0x40000000n, "CLONE_NEWNET"],
]);

/** address_families(7) */
const families: ReadonlyMap<bigint, string> = new Map([
	[1n, "AF_UNIX"],
	[2n, "AF_INET"],
	[10n, "AF_INET6"],
	[16n, "AF_NETLINK"],
	[17n, "AF_PACKET"],
	[38n, "AF_ALG"],
	[40n, "AF_VSOCK"],
]);

function bitWords(name: string, bits: bigint): string {
	const isClone = name === "clone" || name === "unshare";
	const named = isClone ? [...cloneFlags].filter(([bit]) => (bits & bit) !== 0n) : [];
	return isClone && named.reduce((sum, [bit]) => sum | bit, 0n) === bits ? named.map(([, flag]) => flag).join(", ") : hex(bits);
}

function valueWords(name: string, value: bigint): string {
	const family = name === "socket" || name === "socketpair" ? families.get(value) : undefined;
	return family === undefined ? (name === "personality" ? hex(value) : `${value}`) : `${value} (${family})`;
}

const hex = (value: bigint) => (value < 10n ? `${value}` : `0x${value.toString(16)}`);

/** `a, b or c` */
function anyOf(words: readonly string[]): string {
	return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
