import { assemble, type Section, type Stretch } from "./assemble.ts";
import { type Abi, auditArch, callNumber } from "./calls.ts";
import { type Decision, decided, isOf32Bits, type Situation } from "./decision.ts";
import { multiplexed } from "./multiplexed.ts";
import type { Profile } from "./profile.ts";
import { flagBits } from "./profile-words.ts";
import { abisFor } from "./resolve.ts";
import { Ruling } from "./ruling.ts";
import type { SeccompSetting } from "./setting.ts";
import { countsOf, kindOf, summaryOf } from "./summary.ts";
import type { Key, Opening, Template } from "./template.ts";
import { nobody, type Variants, variantsOf } from "./variants.ts";

/** What is made into a program. */
export interface Source {
	readonly profile: Profile;
	readonly setting: Omit<SeccompSetting, "profile">;
	/** As uname(2) says it. */
	readonly machine: string;
	/** As messages name the profile. */
	readonly file: string;
}

/** One program for every situation; `undefined` where a capability or a kernel does something else than to allow calls. */
export function compileTemplate(source: Source): Template | undefined {
	return compile(source, nobody, variantsOf, (ruling, abi) => ruling.isLargestFixed(abi));
}

/** The program for one situation alone. */
export function compileFor(source: Source, situation: Situation): Template {
	const judge: Judge = (ruling, name, abi) => ({ base: ruling.decide(name, abi, situation), keys: [] });
	return compile(source, situation, judge, () => true) as Template;
}

type Judge = (ruling: Ruling, name: string, abi: Abi) => Variants | undefined;

function compile(
	{ profile, setting, machine, file }: Source,
	situation: Situation,
	judge: Judge,
	isSound: (ruling: Ruling, abi: Abi) => boolean,
): Template | undefined {
	const abis = abisFor(profile, setting, machine);
	const ruling = new Ruling(profile, setting, abis[0] as Abi);
	const known = { narrow: new Map<string, Variants | undefined>(), wide: new Map<string, Variants | undefined>() };
	const openings = new Openings();
	const parts: Part[] = [];
	const kinds: string[] = [];
	for (const abi of abis) {
		if (!isSound(ruling, abi)) {
			return undefined;
		}
		const decisions: Stretch[] = [];
		for (const name of ruling.namesIn(abi)) {
			const number = callNumber(abi, name);
			if (number === undefined) {
				continue;
			}
			// The same in all with arguments of one width, unless other calls are made through it.
			const isOwn = multiplexed(abi)[name] === undefined;
			const like = isOf32Bits[abi] ? known.narrow : known.wide;
			const variants = isOwn && like.has(name) ? like.get(name) : judge(ruling, name, abi);
			if (isOwn) {
				like.set(name, variants);
			}
			if (variants === undefined) {
				return undefined;
			}
			if (variants.base !== undefined) {
				const kind = abi === abis[0] ? kindOf(variants.base, ruling) : undefined;
				decisions.push({ from: number, decision: variants.base, mark: openings.add(name, variants.keys, kind) });
				kinds.push(...(kind === undefined ? [] : [kind]));
			}
		}
		decisions.sort((one, other) => one.from - other.from);
		parts.push({ abi, decisions, ruling, largest: ruling.largest(abi, situation) });
	}
	const { program, marks } = assemble(sections(parts), file);
	return {
		program,
		openings: openings.at(marks),
		...flagsOf(profile),
		summary: summaryOf(ruling, kinds, (parts[0] as Part).largest, setting),
	};
}

/** Calls that are allowed to some, by what opens them. */
class Openings {
	readonly #all = new Map<string, { readonly keys: readonly Key[]; readonly calls: Set<string>; readonly kinds: string[] }>();

	/** The mark of the instructions that are to be changed for it. `kind` is what it is without, where this is the machine's own ABI. */
	add(name: string, keys: readonly Key[], kind: string | undefined): string | undefined {
		if (keys.length === 0) {
			return undefined;
		}
		const mark = keys.map(({ capabilities, minKernel }) => [...capabilities, minKernel].join()).join(";");
		const known = this.#all.get(mark) ?? { keys, calls: new Set(), kinds: [] };
		this.#all.set(mark, known);
		known.calls.add(name);
		known.kinds.push(...(kind === undefined ? [] : [kind]));
		return mark;
	}

	at(marks: ReadonlyMap<string, readonly number[]>): Opening[] {
		return [...this.#all].map(([mark, { keys, calls, kinds }]) => ({
			keys,
			calls: [...calls].sort(),
			at: marks.get(mark) ?? [],
			allows: kinds.length,
			before: countsOf(kinds),
		}));
	}
}

/** One way of calling the kernel. */
interface Part {
	readonly abi: Abi;
	/** Of single numbers, in their order. */
	readonly decisions: readonly Stretch[];
	readonly ruling: Ruling;
	readonly largest: number | undefined;
}

function sections(parts: readonly Part[]): Section[] {
	const x32 = parts.find(({ abi }) => abi === "x32");
	return parts
		.filter((part) => part !== x32)
		.map((part): Section => {
			const own = stretches(part, 0);
			return {
				arch: auditArch[part.abi],
				stretches: part.abi === "x86_64" ? [...own, ...(x32 === undefined ? withoutX32(part) : withX32(part, x32))] : own,
				...(part === parts[0] ? { usual: (part.largest ?? 0) + 1 } : {}),
			};
		});
}

function stretches({ decisions, ruling, largest }: Part, first: number): Stretch[] {
	const named: Stretch = { from: first, decision: decided(ruling.otherwise) };
	const newer: Stretch = { from: Math.max(first, (largest ?? -1) + 1), decision: lastOf(ruling, largest) };
	const all: Stretch[] = [];
	let next = first;
	for (const stretch of [...decisions, undefined]) {
		if (stretch === undefined || stretch.from > next) {
			all.push(...(next < newer.from ? [{ ...named, from: next }] : []));
			all.push(...(stretch === undefined || stretch.from > newer.from ? [{ ...newer, from: Math.max(next, newer.from) }] : []));
		}
		if (stretch !== undefined) {
			all.push(stretch);
			next = stretch.from + 1;
		}
	}
	return all;
}

/** Of the numbers of x32. __X32_SYSCALL_BIT, asm/unistd.h */
const x32Bit = 0x40000000;
/** Numbers of 32 bits in which it is not set, and is set again. */
const withoutBit = 2 * x32Bit;
const withBit = 3 * x32Bit;
const lastNumber = 0xffff_ffff;

function withX32(native: Part, x32: Part): Stretch[] {
	return [
		...stretches(x32, x32Bit),
		{ from: withoutBit, decision: lastOf(native.ruling, native.largest) },
		{ from: withBit, decision: lastOf(x32.ruling, x32.largest) },
	];
}

/** Who uses it dies; but a tracer that has a call skipped writes -1 in the place of its number. seccomp(2), ptrace(2) */
function withoutX32(native: Part): Stretch[] {
	const dies = decided({ kind: "kill-thread" });
	return [
		{ from: x32Bit, decision: dies },
		{ from: withoutBit, decision: lastOf(native.ruling, native.largest) },
		{ from: withBit, decision: dies },
		{ from: lastNumber, decision: decided(native.ruling.otherwise) },
	];
}

function lastOf(ruling: Ruling, largest: number | undefined): Decision {
	return decided(largest === undefined ? ruling.otherwise : ruling.beyond);
}

/** A profile that says nothing of flags leaves a processor's speculation as it is, where the kernel can be told so. */
function flagsOf({ flags }: Profile): Pick<Template, "flags" | "optionalFlags"> {
	const bits = (flags ?? []).reduce((sum, name) => sum | (flagBits[name] ?? 0), 0);
	return { flags: bits, optionalFlags: flags === undefined ? (flagBits["SECCOMP_FILTER_FLAG_SPEC_ALLOW"] as number) : 0 };
}
