import { bytesOfText } from "../report/bytes.ts";
import type { Reads } from "../sys/native.ts";
import { CapabilitySet } from "./set.ts";

/**
 * What a program file has as permitted capabilities, when they are marked effective: such a file cannot start when the bounding set
 * lacks one of them. security.capability, struct vfs_cap_data, little endian. capabilities(7)
 */
export function effectiveFileCapabilities(reads: Reads, fd: number): CapabilitySet | undefined {
	const attribute = reads.getxattr(fd, "security.capability");
	const value = typeof attribute === "number" ? [] : bytesOfText(attribute);
	if (value.length < 12) {
		return undefined;
	}
	const word = (offset: number) => [3, 2, 1, 0].reduce((sum, index) => sum * 256n + BigInt(value[offset + index] ?? 0), 0n as bigint);
	const isEffective = (word(0) & 1n) === 1n;
	return isEffective ? CapabilitySet.fromBits(word(4) | (value.length >= 20 ? word(12) << 32n : 0n)) : undefined;
}
