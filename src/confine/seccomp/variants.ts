import { type CapabilityName, capability } from "../../capability/names.ts";
import { keyOf } from "./assemble.ts";
import type { Abi } from "./calls.ts";
import { depends } from "./circumstances.ts";
import { subsetsOf } from "./compiled.ts";
import { type Decision, decided, type Situation } from "./decision.ts";
import type { ProfileRule } from "./profile.ts";
import type { Ruling } from "./ruling.ts";
import { isAtLeast, type KernelVersion, type Key } from "./template.ts";

/** What becomes of a call at first, and what allows it altogether. */
export interface Variants {
	/** undefined where nothing is said about it. */
	readonly base: Decision | undefined;
	readonly keys: readonly Key[];
}

/** Keeps nothing, on the oldest kernel. */
export const nobody: Situation = { capabilities: { has: () => false }, kernel: [0, 0] };
/** Of rules and comparisons about a call, each in all situations: with more of them a profile is compiled for the one that is there. */
const mostLooks = 10_000;

/** `undefined` where a capability or a kernel does something else to a call than to allow it. */
export function variantsOf(ruling: Ruling, name: string, abi: Abi): Variants | undefined {
	const first = ruling.decide(name, abi, nobody);
	const rules = ruling.rulesAbout(name, abi);
	if (!rules.some(depends)) {
		return { base: first, keys: [] };
	}
	const { capabilities: names, kernels: versions } = mattering(rules);
	const kernels: readonly KernelVersion[] = [nobody.kernel, ...versions];
	const looks = rules.reduce((sum, { conditions }) => sum + 1 + conditions.length, 0);
	if (looks * kernels.length * subsetsOf(names.length) > mostLooks) {
		return undefined;
	}
	const undecided = decided(ruling.otherwise);
	const base = first ?? undecided;
	const keys: Key[] = [];
	// Fewer capabilities and older kernels first, so that each key is the least that opens.
	for (const capabilities of subsets(names)) {
		for (const minKernel of kernels) {
			const decision = ruling.decide(name, abi, { capabilities: holding(capabilities), kernel: minKernel }) ?? undecided;
			const isOpen = keys.some((key) => includesKey(capabilities, minKernel, key));
			if (isAllowed(decision) && !isOpen && !isAllowed(base)) {
				keys.push({ capabilities, ...(minKernel[0] + minKernel[1] === 0 ? {} : { minKernel }) });
			} else if (isOpen ? !isAllowed(decision) : keyOf(decision) !== keyOf(base)) {
				return undefined;
			}
		}
	}
	return { base: keys.length > 0 ? base : first, keys };
}

function isAllowed({ alternatives, otherwise }: Decision): boolean {
	return alternatives.length === 0 && otherwise.kind === "allow";
}

function includesKey(capabilities: readonly CapabilityName[], kernel: KernelVersion, key: Key): boolean {
	return key.capabilities.every((each) => capabilities.includes(each)) && isAtLeast(kernel, key.minKernel ?? [0, 0]);
}

function holding(names: readonly CapabilityName[]): Situation["capabilities"] {
	return { has: (each) => names.some((name) => capability(name) === each) };
}

/** The smaller ones first. */
function subsets(names: readonly CapabilityName[]): CapabilityName[][] {
	const all: CapabilityName[][] = [[]];
	for (const name of names) {
		all.push(...all.map((set) => [...set, name]));
	}
	return all.sort((one, other) => one.length - other.length);
}

/** More programs than these are not kept. */
const mostCases = 8;

/** All that can make a difference to a profile: capabilities that are kept, and versions that a kernel has reached. */
export function casesOf(rules: readonly ProfileRule[]):
	| {
			readonly capabilities: readonly CapabilityName[];
			readonly kernels: readonly KernelVersion[];
			readonly situations: readonly { readonly kept: readonly CapabilityName[]; readonly reached: number }[];
	  }
	| undefined {
	const { capabilities, kernels } = mattering(rules);
	if (subsetsOf(capabilities.length) * (kernels.length + 1) > mostCases) {
		return undefined;
	}
	const levels = [0, ...kernels.map((_, index) => index + 1)];
	return { capabilities, kernels, situations: subsets(capabilities).flatMap((kept) => levels.map((reached) => ({ kept, reached }))) };
}

/** The capabilities and, the oldest first, the versions that rules ask for. */
function mattering(rules: readonly ProfileRule[]): { readonly capabilities: CapabilityName[]; readonly kernels: KernelVersion[] } {
	const circumstances = rules.flatMap(({ includes, excludes }) => [includes, excludes]);
	const kernels = new Map(
		circumstances.flatMap(({ minKernel }): [string, KernelVersion][] =>
			minKernel === undefined ? [] : [[minKernel.join("."), minKernel]],
		),
	);
	return {
		capabilities: [...new Set(circumstances.flatMap(({ capabilities }) => capabilities))],
		kernels: [...kernels.values()].sort(([major, minor], [other, otherMinor]) => major - other || minor - otherMinor),
	};
}
