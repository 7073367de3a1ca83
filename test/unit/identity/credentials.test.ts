import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { ascending, observeCredentials, observePrivilege } from "../../../src/identity/credentials.ts";
import { toGid } from "../../../src/identity/ids.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Host } from "../../../src/sys/native.ts";
import { SyscallError } from "../../../src/sys/observe.ts";
import { FakeKernel, type FakeProcess, privilegedRoot } from "../../fake/index.ts";

const mixed: FakeProcess = {
	uids: [1, 2, 3],
	gids: [4, 5, 6],
	groups: [7, 7, 8, 44],
	bounding: 0x1ff_0000_0001n,
	permitted: 0x600n,
	effective: 0x200n,
	inheritable: 0x700n,
	ambient: 0x400n,
	securebits: 0x2f,
	noNewPrivs: true,
	keyring: -1,
	isWalled: false,
	parentDeathSignal: 9,
};

describe("observeCredentials", () => {
	it("reads every part from where it belongs", () => {
		const { host } = new FakeKernel({ process: mixed, proc: false });
		expect(observeCredentials(host)).toEqual({
			uids: { real: 1, effective: 2, saved: 3 },
			gids: { real: 4, effective: 5, saved: 6 },
			groups: [7, 8, 44],
			sets: {
				bounding: CapabilitySet.fromBits(mixed.bounding),
				permitted: CapabilitySet.fromBits(mixed.permitted),
				effective: CapabilitySet.fromBits(mixed.effective),
				inheritable: CapabilitySet.fromBits(mixed.inheritable),
				ambient: CapabilitySet.fromBits(mixed.ambient),
			},
			securebits: 0x2f,
			noNewPrivileges: true,
		});
	});
});

describe("a kernel that has not all of it", () => {
	const lacking = (overrides: Partial<Host>, process: Partial<FakeProcess> = {}) =>
		new FakeKernel({ process: { ...mixed, ...process }, proc: false, overrides }).host;

	it.each([
		["both are permitted and inheritable", {}, mixed.permitted & mixed.inheritable],
		["nothing is permitted", { permitted: 0n, effective: 0n, ambient: 0n }, 0n],
		["nothing is inheritable", { inheritable: 0n, ambient: 0n }, 0n],
	])("holds for ambient the most that can be, where the set cannot be asked for: %s", (_, process, most) => {
		const { credentials, lacks } = observePrivilege(lacking({ capAmbientReadAll: () => -errno.EINVAL }, process));
		expect([credentials.sets.ambient.bits, lacks]).toEqual([most, { ambient: true, securebits: false }]);
	});

	it("has no securebits", () => {
		const { credentials, lacks } = observePrivilege(lacking({ getSecurebits: () => -errno.EINVAL }));
		expect([credentials.securebits, lacks]).toEqual([0, { ambient: false, securebits: true }]);
	});

	it.each([errno.EPERM, errno.ENOSYS])("takes no answer of a filter for that: errno %i", (code) => {
		expect(() => observePrivilege(lacking({ capAmbientReadAll: () => -code }))).toThrow(SyscallError);
		expect(() => observePrivilege(lacking({ getSecurebits: () => -code }))).toThrow(SyscallError);
	});
});

describe("the last capability", () => {
	it.each([0, 36, 37, 40, 41, 62, 63])("rule 2.5: asks the kernel, whose last is %i", (last) => {
		expect(observePrivilege(new FakeKernel({ process: privilegedRoot(last), machine: { last } }).host).last).toBe(last);
	});
});

describe("ascending", () => {
	it("sorts by number and keeps each once", () => {
		expect(ascending([1000, 9, 44, 9, 100].map(toGid))).toEqual([9, 44, 100, 1000]);
	});
});
