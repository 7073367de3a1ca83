import { describe, expect, it } from "vitest";
import { capabilityNames } from "../../../../src/capability/names.ts";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { callsBehind, passesBehind } from "../../../../src/confine/seccomp/behind.ts";
import { auditArch, callName, callNumber } from "../../../../src/confine/seccomp/calls.ts";
import { loadSeccomp } from "../../../../src/confine/seccomp/index.ts";
import { plain } from "../../../../src/confine/seccomp/setting.ts";

const machines = ["x86_64", "aarch64"] as const;

/** By which a refusal of execve is looked into, as strace has it of such starts, and what the engine's memory may take. */
const explaining = [
	...["brk", "capget", "close", "exit_group", "faccessat2", "fgetxattr", "fstat", "fstatfs", "getcwd", "getgroups", "getresgid"],
	...["getresuid", "getrlimit", "getxattr", "lseek", "madvise", "mmap", "mremap", "munmap", "newfstatat", "openat", "openat2", "prctl"],
	...["pread64", "prlimit64", "read", "readlinkat", "statfs", "statx", "uname", "write"],
];

const profileOf = (defaultAction: string, names: readonly string[], action: string) =>
	JSON.stringify({ defaultAction, syscalls: [{ names, action }] });

async function filterOf(text: string, machine: string) {
	const sources = { machine, release: "6.18.0", readProfile: () => text, readStored: () => undefined };
	return (await loadSeccomp({ profile: { path: "/p.json" }, ...plain }, sources)).filterFor(CapabilitySet.empty);
}

describe.each(machines)("what has to go on behind a filter, on %s", (machine) => {
	const { arch, execve, write, exit_group } = callsBehind[machine];

	it("is told by this machine's own numbers", () => {
		expect({ arch, execve, write, exit_group }).toEqual({
			arch: auditArch[machine],
			execve: callNumber(machine, "execve"),
			write: callNumber(machine, "write"),
			exit_group: callNumber(machine, "exit_group"),
		});
		expect(callsBehind[machine].explaining.map((number) => callName(machine, number)).toSorted()).toEqual(explaining.toSorted());
	});

	it("is all there with docker-default, whatever is kept, as a start takes for granted", async () => {
		const sources = { machine, release: "6.18.0", readProfile: () => "", readStored: () => undefined };
		const filters = await loadSeccomp({ profile: "docker-default", ...plain }, sources);
		for (const bounding of [CapabilitySet.empty, CapabilitySet.of(...capabilityNames), CapabilitySet.of("SYS_ADMIN")]) {
			expect(passesBehind(filters.filterFor(bounding).program, machine)).toEqual({
				execve: true,
				write: true,
				exit_group: true,
				explaining: true,
			});
		}
	});

	it("is asked of the same program where setarch(8) lets the machine be called by the name of 32 bits", async () => {
		const called = { x86_64: "i686", aarch64: "armv8l" }[machine];
		const { program } = await filterOf(profileOf("SCMP_ACT_KILL", explaining, "SCMP_ACT_ALLOW"), called);
		expect(passesBehind(program, called)).toEqual({ ...passesBehind(program, machine), write: true, explaining: true });
	});

	it.each([
		["SCMP_ACT_ALLOW", true],
		["SCMP_ACT_LOG", true],
		["SCMP_ACT_ERRNO", false],
		["SCMP_ACT_TRAP", false],
		["SCMP_ACT_KILL_THREAD", false],
		["SCMP_ACT_KILL_PROCESS", false],
	])("is refused by anything but what lets it pass: %s", async (action, passes) => {
		const { program } = await filterOf(
			profileOf(action === "SCMP_ACT_ALLOW" ? "SCMP_ACT_KILL" : "SCMP_ACT_ALLOW", ["write"], action),
			machine,
		);
		expect(passesBehind(program, machine).write).toBe(passes);
	});

	it("is not explained where a call for that depends on what it is given", async () => {
		const readCapability = { index: 0, value: 23, op: "SCMP_CMP_EQ" };
		const rules = [
			{ names: explaining.filter((name) => name !== "prctl"), action: "SCMP_ACT_ALLOW" },
			{ names: ["prctl"], action: "SCMP_ACT_ALLOW", args: [readCapability] },
		];
		const { program } = await filterOf(JSON.stringify({ defaultAction: "SCMP_ACT_KILL", syscalls: rules }), machine);
		expect(passesBehind(program, machine).explaining).toBe(false);
	});

	it("is explained only where all of the calls for that pass", async () => {
		for (const name of explaining.filter((each) => callNumber(machine, each) !== undefined)) {
			const { program } = await filterOf(profileOf("SCMP_ACT_ALLOW", [name], "SCMP_ACT_ERRNO"), machine);
			expect([name, passesBehind(program, machine).explaining]).toEqual([name, false]);
		}
	});
});
