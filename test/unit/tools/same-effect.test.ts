import { describe, expect, it } from "vitest";
import { type Abi, auditArch, callNames, callNumber, isCallName } from "../../../src/confine/seccomp/calls.ts";
import { callsWithOlder, olderCalls } from "../../../src/confine/seccomp/older-calls.ts";
import { sameEffect } from "../../../src/tools/seccomp/same-effect.ts";

const abis = Object.keys(auditArch) as Abi[];
const all = [...new Set(abis.flatMap(callNames))];

describe("calls with the same effect", () => {
	it.each([
		["chmod", ["fchmod", "fchmodat", "fchmodat2"]],
		["rmdir", ["unlinkat", "io_uring_setup"]],
		["unlinkat", ["unlink", "io_uring_setup"]],
		["connect", ["sendto", "sendmsg", "sendmmsg", "io_uring_setup"]],
		["sendto", ["sendmsg", "sendmmsg", "io_uring_setup"]],
		["mount", ["move_mount"]],
		["move_mount", []],
		["keyctl", []],
		["constructor", []],
	])("as %s are %j", (name, same) => {
		expect(sameEffect(name)).toEqual(same);
	});

	it("are calls that there are, and others than the one", () => {
		const pairs = all.flatMap((name) => sameEffect(name).map((each) => [name, each] as const));
		expect(pairs.filter(([name, each]) => name === each || !isCallName(each))).toEqual([]);
		expect(pairs.length).toBeGreaterThan(150);
	});
});

describe("older calls", () => {
	it("are there wherever the newer one is", () => {
		const newer = all.filter((name) => olderCalls(name).length > 0);
		expect(callsWithOlder.filter((name) => !newer.includes(name))).toEqual([]);
		const lacking = newer.flatMap((name) =>
			abis
				.filter((abi) => callNumber(abi, name) !== undefined && olderCalls(name).every((each) => callNumber(abi, each) === undefined))
				.map((abi) => `${name} ${abi}`),
		);
		// It is made through ipc there.
		expect(lacking).toEqual(["semtimedop_time64 x86"]);
		expect(newer.length).toBeGreaterThan(callsWithOlder.length + 15);
	});
});
