import type { Reads } from "../sys/native.ts";
import { dockerDefaults } from "./guide.ts";
import { capabilityAt, capabilityNames } from "./names.ts";
import { CapabilitySet, type CapabilitySets, type SetName, setNames } from "./set.ts";

/** Every capability that this kernel has; those that this program knows where the kernel does not say. */
export function everyCapability(reads: Pick<Reads, "capbsetReadAll">): CapabilitySet {
	const told = reads.capbsetReadAll();
	return CapabilitySet.upTo(capabilityAt(typeof told === "number" ? capabilityNames.length - 1 : told[1]));
}

const docker = CapabilitySet.of(...dockerDefaults);

/** As far from Docker's set as it is still told by that. */
const mostDifferences = 3;

/**
 * A set in the fewest words that say it exactly: `none`, `all`, `all but SYS_ADMIN, BPF`, `Docker's default set, and SYS_ADMIN, without MKNOD`, or its names.
 * `every` is what the kernel has.
 */
export function saySet(set: CapabilitySet, every: CapabilitySet): string {
	if (set.isEmpty) {
		return "none";
	}
	const [missing, more, less] = [every.minus(set), set.minus(docker), docker.minus(set)];
	if (missing.isEmpty) {
		return "all";
	}
	if (more.list().length + less.list().length <= mostDifferences) {
		return ["Docker's default set", ...labelled("and", more), ...labelled("without", less)].join(", ");
	}
	return missing.list().length < set.list().length && every.includes(set) ? `all but ${namesOf(missing)}` : namesOf(set);
}

/** The sets of a process, those that are equal under one title: `permitted, effective`. In the order of `setNames`. */
export function saySets(sets: Readonly<Partial<CapabilitySets>>, every: CapabilitySet): [title: string, said: string][] {
	const equal = new Map<bigint, SetName[]>();
	for (const name of setNames) {
		const bits = sets[name]?.bits;
		if (bits !== undefined) {
			equal.set(bits, [...(equal.get(bits) ?? []), name]);
		}
	}
	return [...equal].map(([bits, names]) => [
		names.length === setNames.length ? "all five sets" : names.join(", "),
		saySet(CapabilitySet.fromBits(bits), every),
	]);
}

function labelled(word: string, set: CapabilitySet): string[] {
	return set.isEmpty ? [] : [`${word} ${namesOf(set)}`];
}

function namesOf(set: CapabilitySet): string {
	return set.names().join(", ");
}

/** Securebits by their names, and what those of them that this program sets mean: `noroot, no_cap_ambient_raise (locked): uid 0 gets no capability by exec, none becomes ambient`. */
export function saySecurebits(names: readonly string[]): string {
	const isLocked = (name: string) => names.includes(`${name}_locked`);
	const [on, off] = [
		names.filter((name) => !name.endsWith("_locked")),
		names.filter((name) => name.endsWith("_locked") && !names.includes(name.replace(/_locked$/, ""))),
	];
	const [locked, open] = [on.filter(isLocked), on.filter((name) => !isLocked(name))];
	const told = [
		// All that stands before the word is.
		...(locked.length === 0 ? [] : [`${locked.join(", ")} (locked)`]),
		...open,
		...off.map((name) => `${name.replace(/_locked$/, "")} (locked off)`),
	].join(", ");
	const meant = `uid 0 gets ${on.includes("noroot") ? "no capability" : "capabilities"} by exec`;
	return `${told || "none"}: ${meant}${on.includes("no_cap_ambient_raise") ? ", none becomes ambient" : ""}`;
}
