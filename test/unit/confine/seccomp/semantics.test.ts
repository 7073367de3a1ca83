import { describe, expect, it } from "vitest";
import type { CapabilityName } from "../../../../src/capability/names.ts";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { type Abi, auditArch, callNumber } from "../../../../src/confine/seccomp/calls.ts";
import { compiler } from "../../../../src/confine/seccomp/compiler.ts";
import { verdict } from "../../../../src/confine/seccomp/interpret.ts";
import { plain, type SeccompSetting } from "../../../../src/confine/seccomp/setting.ts";
import { filterOf } from "../../../../src/confine/seccomp/template.ts";
import type { Failure } from "../../../../src/report/failure.ts";
import { textOf, type WrittenProfile, type WrittenRule } from "./written-profile.ts";

/** What a profile means, point by point; each is what runc and libseccomp make of it unless it is said. */

interface Given {
	readonly setting?: Partial<SeccompSetting>;
	readonly machine?: string;
	readonly bounding?: CapabilitySet;
	readonly kernel?: readonly [number, number];
}

const errors: Readonly<Record<string, number>> = { EPERM: 1, EACCES: 13, ENOSYS: 38 };
const kinds: Readonly<Record<number, string>> = {
	2147418112: "allow",
	2147221504: "log",
	196608: "trap",
	0: "kill thread",
	2147483648: "kill process",
};

/** Words for what the program makes of a call, by its name or number. */
function fate(profile: object, call: string | number, args: readonly bigint[] = [], abi: Abi = "x86_64", given: Given = {}): string {
	const { setting = {}, machine = "x86_64", bounding = CapabilitySet.empty, kernel = [6, 18] } = given;
	const template = compiler({ setting: { profile: { path: "/p.json" }, ...plain, ...setting }, text: textOf(profile), machine });
	const { program } = filterOf(template(bounding, kernel), "", bounding, kernel);
	const nr = typeof call === "number" ? call : (callNumber(abi, call) as number);
	const value = verdict(program, { arch: auditArch[abi], nr, args });
	const number = value - 0x50000;
	return kinds[value] ?? Object.keys(errors).find((name) => errors[name] === number) ?? `errno ${number}`;
}

const allow = "SCMP_ACT_ALLOW";
const refusing: WrittenProfile = { defaultAction: "SCMP_ACT_ERRNO" };
const opening: WrittenProfile = { defaultAction: allow };
const rule = (names: string, more: Partial<WrittenRule> = {}): WrittenRule => ({ names: names.split(" "), action: allow, ...more });
const eq = (index: number, value: bigint) => ({ index, value, op: "SCMP_CMP_EQ" });

function problems(profile: object | string): string[] {
	try {
		fate(typeof profile === "string" ? {} : profile, 0);
		return [];
	} catch (error) {
		return (error as Failure).diagnostics.map(({ code, where, message }) => `${code} ${where}: ${message}`);
	}
}

describe("a profile", () => {
	it("1: numbers newer than all that it names get ENOSYS, for each way of calling by itself", () => {
		const all = { ...refusing, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], syscalls: [rule("read faccessat2")] };
		const largest = callNumber("x86_64", "faccessat2") as number;
		expect([largest - 1, largest, largest + 1, 0x3fffffff].map((nr) => fate(all, nr))).toEqual(["EPERM", "allow", "ENOSYS", "ENOSYS"]);
		expect([largest, largest + 1].map((nr) => fate(all, nr, [], "x86"))).toEqual(["allow", "ENOSYS"]);
		expect([largest, largest + 1].map((nr) => fate(all, nr + 0x40000000, [], "x32"))).toEqual(["allow", "ENOSYS"]);
	});

	it.each([
		["SCMP_ACT_ALLOW", "allow"],
		["SCMP_ACT_LOG", "log"],
		["SCMP_ACT_KILL_PROCESS", "ENOSYS"],
		["SCMP_ACT_TRAP", "ENOSYS"],
	])("1: and with the default %s they get %s", (defaultAction, expected) => {
		expect(fate({ defaultAction, syscalls: [rule("read", { action: "SCMP_ACT_ERRNO" })] }, 4000)).toBe(expected);
	});

	it("1: a rule for somebody else names nothing, and one that says what is done anyhow does", () => {
		const third = { ...refusing, syscalls: [rule("read"), rule("clone3", { includes: { caps: ["CAP_SYS_ADMIN"] } })] };
		expect([fate(third, 300), fate(third, 300, [], "x86_64", { bounding: CapabilitySet.of("SYS_ADMIN") })]).toEqual(["ENOSYS", "EPERM"]);
		expect(fate({ ...refusing, syscalls: [rule("read"), rule("clone3", { action: "SCMP_ACT_ERRNO" })] }, 300)).toBe("EPERM");
	});

	it("2: names that no table knows are passed over, and cannot be closed", () => {
		expect(fate({ ...refusing, syscalls: [rule("read frobnicate")] }, "read")).toBe("allow");
		expect(problems({ ...opening, syscalls: [rule("frobnicate", { action: "SCMP_ACT_ERRNO" })] })).toEqual([
			'SECCOMP_PROFILE_INVALID /p.json:1:57 syscalls[0].names[0]: unknown call "frobnicate": what is not known cannot be closed',
		]);
		expect(fate({ ...opening, syscalls: [rule("frobnicate")] }, "read")).toBe("allow");
	});

	it("3: the first rule without conditions decides, wherever it stands", () => {
		const rules = [rule("prctl", { action: "SCMP_ACT_TRAP", args: [eq(0, 1n)] }), rule("prctl"), rule("prctl", { action: "SCMP_ACT_LOG" })];
		expect([0n, 1n].map((value) => fate({ ...refusing, syscalls: rules }, "prctl", [value]))).toEqual(["allow", "allow"]);
	});

	it("4: two actions for calls that meet both is a contradiction", () => {
		const says = (...args: NonNullable<WrittenRule["args"]>[]) =>
			problems({
				...refusing,
				syscalls: args.map((each, index) => rule("prctl", { args: each, action: index === 0 ? allow : "SCMP_ACT_LOG" })),
			});
		const contradiction = [
			expect.stringMatching(
				/^SECCOMP_PROFILE_INVALID \/p\.json:1:\d+ syscalls\[1\]: a call of prctl can meet both this rule and the rule at \/p\.json:1:\d+ syscalls\[0\], which says something else$/,
			),
		];
		const masked = (mask: bigint, value: bigint) => ({ index: 0, value: mask, valueTwo: value, op: "SCMP_CMP_MASKED_EQ" });
		const compared = (op: string, value: bigint) => ({ index: 0, value, op: `SCMP_CMP_${op}` });
		expect(says([eq(0, 1n)], [eq(0, 1n)])).toEqual(contradiction);
		expect(says([eq(0, 1n)], [eq(1, 1n)])).toEqual(contradiction);
		expect(says([eq(0, 1n)], [eq(0, 2n)])).toEqual([]);
		expect(says([compared("LT", 5n)], [compared("GT", 3n)])).toEqual(contradiction);
		expect(says([compared("LT", 5n)], [compared("GT", 4n)])).toEqual([]);
		expect(says([compared("LE", 5n)], [compared("GE", 5n)])).toEqual(contradiction);
		expect(says([compared("NE", 5n)], [eq(0, 5n)])).toEqual([]);
		expect(says([compared("NE", 0n)], [compared("LT", 1n)])).toEqual([]);
		expect(says([masked(0xf0n, 0x10n)], [masked(0x0fn, 0x01n)])).toEqual(contradiction);
		expect(says([masked(0xf0n, 0x10n)], [masked(0x30n, 0x20n)])).toEqual([]);
		expect(says([masked(0xf0n, 0x10n)], [compared("LT", 0x10n)])).toEqual([]);
		expect(says([masked(0xf0n, 0x10n)], [compared("LT", 0x11n)])).toEqual(contradiction);
		expect(says([masked(0x1n, 0x1n)], [compared("GT", 0xffff_ffff_ffff_fffen)])).toEqual(contradiction);
	});

	it("4: what overlaps and says the same is no contradiction, nor is what never meets because of a capability", () => {
		const same = { ...refusing, syscalls: [rule("prctl", { args: [eq(0, 1n)] }), rule("prctl", { args: [eq(1, 1n)] })] };
		expect(
			[
				[1n, 0n],
				[0n, 1n],
				[0n, 0n],
			].map((args) => fate(same, "prctl", args)),
		).toEqual(["allow", "allow", "EPERM"]);
		const split = {
			...refusing,
			syscalls: [
				rule("prctl", { args: [eq(0, 1n)], includes: { caps: ["CAP_SYS_ADMIN"] } }),
				rule("prctl", { args: [eq(0, 1n)], action: "SCMP_ACT_LOG", excludes: { caps: ["CAP_SYS_ADMIN"] } }),
			],
		};
		expect(
			[CapabilitySet.empty, CapabilitySet.of("SYS_ADMIN")].map((bounding) => fate(split, "prctl", [1n], "x86_64", { bounding })),
		).toEqual(["log", "allow"]);
	});

	it("5: an argument that one rule compares twice makes each of its comparisons enough", () => {
		const range = [{ index: 0, value: 3n, op: "SCMP_CMP_GE" }, { index: 0, value: 5n, op: "SCMP_CMP_LT" }, eq(1, 9n)];
		const fates = [
			[1n, 0n],
			[7n, 0n],
			[4n, 0n],
			[7n, 9n],
		].map((args) => fate({ ...refusing, syscalls: [rule("prctl", { args: range })] }, "prctl", args));
		expect(fates).toEqual(["allow", "allow", "allow", "allow"]);
		const two = { ...refusing, syscalls: [rule("prctl", { args: [eq(0, 3n), eq(0, 5n), eq(1, 9n)] })] };
		expect([[3n], [5n], [4n], [4n, 9n]].map((args) => fate(two, "prctl", args))).toEqual(["allow", "allow", "EPERM", "allow"]);
	});

	it("6: a rule that says what is done anyhow, errno and all, is none", () => {
		const rules = [rule("prctl", { action: "SCMP_ACT_ERRNO" }), rule("prctl", { args: [eq(0, 1n)] })];
		expect([0n, 1n].map((value) => fate({ ...refusing, syscalls: rules }, "prctl", [value]))).toEqual(["EPERM", "allow"]);
		const other = [rule("prctl", { action: "SCMP_ACT_ERRNO", errnoRet: 13 }), rule("prctl", { args: [eq(0, 1n)] })];
		expect([0n, 1n].map((value) => fate({ ...refusing, syscalls: other }, "prctl", [value]))).toEqual(["EACCES", "EACCES"]);
	});

	it("7: of MASKED_EQ the first value is the mask, and the second is masked as well", () => {
		const args = [{ index: 0, value: 0xf0n, valueTwo: 0x1fn, op: "SCMP_CMP_MASKED_EQ" }];
		const profile = { ...refusing, syscalls: [rule("prctl", { args })] };
		expect([0x10n, 0x1fn, 0xffff_ffff_ffff_ff1an, 0x20n].map((value) => fate(profile, "prctl", [value]))).toEqual([
			"allow",
			"allow",
			"allow",
			"EPERM",
		]);
	});

	it("8: an errno is 1 where none is written, and at most 4095", () => {
		const fates = [undefined, 0, 4095].map((errnoRet) =>
			fate({ ...opening, syscalls: [{ ...rule("read"), action: "SCMP_ACT_ERRNO", errnoRet }] }, "read"),
		);
		expect(fates).toEqual(["EPERM", "errno 0", "errno 4095"]);
		expect(fate({ ...refusing, defaultErrnoRet: 13 }, "read")).toBe("EACCES");
		expect(problems({ ...refusing, defaultErrnoRet: 4096 })).toEqual([
			"SECCOMP_PROFILE_INVALID /p.json:1:53 defaultErrnoRet: an errno is at most 4095",
		]);
		expect(problems({ ...opening, defaultErrnoRet: 1 })).toEqual([
			"SECCOMP_PROFILE_INVALID /p.json:1:53 defaultErrnoRet: only SCMP_ACT_ERRNO gives an errno",
		]);
	});

	it("8: Podman writes the name of an errno beside its number, or alone", () => {
		const named = {
			...refusing,
			defaultErrno: "ENOSYS",
			syscalls: [{ ...rule("read"), action: "SCMP_ACT_ERRNO", errnoRet: 13, errno: "EACCES" }],
		};
		expect([fate(named, "write"), fate(named, "read")]).toEqual(["ENOSYS", "EACCES"]);
		expect(problems({ ...refusing, defaultErrno: "ENOSYS", defaultErrnoRet: 1 })).toEqual([
			"SECCOMP_PROFILE_INVALID /p.json:1:50 defaultErrno: is 38, and defaultErrnoRet is 1",
		]);
		expect(problems({ ...refusing, defaultErrnoRet: "ENOSYS" as never })).toEqual([
			'SECCOMP_PROFILE_INVALID /p.json:1:53 defaultErrnoRet: expected a number, not "ENOSYS": a name stands in defaultErrno',
		]);
		expect(problems({ ...refusing, defaultErrno: "ENOSYSS" })).toEqual([
			'SECCOMP_PROFILE_INVALID /p.json:1:50 defaultErrno: unknown errno "ENOSYSS"; did you mean "ENOSYS"?',
		]);
	});

	it("says of a number in quotes that it is text", () => {
		const args = [{ index: 0, value: "2", op: "SCMP_CMP_EQ" }] as never;
		expect(problems({ ...refusing, syscalls: [rule("prctl", { args })] })).toEqual([
			expect.stringContaining('expected a number from 0 without a sign, a fraction or an exponent: "2" is text, as it stands in quotes'),
		]);
	});

	it("9: who calls the kernel in a way that is not listed dies, and the machine's own is always there", () => {
		const profile = (more: object) => ({ ...refusing, ...more, syscalls: [rule("read")] });
		const fates = (more: object, given: Given = {}) =>
			(["x86_64", "x86", "x32", "arm"] as const).map((abi) => fate(profile(more), "read", [], abi, given));
		expect(fates({})).toEqual(["allow", "kill thread", "kill thread", "kill thread"]);
		expect(fates({ architectures: ["SCMP_ARCH_X86"] })).toEqual(["allow", "allow", "kill thread", "kill thread"]);
		expect(fates({ architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"] })).toEqual([
			"allow",
			"kill thread",
			"allow",
			"kill thread",
		]);
		const archMap = [
			{ architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_X86"] },
			{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X32"] },
		];
		expect(fates({ archMap })).toEqual(["allow", "kill thread", "allow", "kill thread"]);
		expect(fates({ archMap }, { setting: { architectures: ["native", "x86"] } })).toEqual(["allow", "allow", "kill thread", "kill thread"]);
		expect(problems(profile({ architectures: ["amd64", "SCMP_ARCH_ARM64", "sparc"] })).map((each) => each.replace(/^.*?: /, ""))).toEqual([
			'unknown architecture "amd64"; did you mean "SCMP_ARCH_X86_64"?',
			'unknown architecture "SCMP_ARCH_ARM64"; did you mean "SCMP_ARCH_AARCH64"?',
			'unknown architecture "sparc"',
		]);
		expect(problems(profile({ archMap, architectures: ["SCMP_ARCH_X86"] }))).toEqual([
			expect.stringMatching(/archMap: architectures and archMap say the same: only one of them may be written$/),
		]);
		expect([0x40000000, 0x7fffffff, 0xc0000000, 0xfffffffe, 0xffffffff].map((nr) => fate(profile({}), nr))).toEqual([
			...Array(4).fill("kill thread"),
			"EPERM",
		]);
	});

	it("10: a rule is there with all capabilities that it includes and none that it excludes, by the words of Go, from a kernel on", () => {
		const fates = (more: Partial<WrittenRule>, ...given: Given[]) =>
			given.map((each) => fate({ ...refusing, syscalls: [rule("read", more), rule("write")] }, "read", [], "x86_64", each));
		const [none, one, both] = [{}, { bounding: CapabilitySet.of("CHOWN") }, { bounding: CapabilitySet.of("CHOWN", "FOWNER") }];
		expect(fates({ includes: { caps: ["CAP_CHOWN", "CAP_FOWNER"] } }, none, one, both)).toEqual(["EPERM", "EPERM", "allow"]);
		expect(fates({ excludes: { caps: ["CAP_CHOWN", "CAP_FOWNER"] } }, none, one, both)).toEqual(["allow", "EPERM", "EPERM"]);
		expect(fates({ includes: { arches: ["amd64"] } }, none)).toEqual(["allow"]);
		expect(fates({ includes: { arches: ["arm64", "x32"] } }, none)).toEqual(["EPERM"]);
		expect(fates({ excludes: { arches: ["amd64"] } }, none)).toEqual(["EPERM"]);
		const kernels = (
			[
				[4, 8],
				[4, 7],
				[3, 99],
				[5, 0],
				[10, 1],
			] as const
		).map((kernel) => ({ kernel }));
		expect(fates({ includes: { minKernel: "4.8" } }, ...kernels)).toEqual(["allow", "EPERM", "EPERM", "allow", "allow"]);
		const told = problems({ ...refusing, syscalls: [rule("read", { includes: { minKernel: "4.8.0" } })] });
		expect(told.map((each) => each.replace(/^.*minKernel: /, ""))).toEqual([
			'expected two numbers such as "4.8", not "4.8.0"; runtimes take no third: "4.8"',
		]);
		expect(fates({ excludes: { minKernel: "4.8" } }, ...kernels)).toEqual(["EPERM", "allow", "allow", "EPERM", "EPERM"]);
		expect(fate({ ...refusing, syscalls: [{ name: "read", action: allow }] }, "read")).toBe("allow");
		expect(problems({ ...refusing, syscalls: [{ name: "read", names: ["write"], action: allow }] })).toEqual([
			expect.stringMatching(/syscalls\[0\]\.name: name and names say the same: only one of them may be written$/),
		]);
	});

	it("11: what i386 does by socketcall and ipc is never allowed more than what it stands for", () => {
		const x86 = { architectures: ["SCMP_ARCH_X86"] };
		const through = (profile: object, call: string, ...numbers: bigint[]) =>
			numbers.map((each) => fate({ ...profile, ...x86 }, call, [each], "x86"));
		expect(through({ ...refusing, syscalls: [rule("socket"), rule("listns")] }, "socketcall", 1n, 2n, 0xffff_ffff_0000_0001n)).toEqual([
			"allow",
			"EPERM",
			"allow",
		]);
		expect(through({ ...refusing, syscalls: [rule("socket", { args: [eq(0, 1n)] }), rule("listns")] }, "socketcall", 1n)).toEqual([
			"EPERM",
		]);
		expect(
			through({ ...opening, syscalls: [rule("socket", { action: "SCMP_ACT_ERRNO", args: [eq(0, 40n)] })] }, "socketcall", 1n, 2n),
		).toEqual(["EPERM", "allow"]);
		expect(through({ ...opening, syscalls: [rule("shmget", { action: "SCMP_ACT_TRAP" })] }, "ipc", 23n, 0x1_0017n, 24n)).toEqual([
			"trap",
			"trap",
			"allow",
		]);
		expect(through({ ...refusing, syscalls: [rule("socketcall")] }, "socketcall", 1n, 2n)).toEqual(["allow", "allow"]);
		expect(
			through({ ...refusing, syscalls: [rule("socket"), rule("socketcall", { action: "SCMP_ACT_ERRNO" })] }, "socketcall", 1n),
		).toEqual(["EPERM"]);
		const denied = { ...refusing, ...x86, syscalls: [rule("socket"), rule("socketcall")] };
		expect([1n, 2n].map((each) => fate(denied, "socketcall", [each], "x86", { setting: { deny: ["socket"] } }))).toEqual([
			"EPERM",
			"allow",
		]);
	});

	it("12: clone3 of docker-default does not exist, so that programs go on with clone", () => {
		const given = (...names: CapabilityName[]): Given => ({
			setting: { profile: "docker-default" },
			bounding: CapabilitySet.of(...names),
		});
		const newUser = [0x1000_0000n];
		expect([
			fate({}, "clone3", [], "x86_64", given()),
			fate({}, "clone", newUser, "x86_64", given()),
			fate({}, "clone", [], "x86_64", given()),
		]).toEqual(["ENOSYS", "EPERM", "allow"]);
		expect(["clone3", "clone", "mount"].map((name) => fate({}, name, newUser, "x86_64", given("SYS_ADMIN")))).toEqual([
			"allow",
			"allow",
			"allow",
		]);
		expect([fate({}, "kcmp", [], "x86_64", given()), fate({}, "kcmp", [], "x86_64", given("SYS_PTRACE"))]).toEqual(["EPERM", "allow"]);
	});

	it("13: numbers of 64 bits are compared to the last digit", () => {
		const value = 2n ** 53n + 1n;
		const profile = { ...refusing, syscalls: [rule("prctl", { args: [eq(0, value)] }), rule("ioctl", { args: [eq(5, 2n ** 64n - 1n)] })] };
		expect([value - 1n, value, value + 1n].map((each) => fate(profile, "prctl", [each]))).toEqual(["EPERM", "allow", "EPERM"]);
		expect([2n ** 64n - 1n, 2n ** 64n - 2n].map((each) => fate(profile, "ioctl", [0n, 0n, 0n, 0n, 0n, each]))).toEqual(["allow", "EPERM"]);
	});

	it.each([
		[undefined, [0, 4]],
		[[], [0, 0]],
		[["SECCOMP_FILTER_FLAG_LOG"], [2, 0]],
		[
			["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
			[5, 0],
		],
	])("14: the flags %j are %j, and those that may be left out", (flags, expected) => {
		const made = compiler({ setting: { profile: { path: "/p" }, ...plain }, text: textOf({ ...refusing, flags }), machine: "x86_64" })(
			CapabilitySet.empty,
			[6, 18],
		);
		expect([made.flags, made.optionalFlags]).toEqual(expected);
	});

	it.each([
		[
			"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
			"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is for a process that answers instead of the kernel, and there is none",
		],
		[
			"SECCOMP_FILTER_FLAG_NEW_LISTENER",
			"SECCOMP_FILTER_FLAG_NEW_LISTENER is for a process that answers instead of the kernel, and there is none",
		],
		["SECCOMP_FILTER_FLAG_LOGG", 'unknown flag "SECCOMP_FILTER_FLAG_LOGG"; did you mean "SECCOMP_FILTER_FLAG_LOG"?'],
	])("14: the flag %s is refused", (flag, message) => {
		expect(problems({ ...refusing, flags: [flag] })).toEqual([`SECCOMP_PROFILE_INVALID /p.json:1:44 flags[0]: ${message}`]);
	});

	it("14: nobody answers in place of the kernel", () => {
		expect(problems({ defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/run/x" })).toEqual([
			"SECCOMP_PROFILE_INVALID /p.json:1:18 defaultAction: SCMP_ACT_NOTIFY asks another process about each call, and there is none to answer",
			"SECCOMP_PROFILE_INVALID /p.json:1:51 listenerPath: is for a process that answers instead of the kernel, and there is none",
		]);
	});

	it("16: a default that kills runs what the profile allows", () => {
		const profile = { defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [rule("execve exit_group write")] };
		expect(["execve", "write", "read"].map((name) => fate(profile, name))).toEqual(["allow", "allow", "kill process"]);
	});

	it("17: all that is wrong is told at once, with its place", () => {
		const wrong = {
			defaultAction: "SCMP_ACT_ERRON",
			sycalls: [],
			syscalls: [
				{ names: [], action: allow, args: [{ index: 6, value: 2n ** 64n, op: "SCMP_CMP_IS" }] },
				{ action: "x", includes: { caps: ["SYS_ADMIN"], arches: ["x86_64"], minKernel: "4" } },
			],
		};
		expect(problems(wrong).map((each) => each.replace(/^SECCOMP_PROFILE_INVALID \/p\.json:1:\d+ /, ""))).toEqual([
			'defaultAction: unknown action "SCMP_ACT_ERRON"; did you mean "SCMP_ACT_ERRNO"?',
			'sycalls: unknown key "sycalls"; did you mean "syscalls"?',
			"syscalls[0]: names no call",
			"syscalls[0].args[0].index: a call has six arguments, 0 to 5",
			"syscalls[0].args[0].value: more than 18446744073709551615",
			'syscalls[0].args[0].op: unknown comparison "SCMP_CMP_IS"; did you mean "SCMP_CMP_EQ"?',
			"syscalls[1]: names no call",
			'syscalls[1].action: unknown action "x"',
			'syscalls[1].includes.caps[0]: unknown capability "SYS_ADMIN"; did you mean "CAP_SYS_ADMIN"?',
			'syscalls[1].includes.arches[0]: unknown architecture "x86_64"; did you mean "amd64"?',
			'syscalls[1].includes.minKernel: expected two numbers such as "4.8", not "4"',
		]);
	});
});

describe("the setting", () => {
	const profile = { ...refusing, syscalls: [rule("read ptrace"), rule("mount bpf", { includes: { caps: ["CAP_SYS_ADMIN"] } })] };
	const fates = (given: Given, ...names: string[]) => names.map((name) => fate(profile, name, [], "x86_64", given));

	it("allows calls, by their names and those of exceptions", () => {
		expect(fates({ setting: { allow: ["mount", "numa"] } }, "mount", "mbind", "umount2")).toEqual(["allow", "allow", "EPERM"]);
	});

	it("denies calls whatever else says, also what a kept capability opens", () => {
		const bounding = CapabilitySet.of("SYS_ADMIN");
		expect(fates({ bounding, setting: { allow: ["read"], deny: ["read", "mount"] } }, "read", "mount", "bpf")).toEqual([
			"EPERM",
			"EPERM",
			"allow",
		]);
		expect(fates({ bounding, setting: { deny: ["mount"], action: "kill" } }, "mount", "write")).toEqual(["kill process", "kill process"]);
	});

	it.each([
		["errno", "EPERM"],
		["kill", "kill process"],
		["log", "log"],
		["trap", "trap"],
	] as const)("has %s in the place of the profile's default", (action, expected) => {
		expect(fates({ setting: { action } }, "write", "read")).toEqual([expected, "allow"]);
	});

	it.each([
		["clone3", "clone"],
		["faccessat2", "faccessat"],
		["fchmodat2", "fchmodat"],
		["futex_waitv", "futex"],
		["openat2", "openat"],
		["renameat2", "renameat"],
		["statx", "newfstatat"],
	])("denies %s with ENOSYS, for which alone programs take %s", (name, older) => {
		expect(fates({ setting: { deny: [name, older] } }, name, older)).toEqual(["ENOSYS", "EPERM"]);
		expect(fates({ setting: { deny: [name], action: "errno" } }, name)).toEqual(["ENOSYS"]);
		expect(fates({ setting: { deny: [name], action: "kill" } }, name)).toEqual(["kill process"]);
	});

	it("denies what stands for a call with a shorter time in the same way, and what programs do without at any errno with EPERM", () => {
		const deny = ["futex_time64", "clock_gettime64", "timerfd_settime64", "close_range", "rseq", "pidfd_open", "epoll_pwait2", "chmod"];
		expect(deny.map((name) => fate(profile, name, [], "x86", { setting: { deny, architectures: ["x86"] } }))).toEqual([
			...["ENOSYS", "ENOSYS", "ENOSYS"],
			...["EPERM", "EPERM", "EPERM", "EPERM", "EPERM"],
		]);
	});

	it("and its profile tell what is wrong with both at once", () => {
		const wrong = { ...refusing, syscalls: [rule("read", { action: "x" })] };
		let told: readonly string[] = [];
		try {
			fate(wrong, "read", [], "x86_64", { setting: { deny: ["reed"] } });
		} catch (error) {
			told = (error as Failure).diagnostics.map(({ code }) => code);
		}
		expect(told).toEqual(["CONFIG_INVALID_VALUE", "SECCOMP_PROFILE_INVALID"]);
	});

	it.each<[Partial<SeccompSetting>, ...string[]]>([
		[{ allow: ["reed"] }, 'seccomp.allow[0]: unknown call "reed"; did you mean "read"?'],
		[
			{ deny: ["chmod, fchmod"], allow: ["CAP_SYS_ADMIN", "READ"] },
			'seccomp.allow[0]: "CAP_SYS_ADMIN" is a capability, and this takes calls; capabilities.keep opens the calls that go with it',
			'seccomp.allow[1]: unknown call "READ"; did you mean "read"?',
			'seccomp.deny[0]: unknown call "chmod, fchmod"; a list has a name in each place: [chmod, fchmod]',
		],
		[
			{ allow: ["read", "chromium", "io-uring", "NUMA"], deny: ["browser", "swapcontext"] },
			'seccomp.allow[1]: unknown call "chromium"; what such programs need is called "browser"',
			'seccomp.allow[2]: unknown call "io-uring"; what such programs need is called "io_uring"',
			'seccomp.allow[3]: unknown call "NUMA"; what such programs need is called "numa"',
			'seccomp.deny[0]: unknown call "browser"; deny takes the calls themselves: clone, unshare, chroot',
			'seccomp.deny[1]: "swapcontext" is a call of other architectures than this machine\'s; take it out',
		],
		[
			{ architectures: ["x64", "SCMP_ARCH_X86", "arm64", "amd65"] },
			'seccomp.architectures[0]: unknown architecture "x64"; did you mean "x86_64"?',
			'seccomp.architectures[1]: unknown architecture "SCMP_ARCH_X86"; did you mean "x86"?',
			'seccomp.architectures[2]: unknown architecture "arm64"; did you mean "aarch64"?',
			'seccomp.architectures[3]: unknown architecture "amd65"',
		],
	])("%j is refused, each name at its place", (setting, ...expected) => {
		let told: readonly string[] = [];
		try {
			fates({ setting }, "read");
		} catch (error) {
			told = (error as Failure).diagnostics.map(
				({ code, where, message, remedy = [] }) => `${code} ${where}: ${[message, ...remedy].join("; ")}`,
			);
		}
		expect(told).toEqual(expected.map((each) => `CONFIG_INVALID_VALUE ${each}`));
	});
});
