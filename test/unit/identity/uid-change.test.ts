import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { securebits as bit } from "../../../src/capability/securebits.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { observeCredentials } from "../../../src/identity/credentials.ts";
import { toUid } from "../../../src/identity/ids.ts";
import { setsAfterUidChange } from "../../../src/identity/uid-change.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

const [chown, kill] = [CapabilitySet.of("CHOWN"), CapabilitySet.of("KILL")];
const both = chown.union(kill);
const full = { bounding: both, permitted: both, effective: chown, inheritable: kill, ambient: kill };
const ids = (text: string) => {
	const [real = 0, effective = 0, saved = 0] = text.split(" ").map(Number);
	return { real: toUid(real), effective: toUid(effective), saved: toUid(saved) };
};
const after = (before: string, to: string, securebits = 0) => {
	const { permitted, effective, ambient, bounding, inheritable } = setsAfterUidChange(
		{ uids: ids(before), sets: full, securebits },
		ids(to),
	);
	expect([bounding, inheritable]).toEqual([both, kill]);
	return [permitted, effective, ambient].map(String).join(" | ");
};

describe("rule 2.1: what a change of the uids makes of the sets", () => {
	it.each([
		["0 0 0", "1000 1000 1000", 0, "none | none | none"],
		["0 0 0", "1000 1000 1000", bit.keep_caps, "CHOWN,KILL | none | none"],
		["0 0 0", "1000 1000 1000", bit.no_setuid_fixup, "CHOWN,KILL | CHOWN | KILL"],
		["0 0 0", "0 1000 0", 0, "CHOWN,KILL | none | KILL"],
		["0 0 0", "1000 1000 0", 0, "CHOWN,KILL | none | KILL"],
		["1000 0 1000", "1000 1000 1000", 0, "none | none | none"],
		["0 1000 1000", "1000 1000 1000", bit.keep_caps, "CHOWN,KILL | CHOWN | none"],
		["1000 1000 1000", "1001 1001 1001", 0, "CHOWN,KILL | CHOWN | KILL"],
		["1000 1000 1000", "0 0 0", 0, "CHOWN,KILL | CHOWN,KILL | KILL"],
		["0 0 0", "0 0 0", 0, "CHOWN,KILL | CHOWN | KILL"],
	])("%s to %s with securebits %s: %s", (before, to, securebits, sets) => {
		expect(after(before, to, securebits)).toBe(sets);
	});

	it("is what the kernel makes of it, from wherever to wherever", () => {
		const id = fc.constantFrom(0, 1, 1000);
		const bits = fc.bigInt(0n, 0xffn);
		fc.assert(
			fc.property(
				fc.tuple(id, id, id),
				fc.tuple(id, id, id),
				bits,
				bits,
				fc.constantFrom(0, bit.keep_caps, bit.no_setuid_fixup),
				(from, to, permitted, some, securebits) => {
					const sets = { permitted, effective: permitted & some, inheritable: some, ambient: permitted & some, bounding: 0xffn };
					// Without SETUID the real kernel refuses; 1 << 7 stays effective.
					const effective = sets.effective | (permitted & 0x80n);
					const kernel = new FakeKernel({ process: dockerRoot({ ...sets, effective, uids: from, securebits }) });
					const before = observeCredentials(kernel.host);
					const [real, now, saved] = to;
					const expected = setsAfterUidChange(before, { real: toUid(real), effective: toUid(now), saved: toUid(saved) });
					fc.pre(kernel.host.setresuid(...to) === 0);
					expect(expected).toEqual(observeCredentials(kernel.host).sets);
				},
			),
			{ numRuns: runs(500) },
		);
	});
});
