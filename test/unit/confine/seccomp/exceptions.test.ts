import { describe, expect, it } from "vitest";
import { isCallName } from "../../../../src/confine/seccomp/calls.ts";
import { dockerDefault } from "../../../../src/confine/seccomp/docker-default.ts";
import { exceptions, expandNames } from "../../../../src/confine/seccomp/exceptions.ts";

describe("exceptions", () => {
	it("are told from calls, and name calls", () => {
		expect(Object.keys(exceptions).filter(isCallName)).toEqual([]);
		const calls = Object.values(exceptions).flatMap((each): readonly string[] => each.calls);
		expect(calls.filter((call) => !isCallName(call))).toEqual([]);
	});

	it("name what nobody without capabilities is allowed", () => {
		const free = dockerDefault.rules.filter(
			({ action, conditions, includes }) => action.kind === "allow" && conditions.length === 0 && includes.capabilities.length === 0,
		);
		const names = new Set(free.flatMap((rule) => rule.names));
		expect(Object.values(exceptions).flatMap((each): readonly string[] => each.calls.filter((call) => names.has(call)))).toEqual([]);
	});

	it.each([
		[[], []],
		[["numa"], ["mbind", "set_mempolicy", "get_mempolicy"]],
		[
			["mount", "bwrap", "browser", "sethostname"],
			["mount", "clone", "unshare", "umount2", "pivot_root", "chroot", "sethostname"],
		],
		[
			["toString", "__proto__"],
			["toString", "__proto__"],
		],
	])("%j stand for %j", (names, calls) => {
		expect(expandNames(names)).toEqual(calls);
	});
});
