import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capability, capabilityAt, capabilityNames } from "../../../src/capability/names.ts";
import { CapabilitySet, noCapabilities, setNames } from "../../../src/capability/set.ts";

const bits = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const set = bits.map(CapabilitySet.fromBits);

const same = (left: CapabilitySet, right: CapabilitySet) => left.equals(right) && left.bits === right.bits;
const holds = (...laws: boolean[]) => laws.every(Boolean);

describe("the algebra of capability sets", () => {
	it("union, intersection and difference obey their laws", () => {
		fc.assert(
			fc.property(set, set, set, (a, b, c) =>
				holds(
					same(a.union(b), b.union(a)),
					same(a.intersection(b), b.intersection(a)),
					same(a.union(b.union(c)), a.union(b).union(c)),
					same(a.intersection(b.intersection(c)), a.intersection(b).intersection(c)),
					same(a.intersection(b.union(c)), a.intersection(b).union(a.intersection(c))),
					same(a.minus(b).union(a.intersection(b)), a),
					a.minus(b).intersection(b).isEmpty,
					same(a.minus(a), CapabilitySet.empty),
					same(a.union(CapabilitySet.empty), a),
				),
			),
		);
	});

	it("includes is what the elements say", () => {
		fc.assert(
			fc.property(set, set, (a, b) =>
				holds(
					a.includes(b) === b.list().every((each) => a.has(each)),
					a.union(b).includes(b),
					a.includes(a.intersection(b)),
					a.includes(b) === b.minus(a).isEmpty,
					(a.includes(b) && b.includes(a)) === a.equals(b),
				),
			),
		);
	});

	it("lists each element once, in the kernel's order", () => {
		fc.assert(
			fc.property(bits, (value) => {
				const list = CapabilitySet.fromBits(value).list();
				expect(CapabilitySet.from(list).bits).toBe(value);
				expect(list).toEqual([...new Set(list)].sort((left, right) => left - right));
				expect(list.length).toBe([...value.toString(2)].filter((digit) => digit === "1").length);
			}),
		);
	});

	it("an operation leaves its operands alone", () => {
		const a = CapabilitySet.of("CHOWN");
		a.union(CapabilitySet.of("KILL"));
		a.minus(a);
		expect(a.names()).toEqual(["CHOWN"]);
		expect(CapabilitySet.empty.isEmpty).toBe(true);
	});
});

describe("CapabilitySet", () => {
	it("has the elements it was made of, and no other, past bit 31 too", () => {
		const made = CapabilitySet.of("CHOWN", "SETFCAP", "MAC_OVERRIDE", "CHECKPOINT_RESTORE");
		expect(capabilityNames.filter((name) => made.has(capability(name)))).toEqual([
			"CHOWN",
			"SETFCAP",
			"MAC_OVERRIDE",
			"CHECKPOINT_RESTORE",
		]);
		expect(made.bits).toBe((1n << 0n) | (1n << 31n) | (1n << 32n) | (1n << 40n));
	});

	it("upTo has everything up to and with the last", () => {
		expect(CapabilitySet.upTo(capabilityAt(40)).hex()).toBe("000001ffffffffff");
		expect(CapabilitySet.upTo(capabilityAt(63)).hex()).toBe("ffffffffffffffff");
		expect(CapabilitySet.upTo(capabilityAt(0)).names()).toEqual(["CHOWN"]);
	});

	it.each([
		[0n, "0000000000000000", "none", []],
		[0x2000n, "0000000000002000", "NET_RAW", ["NET_RAW"]],
		[0x202000n, "0000000000202000", "NET_RAW,SYS_ADMIN", ["NET_RAW", "SYS_ADMIN"]],
		[1n << 42n, "0000040000000000", "cap_42", ["cap_42"]],
		[1n << 63n, "8000000000000000", "cap_63", ["cap_63"]],
	])("renders %s", (value, hex, text, json) => {
		const made = CapabilitySet.fromBits(value);
		expect([made.hex(), `${made}`, JSON.parse(JSON.stringify(made))]).toEqual([hex, text, json]);
	});

	it("rule 2.9: has Docker's default 14", () => {
		const docker =
			"AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
				" ",
			);
		expect(CapabilitySet.fromBits(0xa804_25fbn).names().sort()).toEqual(docker);
	});

	it("empty is empty in all five sets", () => {
		expect(setNames.map((name) => noCapabilities[name].bits)).toEqual([0n, 0n, 0n, 0n, 0n]);
	});
});
