import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dockerDefaults } from "../../../src/capability/guide.ts";
import { type CapabilityName, capabilityAt } from "../../../src/capability/names.ts";
import { everyCapability, saySecurebits, saySet, saySets } from "../../../src/capability/said.ts";
import { CapabilitySet, noCapabilities } from "../../../src/capability/set.ts";
import { runs } from "../harness/runs.ts";

const every = CapabilitySet.upTo(capabilityAt(40));
const docker = CapabilitySet.of(...dockerDefaults);
const of = (...names: readonly CapabilityName[]) => CapabilitySet.of(...names);

describe("saySet", () => {
	it.each([
		["none", CapabilitySet.empty],
		["all", every],
		["all but SYS_ADMIN, BPF", every.minus(of("SYS_ADMIN", "BPF"))],
		["Docker's default set", docker],
		["Docker's default set, and SYS_ADMIN", docker.union(of("SYS_ADMIN"))],
		["Docker's default set, and SYS_ADMIN, without NET_RAW, MKNOD", docker.union(of("SYS_ADMIN")).minus(of("NET_RAW", "MKNOD"))],
		["CHOWN, SYS_PTRACE", of("CHOWN", "SYS_PTRACE")],
	])("says %s", (said, set) => {
		expect(saySet(set, every)).toBe(said);
	});

	it("goes by what the kernel has, whether that is less or more than is known here", () => {
		const older = CapabilitySet.upTo(capabilityAt(36));
		expect(saySet(older, older)).toBe("all");
		expect(saySet(every, older)).toBe("all");
		const newer = CapabilitySet.upTo(capabilityAt(42));
		expect(saySet(every, newer)).toBe("all but cap_41, cap_42");
		expect(everyCapability({ capbsetReadAll: () => [0n, 42] })).toEqual(newer);
		expect(everyCapability({ capbsetReadAll: () => -1 })).toEqual(every);
	});

	it("never says the same of two sets", () => {
		const sets = fc.bigInt({ min: 0n, max: (1n << 41n) - 1n }).map((bits) => CapabilitySet.fromBits(bits));
		const near = fc
			.tuple(fc.constantFrom(CapabilitySet.empty, every, docker), fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 4 }))
			.map(([set, flipped]) => CapabilitySet.fromBits(flipped.reduce((bits, each) => bits ^ (1n << BigInt(each)), set.bits)));
		const any = fc.oneof(sets, near);
		fc.assert(
			fc.property(any, any, (left, right) => (saySet(left, every) === saySet(right, every)) === left.equals(right)),
			{ numRuns: runs(300) },
		);
	});
});

describe("saySets", () => {
	it("says sets that are equal once", () => {
		expect(saySets({ ...noCapabilities, bounding: docker, permitted: docker, effective: docker }, every)).toEqual([
			["bounding, permitted, effective", "Docker's default set"],
			["inheritable, ambient", "none"],
		]);
		expect(saySets(noCapabilities, every)).toEqual([["all five sets", "none"]]);
		expect(saySets({ bounding: docker, effective: of("KILL") }, every)).toEqual([
			["bounding", "Docker's default set"],
			["effective", "KILL"],
		]);
	});
});

it.each([
	["none: uid 0 gets capabilities by exec", []],
	["noroot (locked), no_setuid_fixup: uid 0 gets no capability by exec", ["noroot", "noroot_locked", "no_setuid_fixup"]],
	[
		"noroot, no_setuid_fixup (locked): uid 0 gets no capability by exec",
		["noroot", "noroot_locked", "no_setuid_fixup", "no_setuid_fixup_locked"],
	],
	["no_setuid_fixup (locked), noroot: uid 0 gets no capability by exec", ["noroot", "no_setuid_fixup", "no_setuid_fixup_locked"]],
	["keep_caps (locked off): uid 0 gets capabilities by exec", ["keep_caps_locked"]],
])("securebits: %s", (said, names) => {
	expect(saySecurebits(names)).toBe(said);
});
