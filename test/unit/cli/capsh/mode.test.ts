import { describe, expect, it } from "vitest";
import { CapabilitySet, type CapabilitySets, noCapabilities } from "../../../../src/capability/set.ts";
import { modeOf } from "../../../../src/cli/drop-ins/capsh/mode.ts";

const held = CapabilitySet.of("KILL");

describe("libcap's mode", () => {
	it.each<[string, number, Partial<CapabilitySets>]>([
		["HYBRID", 0, { permitted: held, ambient: held }],
		["UNCERTAIN", 0x2f, {}],
		["UNCERTAIN", 0x2e, {}],
		["UNCERTAIN", 0x1ef, {}],
		["UNCERTAIN", 0xef, { ambient: held }],
		["PURE1E", 0xef, { inheritable: held, bounding: held }],
		["PURE1E_INIT", 0xef, { permitted: held }],
		["PURE1E_INIT", 0xef, { bounding: held }],
		["NOPRIV", 0xef, {}],
	])("%s with securebits 0x%i", (mode, securebits, sets) => {
		expect(modeOf({ securebits, sets: { ...noCapabilities, ...sets } }, { ambient: false })).toBe(mode);
	});

	it("of a kernel without an ambient set takes only the bits that it has", () => {
		expect(modeOf({ securebits: 0x2f, sets: noCapabilities }, { ambient: true })).toBe("NOPRIV");
	});
});
