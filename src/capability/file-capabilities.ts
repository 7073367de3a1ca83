import type { Reads } from "../sys/native.ts";
import { CapabilitySet } from "./set.ts";

/**
 * What a program file has as permitted capabilities, when they are marked effective: such a file cannot start when the bounding set
 * lacks one of them. security.capability, struct vfs_cap_data, little endian. capabilities(7)
 */
export function effectiveFileCapabilities(reads: Reads, fd: number): CapabilitySet | undefined {
	const value = reads.getxattr(fd, "security.capability");
	if (typeof value === "number" || value.length < 12) {
		return undefined;
	}
	const word = (offset: number) => [3, 2, 1, 0].reduce((sum, index) => sum * 256n + BigInt(byteAt(value, offset + index)), 0n as bigint);
	const isEffective = (word(0) & 1n) === 1n;
	return isEffective ? CapabilitySet.fromBits(word(4) | (value.length >= 20 ? word(12) << 32n : 0n)) : undefined;
}

/** A byte that is not UTF-8 crosses the border as U+DC80..U+DCFF. */
export function byteAt(text: string, index: number): number {
	return text.charCodeAt(index) & 0xff;
}
