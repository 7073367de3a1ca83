import { describe, expect, it } from "vitest";
import { securebits as bit } from "../../../src/capability/securebits.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { toUid } from "../../../src/identity/ids.ts";
import { setsAfterUidChange } from "../../../src/identity/uid-change.ts";

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
});
