import { type Capability, capabilityAt, parseCapability } from "./names.ts";
import { CapabilitySet } from "./set.ts";

/** What a text or mask about capabilities says; a part that it does not speak of is missing. */
export interface CapabilityState {
	readonly effective?: CapabilitySet;
	readonly permitted?: CapabilitySet;
	readonly inheritable?: CapabilitySet;
	readonly ambient?: CapabilitySet;
	/** What is blocked from the bounding set. */
	readonly blocked?: CapabilitySet;
}

/** A bare mask as in /proc/PID/status: hexadecimal, with or without 0x. */
export function parseMask(text: string): CapabilitySet | undefined {
	const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text)?.[1];
	return digits === undefined ? undefined : CapabilitySet.fromBits(BigInt(`0x${digits}`));
}

/** Names separated by commas or blanks, in Docker's spelling, `ALL`, or `cap_41` for a number without a name. */
export function parseNames(text: string, all: CapabilitySet): CapabilitySet | undefined {
	const words = text.split(/[\s,]+/).filter((word) => word !== "");
	const found = words.map((word) => (/^(?:cap_)?all$/i.test(word) ? all : single(word)));
	return words.length === 0 || found.includes(undefined) ? undefined : (found as CapabilitySet[]).reduce((sum, each) => sum.union(each));
}

function single(word: string): CapabilitySet | undefined {
	const number = parseNumbered(word) ?? parseCapability(word);
	return number === undefined ? undefined : CapabilitySet.from([number]);
}

function parseNumbered(word: string): Capability | undefined {
	const digits = /^cap_([0-9]{1,2})$/i.exec(word)?.[1];
	return digits === undefined || Number(digits) > 63 ? undefined : capabilityAt(Number(digits));
}

type Flag = "e" | "p" | "i";

/** `cap_net_raw+ep`, `=ip cap_chown-i`, `all=eip`: clauses that build on each other. cap_from_text(3) */
export function parseLibcapText(text: string, all: CapabilitySet): CapabilityState | undefined {
	const sets: Record<Flag, CapabilitySet> = { e: CapabilitySet.empty, p: CapabilitySet.empty, i: CapabilitySet.empty };
	const clauses = text.trim().split(/\s+/);
	for (const clause of clauses) {
		const [, names, actions] = /^([^=+-]*)((?:[=+-][eip]*)+)$/.exec(clause) ?? [];
		const concerned = names === "" ? all : parseNames(names ?? "", all);
		if (actions === undefined || concerned === undefined) {
			return undefined;
		}
		for (const [, operator, flags] of actions.matchAll(/([=+-])([eip]*)/g)) {
			applyAction(sets, concerned, operator ?? "", flags ?? "");
		}
	}
	return { effective: sets.e, permitted: sets.p, inheritable: sets.i };
}

function applyAction(sets: Record<Flag, CapabilitySet>, concerned: CapabilitySet, operator: string, flags: string): void {
	for (const flag of ["e", "p", "i"] as const) {
		const isNamed = flags.includes(flag);
		if (operator === "=") {
			sets[flag] = isNamed ? sets[flag].union(concerned) : sets[flag].minus(concerned);
		} else if (isNamed) {
			sets[flag] = operator === "+" ? sets[flag].union(concerned) : sets[flag].minus(concerned);
		}
	}
}

/** `!cap_chown,^cap_net_raw,cap_kill`: `!` blocks from the bounding set, `^` is ambient and inheritable, `%` or nothing inheritable. cap_iab(3) */
export function parseIab(text: string, all: CapabilitySet): CapabilityState | undefined {
	let [inheritable, ambient, blocked] = [CapabilitySet.empty, CapabilitySet.empty, CapabilitySet.empty];
	for (const word of text.split(",")) {
		const [, marks = "", name = ""] = /^([!^%]*)(\w+)$/.exec(word.trim()) ?? [];
		const named = parseNames(name, all);
		if (named === undefined) {
			return undefined;
		}
		blocked = marks.includes("!") ? blocked.union(named) : blocked;
		ambient = marks.includes("^") ? ambient.union(named) : ambient;
		inheritable = marks.includes("^") || marks.includes("%") || marks === "" ? inheritable.union(named) : inheritable;
	}
	return { inheritable, ambient, blocked };
}
