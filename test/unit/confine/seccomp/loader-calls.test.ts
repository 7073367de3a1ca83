import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { callName, callNumber } from "../../../../src/confine/seccomp/calls.ts";
import { loadSeccomp } from "../../../../src/confine/seccomp/index.ts";
import { killedFault } from "../../../../src/confine/seccomp/killed.ts";
import { plain } from "../../../../src/confine/seccomp/setting.ts";

const machines = { x86_64: "\x3e", aarch64: "\udcb7" } as const;
type Machine = keyof typeof machines;

/** A program of this machine that has one header, which names this loader; without one, none. */
function programOf(machine: Machine, loader?: string): string {
	const start = `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x03\0${machines[machine]}\0`;
	const header = `${start.padEnd(32, "\0")}\x40${"\0".repeat(21)}\x38\0\x01\0`.padEnd(64, "\0");
	const segment = `\x03${"\0".repeat(7)}\x78`.padEnd(32, "\0") + String.fromCharCode((loader ?? "").length + 1);
	return loader === undefined ? header.replace("\x01\0".padEnd(8, "\0"), "") : `${header}${segment.padEnd(56, "\0")}${loader}\0`;
}

const glibc = { x86_64: "/lib64/ld-linux-x86-64.so.2", aarch64: "/lib/ld-linux-aarch64.so.1" };
const musl = { x86_64: "/lib/ld-musl-x86_64.so.1", aarch64: "/lib/ld-musl-aarch64.so.1" };

async function faultOf(machine: Machine, head: string, names: readonly string[], defaultAction = "SCMP_ACT_ERRNO") {
	const text = JSON.stringify({ defaultAction, syscalls: [{ names, action: "SCMP_ACT_ALLOW" }] });
	const sources = { machine, release: "6.18.0", readProfile: () => text, readStored: () => undefined };
	const filter = (await loadSeccomp({ profile: { path: "/p.json" }, ...plain }, sources)).filterFor(CapabilitySet.empty);
	return killedFault(filter, head);
}

const refusedOf = (fault: Awaited<ReturnType<typeof faultOf>>) => /without (.*), which/.exec(fault?.message ?? "")?.[1]?.split(", ");

const all = ["execve", "openat", "read", "mmap", "mprotect", "arch_prctl"];

describe.each(["x86_64", "aarch64"] as const)("what the dynamic loader does not go on without, on %s", (machine) => {
	const own = machine === "x86_64" ? ["arch_prctl"] : [];

	it("is told of a program that is linked dynamically, by the names of its calls", async () => {
		expect(await faultOf(machine, programOf(machine, glibc[machine]), ["execve", "openat", "read"])).toEqual({
			message: `is linked dynamically, and "${glibc[machine]}" does not get as far as the program without ${["mmap", "mprotect", ...own].join(", ")}, which /p.json refuses`,
			remedy: [expect.stringContaining(`allow: [${["mmap", "mprotect", ...own].join(", ")}]}`)],
			isCertain: true,
		});
		for (const name of all.filter((each) => each !== "execve" && callNumber(machine, each) !== undefined)) {
			const others = all.filter((each) => each !== name);
			expect(refusedOf(await faultOf(machine, programOf(machine, glibc[machine]), others))).toEqual([name]);
		}
	});

	it("is nothing where all is allowed, and of a program without a loader", async () => {
		expect(await faultOf(machine, programOf(machine, glibc[machine]), all)).toBe(undefined);
		expect(await faultOf(machine, programOf(machine), ["execve"])).toBe(undefined);
		expect(await faultOf(machine, programOf(machine, "/lib/other.so"), ["execve"])).toBe(undefined);
	});

	it("is more where a refused call kills, and less for musl's", async () => {
		expect(refusedOf(await faultOf(machine, programOf(machine, glibc[machine]), all, "SCMP_ACT_KILL_PROCESS"))).toEqual([
			"brk",
			"set_tid_address",
		]);
		expect(refusedOf(await faultOf(machine, programOf(machine, musl[machine]), ["execve"]))).toEqual(own.length === 0 ? undefined : own);
	});
});

it("calls are numbered as the machines number them", () => {
	expect([callName("x86_64", 218), callName("aarch64", 96), callName("x86_64", 158)]).toEqual([
		"set_tid_address",
		"set_tid_address",
		"arch_prctl",
	]);
});
