import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	type Capability,
	capability,
	capabilityAt,
	capabilityName,
	capabilityNames,
	parseCapability,
} from "../../../src/capability/names.ts";

/** include/uapi/linux/capability.h, written down a second time where a shift by one would matter most. */
const fromTheHeader = {
	CHOWN: 0,
	SETGID: 6,
	SETUID: 7,
	SETPCAP: 8,
	NET_BIND_SERVICE: 10,
	NET_RAW: 13,
	SYS_ADMIN: 21,
	MKNOD: 27,
	SETFCAP: 31,
	SYSLOG: 34,
	AUDIT_READ: 37,
	CHECKPOINT_RESTORE: 40,
};

describe("capability names", () => {
	it("have the kernel's numbers", () => {
		expect(Object.fromEntries(Object.keys(fromTheHeader).map((name) => [name, parseCapability(name)]))).toEqual(fromTheHeader);
		expect(capabilityNames.length).toBe(41);
		expect(new Set(capabilityNames).size).toBe(41);
	});

	it.each(["NET_RAW", "net_raw", "CAP_NET_RAW", "cap_net_raw", "Cap_Net_Raw"])("rule 2.9: %s is NET_RAW", (text) => {
		expect(parseCapability(text)).toBe(capability("NET_RAW"));
	});

	it.each([
		"",
		"ALL",
		"CAP_",
		"NETRAW",
		"NET-RAW",
		"CAP_CAP_NET_RAW",
		" NET_RAW",
		"NET_RAW\n",
		"13",
		"cap_13",
		"cap_42",
		"SYS_ADMıN",
		"constructor",
		"__proto__",
	])("rule 2.5: %j is no name", (text) => {
		expect(parseCapability(text)).toBeUndefined();
	});

	it("survive a round trip", () => {
		for (const [index, name] of capabilityNames.entries()) {
			expect([parseCapability(name), capabilityName(capability(name))]).toEqual([index, name]);
		}
	});

	it("rule 2.5: a number newer than the table prints as such", () => {
		expect([capabilityName(capabilityAt(41)), capabilityName(capabilityAt(63))]).toEqual(["cap_41", "cap_63"]);
	});

	it("never read garbage as a capability", () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				const found: Capability | undefined = parseCapability(text);
				expect(found === undefined || text.toUpperCase().endsWith(capabilityName(found))).toBe(true);
			}),
		);
	});
});

describe("capabilityAt", () => {
	it.each([-1, 64, 0.5, Number.NaN])("refuses %d", (index) => {
		expect(() => capabilityAt(index)).toThrow(RangeError);
	});

	it("takes 0 and 63", () => {
		expect([capabilityAt(0), capabilityAt(63)]).toEqual([0, 63]);
	});
});
