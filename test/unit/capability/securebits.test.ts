import { describe, expect, it } from "vitest";
import { lockedSecurebits, securebitLocks, securebitNames, securebits } from "../../../src/capability/securebits.ts";

describe("securebits", () => {
	it("locked is noroot and no_cap_ambient_raise with their locks, nothing that a program's own drop runs into", () => {
		expect(securebitNames(lockedSecurebits)).toEqual(["noroot", "noroot_locked", "no_cap_ambient_raise", "no_cap_ambient_raise_locked"]);
	});

	it("knows the locks", () => {
		expect(securebitNames(securebitLocks)).toEqual(Object.keys(securebits).filter((name) => name.endsWith("_locked")));
	});

	it("has those of Linux 6.14 as its header has them", () => {
		expect(securebitNames(0xf00)).toEqual([
			"exec_restrict_file",
			"exec_restrict_file_locked",
			"exec_deny_interactive",
			"exec_deny_interactive_locked",
		]);
	});

	it("prints bits that are newer than the table", () => {
		expect([securebitNames(0), securebitNames(0x10), securebitNames(0x5001)]).toEqual([[], ["keep_caps"], ["noroot", "0x5000"]]);
	});
});
