import { type Capability, capabilityAt, capabilityNames, parseCapability } from "./names.ts";
import { CapabilitySet, type CapabilitySets } from "./set.ts";

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

/** Of a word of letters, digits and underlines; `undefined` for none. */
export type Spelling = (word: string) => Capability | undefined;

/** As libcap: any case, always with `cap_`, or a number below 64, which is octal or hexadecimal when it begins so. */
export const libcapSpelling: Spelling = (word) => {
	if (/^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(word)) {
		const number = Number(/^0[0-7]+$/.test(word) ? `0o${word}` : word);
		return number > 63 ? undefined : capabilityAt(number);
	}
	return /^cap_/i.test(word) ? parseCapability(word) : undefined;
};

/** Docker's spelling besides, and `cap_41` for a number without a name. */
const anySpelling: Spelling = (word) => libcapSpelling(word) ?? parseNumbered(word) ?? parseCapability(word);

/** As libcap writes it: a number that it has no name for stands alone. */
export function libcapName(each: Capability): string {
	const name = capabilityNames[each];
	return name === undefined ? `${each}` : `cap_${name.toLowerCase()}`;
}

const flags = ["e", "p", "i"] as const;
type Flags = Readonly<Record<(typeof flags)[number], CapabilitySet>>;

interface Reading {
	readonly spelling?: Spelling;
	/** What the first clause builds on. */
	readonly from?: Pick<CapabilitySets, "effective" | "permitted" | "inheritable">;
}

/** A list, without which all are meant; one of the three forms of the first action; further ones. */
const clauseForm = /^([\w,]*)(?:=([eip]*)|(=?[+-])([eip]+))((?:[+-][eip]+)*)$/;

/** `cap_net_raw+ep`, `=ip cap_chown-i`, `all=eip`: clauses that build on each other; no clause is nothing. cap_from_text(3) */
export function parseLibcapText(
	text: string,
	all: CapabilitySet,
	reading: Reading = {},
): Required<Pick<CapabilityState, SetOfText>> | undefined {
	const { spelling = anySpelling, from } = reading;
	const { empty } = CapabilitySet;
	let sets: Flags = { e: from?.effective ?? empty, p: from?.permitted ?? empty, i: from?.inheritable ?? empty };
	for (const clause of text.match(/[^ \t\n\v\f\r]+/g) ?? []) {
		const [whole, list = "", assigned, operator = "=", first = assigned, more = ""] = clauseForm.exec(clause) ?? [];
		const isOfAll = list === "" && operator === "=" && more === "";
		const concerned = isOfAll ? all : parseList(list, all, spelling);
		if (whole === undefined || concerned === undefined) {
			return undefined;
		}
		sets = applyAction(sets, concerned, operator, first ?? "");
		for (const [, sign = "", named = ""] of more.matchAll(/([+-])([eip]+)/g)) {
			sets = applyAction(sets, concerned, sign, named);
		}
	}
	return { effective: sets.e, permitted: sets.p, inheritable: sets.i };
}

type SetOfText = "effective" | "permitted" | "inheritable";

function parseList(list: string, all: CapabilitySet | undefined, spelling: Spelling): CapabilitySet | undefined {
	let sum = CapabilitySet.empty;
	for (const word of list.split(",")) {
		const each = spelling(word);
		const set = /^all$/i.test(word) ? all : each === undefined ? undefined : CapabilitySet.from([each]);
		if (set === undefined) {
			return undefined;
		}
		sum = sum.union(set);
	}
	return sum;
}

/** An action that begins with `=` sets what it names and clears the rest. */
function applyAction(sets: Flags, concerned: CapabilitySet, operator: string, named: string): Flags {
	const raises = operator !== "-" && operator !== "=-";
	const next = flags.map((flag) => {
		const touched = operator.startsWith("=") || named.includes(flag);
		const isRaised = raises && named.includes(flag);
		return [flag, isRaised ? sets[flag].union(concerned) : touched ? sets[flag].minus(concerned) : sets[flag]];
	});
	return Object.fromEntries(next) as unknown as Flags;
}

/** `!cap_chown,^cap_net_raw,cap_kill`: `!` blocks from the bounding set, `^` is ambient and inheritable, `%` or nothing inheritable. `all` is no word of libcap's here. cap_iab(3) */
export function parseIab(
	text: string,
	all: CapabilitySet | undefined,
	spelling = anySpelling,
): Required<Omit<CapabilityState, "effective" | "permitted">> | undefined {
	let [inheritable, ambient, blocked] = [CapabilitySet.empty, CapabilitySet.empty, CapabilitySet.empty];
	const words = text.split(",");
	for (const [index, word] of words.entries()) {
		const [whole, marks = "", name = ""] = /^([!^%]*)(\w*)$/.exec(word) ?? [];
		const isNothing = name === "" && index === words.length - 1;
		const named = isNothing ? CapabilitySet.empty : parseList(name, all, spelling);
		if (whole === undefined || named === undefined) {
			return undefined;
		}
		blocked = marks.includes("!") ? blocked.union(named) : blocked;
		ambient = marks.includes("^") ? ambient.union(named) : ambient;
		inheritable = marks.includes("^") || marks.includes("%") || marks === "" ? inheritable.union(named) : inheritable;
	}
	return { inheritable, ambient, blocked };
}
