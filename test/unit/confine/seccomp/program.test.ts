import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { builtIn } from "../../../../src/confine/seccomp/built-in.ts";
import { type Abi, auditArch, callNames, callNumber } from "../../../../src/confine/seccomp/calls.ts";
import { compileFor } from "../../../../src/confine/seccomp/compile.ts";
import { dockerDefault } from "../../../../src/confine/seccomp/docker-default.ts";
import { code, type Instruction, written } from "../../../../src/confine/seccomp/instruction.ts";
import { faultOf, run, verdict } from "../../../../src/confine/seccomp/interpret.ts";
import { parseProfile } from "../../../../src/confine/seccomp/parse.ts";
import { resolve } from "../../../../src/confine/seccomp/resolve.ts";
import { plain } from "../../../../src/confine/seccomp/setting.ts";
import { filterOf } from "../../../../src/confine/seccomp/template.ts";
import { instructionsOf, isKnownAllowed } from "./bitmap.ts";
import { directly } from "./direct.ts";
import { textOf, type WrittenProfile, type WrittenRule } from "./written-profile.ts";

const allowed = 0x7fff0000;
const machines = { x86_64: ["x86_64", "x86", "x32"], aarch64: ["aarch64", "arm"] } as const satisfies Record<string, readonly Abi[]>;
type Machine = keyof typeof machines;

function numbers(abi: Abi): number[] {
	return callNames(abi).map((name) => callNumber(abi, name) as number);
}

function compiled(profile: WrittenProfile, machine: Machine = "x86_64"): string {
	const source = { profile: parseProfile(textOf(profile), "p.json"), setting: plain, machine, file: "p.json" };
	return compileFor(source, { capabilities: CapabilitySet.empty, kernel: [6, 18] }).program;
}

describe("docker-default", () => {
	it.each([
		["x86_64", 450],
		["aarch64", 310],
	] as const)("on %s has at most %d instructions, and an allowed call takes nine of them", (machine, most) => {
		const { program } = builtIn(machine);
		const instructions = instructionsOf(program);
		const steps = numbers(machine)
			.map((nr) => run(instructions, { arch: auditArch[machine], nr }))
			.filter((each) => each.verdict === allowed)
			.map((each) => each.steps);
		const mean = steps.reduce((sum, each) => sum + each, 0) / steps.length;
		console.log(
			`${machine}: ${instructions.length} instructions, ${steps.length} allowed calls take ${mean.toFixed(2)}, ${Math.max(...steps)} at most`,
		);
		expect(faultOf(program)).toBe(undefined);
		expect(steps.length).toBeGreaterThan(250);
		expect(instructions.length).toBeLessThanOrEqual(most);
		expect(mean).toBeLessThanOrEqual(9);
	});

	it("is for every process what it is compiled to for that one", () => {
		const sets = [[], ["SYS_ADMIN"], ["SYS_PTRACE", "BPF"], ["SYS_ADMIN", "SYS_CHROOT", "PERFMON", "SYSLOG", "DAC_READ_SEARCH"]] as const;
		const cases = (["x86_64", "aarch64"] as const).flatMap((machine) =>
			sets.flatMap((names) =>
				(
					[
						[4, 7],
						[6, 18],
					] as const
				).map((kernel) => ({ machine, bounding: CapabilitySet.of(...names), kernel })),
			),
		);
		for (const { machine, bounding, kernel } of cases) {
			const patched = instructionsOf(filterOf(builtIn(machine), "docker-default", bounding, kernel).program);
			const source = { profile: dockerDefault, setting: plain, machine, file: "docker-default" };
			const single = instructionsOf(compileFor(source, { capabilities: bounding, kernel }).program);
			const calls = machines[machine].flatMap((abi) =>
				[...numbers(abi), 2000, 0x40000000 + 2000].flatMap((nr) =>
					[0n, 40n, 0x1_0000_0028n, 0x1000_0000n, 0x2_0000n].map((argument) => ({ arch: auditArch[abi], nr, args: [argument] })),
				),
			);
			const differing = calls.filter((call) => run(patched, call).verdict !== run(single, call).verdict);
			expect(differing.slice(0, 3)).toEqual([]);
		}
	});

	it.each(["x86_64", "aarch64"] as const)("on %s lets the kernel find out which calls need no asking", (machine) => {
		const everything = CapabilitySet.fromBits((1n << 41n) - 1n);
		for (const bounding of [CapabilitySet.empty, CapabilitySet.of("SYS_ADMIN"), everything]) {
			const { program } = filterOf(builtIn(machine), "docker-default", bounding, [6, 18]);
			const instructions = instructionsOf(program);
			const wrong = machines[machine].flatMap((abi) => {
				const { decisions } = resolve(dockerDefault, plain, { abi, capabilities: bounding, kernel: [6, 18] });
				const always = [...decisions].filter(([, { alternatives, otherwise }]) => alternatives.length === 0 && otherwise.kind === "allow");
				expect(always.length).toBeGreaterThan(250);
				return always.filter(([nr]) => !isKnownAllowed(instructions, auditArch[abi], nr));
			});
			expect(wrong).toEqual([]);
		}
	});
});

describe("a profile of 2,000 rules", () => {
	const values = Array.from({ length: 2000 }, (_, index) => BigInt(index) * 0x1_0000_0003n + 7n);

	it("has long jumps, and decides as its rules say", () => {
		const names = callNames("x86_64").slice(0, 350);
		const rules = values.slice(0, 1750).map((value, index): WrittenRule => {
			const args = [{ index: (index % 350) % 6, value: value & 0xffff_ffffn, op: "SCMP_CMP_EQ" }];
			return { names: [names[index % 350] as string], action: "SCMP_ACT_ALLOW", args };
		});
		const profile: WrittenProfile = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [...rules, ...rules.slice(0, 250)] };
		const program = compiled(profile);
		const instructions = instructionsOf(program);
		expect(faultOf(program)).toBe(undefined);
		expect([instructions.length > 2000, instructions.some((each) => each.code === code.jump && each.operand > 255)]).toEqual([true, true]);
		const process = { machine: "x86_64", kept: [], kernel: [6, 18] } as const;
		const calls = rules.flatMap(({ names: [name = ""], args: [first] = [] }) =>
			[0n, 1n].map((more) => {
				const args = [0n, 0n, 0n, 0n, 0n, 0n].map((each, at) => (at === first?.index ? first.value + more : each));
				return { arch: auditArch.x86_64, nr: callNumber("x86_64", name) as number, args };
			}),
		);
		const differing = calls.filter((call) => run(instructions, call).verdict !== directly(profile, process, call));
		expect(differing.slice(0, 3)).toEqual([]);
		expect(calls.filter((call) => run(instructions, call).verdict === allowed).length).toBeGreaterThan(500);
	});

	it("of one argument each is compiled within two seconds to a search", () => {
		const syscalls = values.map(
			(value): WrittenRule => ({
				names: ["ioctl"],
				action: "SCMP_ACT_ALLOW",
				args: [{ index: 1, value: value & 0xffff_ffffn, op: "SCMP_CMP_EQ" }],
			}),
		);
		const begin = performance.now();
		const instructions = instructionsOf(compiled({ defaultAction: "SCMP_ACT_ERRNO", syscalls }));
		expect(performance.now() - begin).toBeLessThan(2000);
		const steps = [values[0], values[999], values[1999], 1n].map((value = 0n) => {
			const { verdict: got, steps: taken } = run(instructions, { arch: auditArch.x86_64, nr: 16, args: [0n, value & 0xffff_ffffn] });
			return [got, taken < 30];
		});
		expect(steps).toEqual([...Array(3).fill([allowed, true]), [0x50001, true]]);
		expect(instructions.length).toBeLessThan(4096);
	});

	it("is refused where the kernel would take no more", () => {
		const syscalls = values.map(
			(value, index): WrittenRule => ({
				names: ["ioctl"],
				action: "SCMP_ACT_ALLOW",
				args: [
					{ index: index % 6, value, op: "SCMP_CMP_GT" },
					{ index: (index + 1) % 6, value, op: "SCMP_CMP_LT" },
				],
			}),
		);
		expect(() => compiled({ defaultAction: "SCMP_ACT_ERRNO", syscalls })).toThrow(
			expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "SECCOMP_FILTER_TOO_LARGE", where: "p.json" })] }),
		);
	});
});

describe("the check of a program", () => {
	const end: Instruction = { code: code.end, whenTrue: 0, whenFalse: 0, operand: allowed };
	const of = (...all: Partial<Instruction>[]): string => all.map((each) => written({ ...end, ...each })).join("");

	it.each([
		["nothing", "", "is no list of instructions"],
		["half an instruction", "0600000000", "is no list of instructions"],
		["other letters", "06000000 000ff7f", "is no list of instructions"],
		["too many", of({}).repeat(4097), "is no list of instructions"],
		["a jump behind the end", of({ code: code.jump, operand: 1 }, {}), "instruction 0 jumps behind the end"],
		["a jump that turns around", of({ code: code.jump, operand: 0xffff_ffff }, {}), "instruction 0 jumps behind the end"],
		["a comparison behind the end", of({ code: code.equal, whenTrue: 0, whenFalse: 1 }, {}), "instruction 0 jumps behind the end"],
		["no end", of({}, { code: code.load, operand: 0 }), "instruction 1 loads what is not there"],
		["an and at the end", of({ code: code.and, operand: 1 }), "instruction 0 is the last, and does not end"],
		["a load behind the data", of({ code: code.load, operand: 64 }, {}), "instruction 0 loads what is not there"],
		["a load between two words", of({ code: code.load, operand: 2 }, {}), "instruction 0 loads what is not there"],
		["an operation that is not ours", of({ code: 0x16, operand: 0 }, {}), "instruction 0 is not one that a filter of ours has"],
		["a whole one", of({ code: code.load, operand: 60 }, {}), undefined],
	])("finds %s", (_, program, fault) => {
		expect(faultOf(program)).toBe(fault);
	});

	it("an instruction is read as it is written, and interpreted as the kernel does", () => {
		const program = of(
			{ code: code.load, operand: 20 },
			{ code: code.and, operand: 0xf000_0000 },
			{ code: code.above, operand: 0x7fff_ffff, whenTrue: 0, whenFalse: 1 },
			{ operand: 0x8000_0000 },
			{ operand: 0x0005_0001 },
		);
		const args = [0xf000_0000n, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn];
		expect(args.map((each) => verdict(program, { arch: 0, nr: 0, args: [each] }))).toEqual([0x50001, 0x8000_0000, 0x8000_0000]);
	});
});
