import { describe, expect, it } from "vitest";
import type { Capability } from "../../../../src/capability/names.ts";
import { parseCapability } from "../../../../src/capability/names.ts";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { type Abi, callNumber } from "../../../../src/confine/seccomp/calls.ts";
import { compileFor, compileTemplate, type Source } from "../../../../src/confine/seccomp/compile.ts";
import { type Instruction, instructionAt } from "../../../../src/confine/seccomp/instruction.ts";
import { faultOf, run } from "../../../../src/confine/seccomp/interpret.ts";
import { parseProfile } from "../../../../src/confine/seccomp/parse.ts";
import { plain } from "../../../../src/confine/seccomp/setting.ts";
import { filterOf } from "../../../../src/confine/seccomp/template.ts";
import { Failure } from "../../../../src/report/failure.ts";
import { runs } from "../../harness/runs.ts";
import { directly, type Process } from "./direct.ts";
import { diceOf, randomCall, randomKept, randomProfile } from "./random-profile.ts";
import { textOf, type WrittenProfile } from "./written-profile.ts";

const abis: readonly Abi[] = ["x86_64", "x86", "x32", "aarch64", "arm"];

function numbersIn({ syscalls = [] }: WrittenProfile): number[] {
	const names = syscalls.flatMap((rule) => rule.names);
	return [0, ...abis.flatMap((abi) => [...names, "socketcall", "ipc"].flatMap((name) => callNumber(abi, name) ?? []))];
}

function decoded(program: string): Instruction[] {
	return Array.from({ length: program.length / 16 }, (_, index) => instructionAt(program, index));
}

function kept(names: readonly string[]): CapabilitySet {
	return CapabilitySet.from(names.map((name) => parseCapability(name) as Capability));
}

/** What the compiler makes of it, once for this process and once by patching; undefined where it finds a contradiction. */
function programsFor(profile: WrittenProfile, { machine, kept: names, kernel }: Process): string[] | undefined {
	const source: Source = { profile: parseProfile(textOf(profile), "p.json"), setting: plain, machine, file: "p.json" };
	try {
		const template = compileTemplate(source);
		const single = compileFor(source, { capabilities: kept(names), kernel }).program;
		return template === undefined ? [single] : [single, filterOf(template, "", kept(names), kernel).program];
	} catch (error) {
		if (error instanceof Failure && /which says something else$/.test(error.message)) {
			return undefined;
		}
		throw error;
	}
}

describe("2,000 random profiles whose rules overlap", () => {
	it("decide 250 calls each as their rules say, one after another", () => {
		const dice = diceOf(16);
		const sum = { profiles: 0, patched: 0, refused: 0, calls: 0, slowest: 0 };
		const differences: unknown[] = [];
		for (let round = 0; round < runs(2000); round++) {
			const profile = randomProfile(dice);
			const process: Process = {
				machine: dice(3) === 0 ? "aarch64" : "x86_64",
				kept: randomKept(dice),
				kernel: (
					[
						[4, 7],
						[5, 10],
						[6, 18],
					] as const
				)[dice(3)] as [number, number],
			};
			const begin = performance.now();
			const programs = programsFor(profile, process);
			sum.slowest = Math.max(sum.slowest, performance.now() - begin);
			sum.profiles++;
			if (programs === undefined) {
				sum.refused++;
				continue;
			}
			sum.patched += programs.length - 1;
			expect(programs.map(faultOf)).toEqual(programs.map(() => undefined));
			const instructions = programs.map(decoded);
			const numbers = numbersIn(profile);
			for (let index = 0; index < 250; index++) {
				const call = randomCall(dice, numbers);
				const expected = directly(profile, process, call);
				const got = instructions.map((each) => run(each, call).verdict);
				if (got.some((each) => each !== expected) && differences.length < 3) {
					differences.push({ profile, process, call, expected, got });
				}
				sum.calls++;
			}
		}
		console.log(
			`${sum.profiles} profiles, ${sum.patched} as templates too, ${sum.refused} refused; ${sum.calls} calls; slowest ${sum.slowest.toFixed(0)} ms`,
		);
		expect(differences).toEqual([]);
		expect(sum.slowest).toBeLessThan(2000);
		expect([sum.patched > sum.profiles / 4, sum.refused > 10, sum.refused < sum.profiles / 4]).toEqual([true, true, true]);
	});
});
