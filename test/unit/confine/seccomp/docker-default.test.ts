import { describe, expect, it } from "vitest";
import { auditArch, callNames, callNumber, isCallName } from "../../../../src/confine/seccomp/calls.ts";
import { dockerDefault, dockerDefaultVersion, hardenings } from "../../../../src/confine/seccomp/docker-default.ts";
import { verdict } from "../../../../src/confine/seccomp/interpret.ts";
import { filterOf } from "../../../harness/seccomp/bpf.ts";
import { capabilitySets, casesOf, randomOf } from "../../../harness/seccomp/cases.ts";
import { mayDiffer } from "../../../harness/seccomp/docker-changes.ts";
import { answers, type Circumstances, evaluated, isHardened, told } from "../../../harness/seccomp/evaluate.ts";
import { ours, programOf } from "../../../harness/seccomp/ours.ts";
import { readReference } from "../../../harness/seccomp/reference.ts";
import { runs } from "../../harness/runs.ts";

const machines = ["x86_64", "aarch64"] as const;
/** Before and after the one that a rule is about, and others. */
const kernels = [
	[6, 18],
	[4, 7],
	[4, 8],
	[3, 10],
	[5, 10],
] as const;

describe("docker-default", () => {
	const reference = readReference();

	it.skipIf(reference === undefined).each([
		["built in", {}],
		// What is allowed anyhow changes nothing, but that the program is not the one which was made beforehand.
		["compiled at the start", { allow: ["read"] }],
	])(
		"%s says what Docker's profile of the day says, but for the hardening",
		async (how, changes) => {
			const todays = reference?.todays ?? { defaultAction: "", syscalls: [] };
			const found: string[] = [];
			const tried = { cases: 0, hardened: 0 };
			for (const [index, capabilities] of capabilitySets.entries()) {
				for (const machine of machines) {
					const circumstances: Circumstances = { machine, capabilities, kernel: kernels[index % kernels.length] ?? kernels[0] };
					const program = await programOf(circumstances, changes);
					const [theirs, own] = [evaluated(todays, circumstances), filterOf(Buffer.from(program, "hex"))];
					for (const call of casesOf(machine, runs(4200), randomOf(index * 2 + machines.indexOf(machine)))) {
						tried.cases++;
						const unhardened = theirs(call);
						const hardened = unhardened === answers.allow && isHardened(call);
						tried.hardened += hardened ? 1 : 0;
						const expected = hardened ? answers.eperm : unhardened;
						const answer = own(call);
						if (answer !== expected || (tried.cases % 16 === 0 && verdict(program, call) !== answer)) {
							found.push(`${told(call)}: ${answer.toString(16)} instead of ${expected.toString(16)} with ${capabilities.join()}`);
						}
					}
				}
			}
			console.log(`tried: ${tried.cases} calls of docker-default, ${how}, against Docker's profile, ${tried.hardened} of them hardened`);
			expect(found.slice(0, 20)).toEqual([]);
			expect(tried.cases).toBeGreaterThanOrEqual(200_000);
			expect(tried.hardened).toBeGreaterThan(400);
		},
		3_600_000,
	);

	it("names calls of its machines alone", () => {
		const known = new Set(machines.flatMap(() => (["x86_64", "x86", "x32", "aarch64", "arm"] as const).flatMap((abi) => callNames(abi))));
		const names = dockerDefault.rules.flatMap((rule) => rule.names);
		expect(names.filter((name) => !known.has(name))).toEqual([]);
		expect(dockerDefault.rules.filter((rule) => new Set(rule.names).size < rule.names.length)).toEqual([]);
	});

	it("only adds with a capability", () => {
		const byCapability = dockerDefault.rules.filter(({ includes }) => includes.capabilities.length > 0);
		expect(byCapability.map(({ action, conditions }) => [action.kind, conditions.length])).toEqual(byCapability.map(() => ["allow", 0]));
		expect(new Set(byCapability.flatMap(({ includes }) => includes.capabilities)).size).toBe(14);
	});

	it("is of a version after which nothing changed", () => {
		const [major = 0, minor = 0, patch = 0] = dockerDefaultVersion.split(".").map(Number);
		expect([mayDiffer([major, minor, patch], "socket", 41), mayDiffer([29, 4, 1], "socket", 41)]).toEqual([false, true]);
	});

	it("is harder in calls that exist", () => {
		expect(hardenings.map(({ call }) => call)).toEqual(["socket"]);
		expect(hardenings.filter(({ call }) => !isCallName(call))).toEqual([]);
	});

	const nobody: Circumstances = { machine: "x86_64", capabilities: [], kernel: [6, 18] };
	const admin: Circumstances = { ...nobody, capabilities: ["SYS_ADMIN"] };
	const tracer: Circumstances = { ...nobody, capabilities: ["SYS_PTRACE"] };
	const newUser = 0x10000000n;
	it.each([
		["an unknown number", nobody, 1000, 0n, answers.enosys],
		["clone3", nobody, "clone3", 0n, answers.enosys],
		["clone for a thread", nobody, "clone", 0x3d0f00n, answers.allow],
		["clone into a user namespace", nobody, "clone", newUser, answers.eperm],
		["mount", nobody, "mount", 0n, answers.eperm],
		["kcmp", nobody, "kcmp", 0n, answers.eperm],
		["mount with SYS_ADMIN", admin, "mount", 0n, answers.allow],
		["clone3 with SYS_ADMIN", admin, "clone3", 0n, answers.allow],
		["clone into a user namespace with SYS_ADMIN", admin, "clone", newUser, answers.allow],
		["kcmp with SYS_PTRACE", tracer, "kcmp", 0n, answers.allow],
		["ptrace", nobody, "ptrace", 0n, answers.allow],
		["ptrace before Linux 4.8", { ...nobody, kernel: [4, 7] }, "ptrace", 0n, answers.eperm],
		["ptrace before Linux 4.8 with SYS_PTRACE", { ...tracer, kernel: [4, 7] }, "ptrace", 0n, answers.allow],
		["a socket of the Internet", nobody, "socket", 2n, answers.allow],
		["a socket of AF_ALG", nobody, "socket", 38n, answers.eperm],
		["a socket of AF_NFC", nobody, "socket", 39n, answers.allow],
		["a socket of AF_VSOCK", nobody, "socket", 40n, answers.eperm],
		["a socket of AF_VSOCK and half an argument more", nobody, "socket", 0x100000028n, answers.eperm],
		["a socket of AF_ALG and half an argument more", nobody, "socket", 0x8000000000000026n, answers.eperm],
		["a socket of the Internet and half an argument more", nobody, "socket", 0x100000002n, answers.allow],
	] satisfies [string, Circumstances, string | number, bigint, number][])("%s", async (_, circumstances, call, first, expected) => {
		const nr = typeof call === "number" ? call : (callNumber("x86_64", call) ?? Number.NaN);
		const filter = await ours(circumstances);
		expect(filter({ arch: auditArch.x86_64, nr, args: [first, 0n, 0n, 0n, 0n, 0n] })).toBe(expected);
	});
});
