import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iabText, libcapText } from "../../../src/capability/libcap-form.ts";
import { libcapSpelling, parseIab, parseLibcapText } from "../../../src/capability/libcap-text.ts";
import { capabilityAt } from "../../../src/capability/names.ts";
import { CapabilitySet, noCapabilities } from "../../../src/capability/set.ts";
import { runs } from "../harness/runs.ts";

const last = capabilityAt(40);
const all = CapabilitySet.upTo(last);
const reading = { spelling: libcapSpelling };

describe("the text of three sets", () => {
	it.each([
		["=", "="],
		["=eip", "=eip"],
		["all=ep cap_sys_resource-ep", "=ep cap_sys_resource-ep"],
		["cap_net_raw+ep", "cap_net_raw=ep"],
		["cap_chown+i", "cap_chown=i"],
		["cap_kill=p cap_chown=eip cap_net_raw=i", "cap_chown=eip cap_net_raw+i cap_kill+p"],
		["=ip cap_kill-i cap_chown+e", "=ip cap_chown+e cap_kill-i"],
		["all=ep cap_kill=i", "=ep cap_kill+i-ep"],
	])("%s", (given, written) => {
		const read = parseLibcapText(given, all, reading);
		expect(read && libcapText(read, last)).toBe(written);
	});

	it("has a number for what this program has no name for", () => {
		const newer = capabilityAt(42);
		const sets = { ...noCapabilities, permitted: CapabilitySet.from([newer]) };
		expect(libcapText(sets, newer)).toBe("42=p");
		expect(iabText({ ...sets, bounding: all }, newer)).toBe("!41,!42");
	});

	it("is read as what it was written of", () => {
		const set = fc.bigInt({ min: 0n, max: (1n << 41n) - 1n }).map((bits) => CapabilitySet.fromBits(bits));
		fc.assert(
			fc.property(set, set, set, (effective, permitted, inheritable) => {
				const sets = { effective, permitted, inheritable };
				expect(parseLibcapText(libcapText(sets, last), all, reading)).toEqual(sets);
				const iab = { inheritable, ambient: effective.intersection(inheritable), bounding: permitted };
				const { bounding, ...rest } = iab;
				expect(parseIab(iabText(iab, last), undefined, libcapSpelling)).toEqual({ ...rest, blocked: all.minus(bounding) });
			}),
			{ numRuns: runs(500) },
		);
	});
});

describe("reading as libcap does", () => {
	it.each([
		"net_raw=p",
		"cap_41=p",
		"08+p",
		"cap_kill",
		"cap_kill+",
		"+p",
		"=+p",
		"=p-i",
		"cap_kill=+",
		"64=p",
		"cap_kill,=p",
		"cap_kill =p x",
	])("refuses %j", (text) => {
		expect(parseLibcapText(text, all, reading)).toBeUndefined();
	});

	it("builds on what there is", () => {
		const from = { ...noCapabilities, permitted: CapabilitySet.of("KILL") };
		expect(parseLibcapText("cap_chown+i", all, { ...reading, from })).toEqual({
			effective: CapabilitySet.empty,
			permitted: CapabilitySet.of("KILL"),
			inheritable: CapabilitySet.of("CHOWN"),
		});
	});
});
