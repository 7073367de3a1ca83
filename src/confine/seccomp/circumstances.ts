import { type CapabilityName, capability } from "../../capability/names.ts";
import type { Situation } from "./decision.ts";
import type { Circumstances, ProfileRule } from "./profile.ts";
import { isAtLeast } from "./template.ts";

/** Of a machine in Go's word: `amd64`. */
export function isOfMachine({ includes, excludes }: ProfileRule, word: string): boolean {
	return (includes.architectures.length === 0 || includes.architectures.includes(word)) && !excludes.architectures.includes(word);
}

/** Whether it is there for some processes or kernels alone. */
export function depends({ includes, excludes }: ProfileRule): boolean {
	return (
		includes.capabilities.length + excludes.capabilities.length > 0 || includes.minKernel !== undefined || excludes.minKernel !== undefined
	);
}

export function isThere(rule: ProfileRule, { capabilities, kernel }: Situation): boolean {
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
