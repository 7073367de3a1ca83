import { type CapabilityName, capability } from "../../capability/names.ts";
import type { CapabilitySet } from "../../capability/set.ts";
import { isAtLeast, type KernelVersion, type Template } from "./template.ts";

/** A profile made into programs: one for everybody, or one for each case that makes a difference. */
export interface Compiled {
	/** Of these it counts which are kept; none when there is one program. */
	readonly capabilities: readonly CapabilityName[];
	/** And which of these versions the kernel has reached, the oldest first. */
	readonly kernels: readonly KernelVersion[];
	readonly cases: readonly Case[];
}

export interface Case {
	readonly kept: readonly CapabilityName[];
	/** How many of `kernels` are reached. */
	readonly reached: number;
	readonly template: Template;
}

/** The program for one process. */
export function templateFor(
	{ capabilities, kernels, cases }: Compiled,
	bounding: CapabilitySet,
	kernel: KernelVersion,
): Template | undefined {
	const kept = capabilities.filter((name) => bounding.has(capability(name)));
	const reached = kernels.filter((each) => isAtLeast(kernel, each)).length;
	return cases.find((each) => each.reached === reached && each.kept.join() === kept.join())?.template;
}

/** How many subsets a set of this size has, as far as it matters here. */
export function subsetsOf(size: number): number {
	return size > 30 ? Number.POSITIVE_INFINITY : 1 << size;
}
