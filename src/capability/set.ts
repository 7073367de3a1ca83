import { type Capability, type CapabilityName, capability, capabilityAt, capabilityName } from "./names.ts";

/** A set of capabilities, immutable, over a bigint because JavaScript's bit operators stop at 32 bits. */
export class CapabilitySet {
	static readonly empty = new CapabilitySet(0n);

	readonly bits: bigint;

	private constructor(bits: bigint) {
		this.bits = bits;
	}

	static fromBits(bits: bigint): CapabilitySet {
		return bits === 0n ? CapabilitySet.empty : new CapabilitySet(BigInt.asUintN(64, bits));
	}

	static of(...names: readonly CapabilityName[]): CapabilitySet {
		return CapabilitySet.from(names.map(capability));
	}

	static from(capabilities: Iterable<Capability>): CapabilitySet {
		let bits = 0n;
		for (const each of capabilities) {
			bits |= 1n << BigInt(each);
		}
		return CapabilitySet.fromBits(bits);
	}

	/** Every capability up to and with the kernel's last one. */
	static upTo(last: Capability): CapabilitySet {
		return CapabilitySet.fromBits((1n << BigInt(last + 1)) - 1n);
	}

	get isEmpty(): boolean {
		return this.bits === 0n;
	}

	has(each: Capability): boolean {
		return ((this.bits >> BigInt(each)) & 1n) === 1n;
	}

	union(other: CapabilitySet): CapabilitySet {
		return CapabilitySet.fromBits(this.bits | other.bits);
	}

	intersection(other: CapabilitySet): CapabilitySet {
		return CapabilitySet.fromBits(this.bits & other.bits);
	}

	minus(other: CapabilitySet): CapabilitySet {
		return CapabilitySet.fromBits(this.bits & ~other.bits);
	}

	includes(other: CapabilitySet): boolean {
		return (other.bits & ~this.bits) === 0n;
	}

	equals(other: CapabilitySet): boolean {
		return this.bits === other.bits;
	}

	/** In the kernel's order. */
	list(): Capability[] {
		const found: Capability[] = [];
		// In two halves of 32: a step with a bigint costs as much as twenty with a number.
		for (const half of [0, 32]) {
			for (let index = half, rest = Number(BigInt.asUintN(32, this.bits >> BigInt(half))); rest !== 0; index++, rest >>>= 1) {
				if ((rest & 1) === 1) {
					found.push(capabilityAt(index));
				}
			}
		}
		return found;
	}

	names(): string[] {
		return this.list().map(capabilityName);
	}

	/** 16 hexadecimal digits as in /proc/PID/status, proc(5). */
	hex(): string {
		return this.bits.toString(16).padStart(16, "0");
	}

	/** `NET_RAW,SYS_ADMIN` or `none`. */
	toString(): string {
		return this.isEmpty ? "none" : this.names().join(",");
	}

	toJSON(): string[] {
		return this.names();
	}
}

/** The five sets of a process, which travel as one value. capabilities(7) */
export interface CapabilitySets {
	readonly bounding: CapabilitySet;
	readonly permitted: CapabilitySet;
	readonly effective: CapabilitySet;
	readonly inheritable: CapabilitySet;
	readonly ambient: CapabilitySet;
}

export type SetName = keyof CapabilitySets;

export const setNames = [
	"bounding",
	"permitted",
	"effective",
	"inheritable",
	"ambient",
] as const satisfies readonly (keyof CapabilitySets)[];

export const noCapabilities: CapabilitySets = {
	bounding: CapabilitySet.empty,
	permitted: CapabilitySet.empty,
	effective: CapabilitySet.empty,
	inheritable: CapabilitySet.empty,
	ambient: CapabilitySet.empty,
};

/** `0x0000000000002000 = NET_RAW` */
export function maskAndNames(set: CapabilitySet): string {
	return `0x${set.hex()} = ${set}`;
}
