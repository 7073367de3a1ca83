import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { auditArch, callNumber } from "../../../src/confine/seccomp/calls.ts";
import { compileAll } from "../../../src/confine/seccomp/compiler.ts";
import { loadSeccomp } from "../../../src/confine/seccomp/index.ts";
import { verdict } from "../../../src/confine/seccomp/interpret.ts";
import type { SeccompSetting } from "../../../src/confine/seccomp/setting.ts";
import { writeStored } from "../../../src/confine/seccomp/stored.ts";
import { runs } from "../harness/runs.ts";

const setting: SeccompSetting = { profile: { path: "/p.json" }, allow: [], deny: [], architectures: undefined, action: undefined };
const profileOf = (errnoRet: number) =>
	`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "mkdir", "action": "SCMP_ACT_ERRNO", "errnoRet": ${errnoRet}}]}`;
const [its, other] = [profileOf(95), profileOf(28)];
const machine = "x86_64";

type Origin = Parameters<typeof writeStored>[0];
const origin: Origin = { setting, text: its, machine };

/** A program that can be told from the right one, under the name of the right one: used, it would give 28. */
const foreignProgram = compileAll({ setting, text: other, machine }) as NonNullable<ReturnType<typeof compileAll>>;
const planted = writeStored(origin, foreignProgram);

/** Errno of mkdir behind the filter that a start loads, and what it says at -v. */
async function start(stored: string | undefined, more: Partial<Origin> = {}): Promise<readonly [errno: number, notes: readonly string[]]> {
	const notes: string[] = [];
	const filters = await loadSeccomp(more.setting ?? setting, {
		machine: more.machine ?? machine,
		release: "6.1.0",
		readProfile: () => more.text ?? its,
		readStored: () => stored,
		note: (message) => notes.push(message),
	});
	const { program } = filters.filterFor(CapabilitySet.empty);
	const abi = more.machine === "aarch64" ? "aarch64" : "x86_64";
	const nr = callNumber(abi, abi === "aarch64" ? "mkdirat" : "mkdir") as number;
	return [verdict(program, { arch: auditArch[abi], nr, args: [] }) & 0xffff, notes];
}

const unused = (why: string) => [`the stored filter is not used: it ${why}`];

describe("a stored filter", () => {
	it("is used when all that it was made of is the same", async () => {
		expect([await start(undefined), await start(writeStored(origin, foreignProgram))]).toEqual([
			[95, []],
			[28, []],
		]);
	});

	it.each([
		["of another text of the profile", writeStored({ ...origin, text: other }, foreignProgram), "was made of another text of the profile"],
		[
			"of a text with one more blank",
			writeStored({ ...origin, text: `${its} ` }, foreignProgram),
			"was made of another text of the profile",
		],
		["for another machine", writeStored({ ...origin, machine: "aarch64" }, foreignProgram), "is for another machine"],
		[
			"for another setting",
			writeStored({ ...origin, setting: { ...setting, deny: ["mkdir"] } }, foreignProgram),
			"was made for another setting of seccomp",
		],
		[
			"for another profile with the same text",
			writeStored({ ...origin, setting: { ...setting, profile: { path: "/q.json" } } }, foreignProgram),
			"was made for another setting of seccomp",
		],
		["of another version", planted.replace(/"version":"[^"]*"/, '"version":"0.0.0"'), "was made by another version of this program"],
		["of another format", planted.replace('"format":2', '"format":1'), "has another format"],
		["that is something else", '{"what": "abdicate seccomp"}', "has another format"],
		["that is empty", "", "is not one, or not all of it"],
		["that is no JSON", "\u0000\ufffd{", "is not one, or not all of it"],
		["whose program has lost its end", planted.replace(/[0-9a-f]{16}"(?=,"openings")/, '"'), "holds no program that can be loaded"],
		["whose program has lost a digit", planted.replace(/"program":"[0-9a-f]/, '"program":"'), "holds no program that can be loaded"],
		["without a program", planted.replace(/"cases":\[.*\]/, '"cases":[]'), "holds no program that can be loaded"],
	])("%s is not used, and that is said", async (_, stored, why) => {
		expect(await start(stored)).toEqual([95, unused(why)]);
	});

	it("cut off at any length is not used, and that is said", async () => {
		for (let length = 0; length < planted.trimEnd().length; length++) {
			expect(await start(planted.slice(0, length))).toEqual([95, unused("is not one, or not all of it")]);
		}
	});

	it("is not used on another machine than its own", async () => {
		const [errno, notes] = await start(planted, {
			machine: "aarch64",
			text: its.replace("mkdir", "mkdirat"),
		});
		expect([errno, notes.length]).toEqual([95, 1]);
	});

	it("rule 8.3: in which anything stands for a part is not used, or is what it was", async () => {
		const whole = JSON.parse(planted) as Record<string, unknown>;
		const places = [...Object.keys(whole).map((key) => [key]), ...Object.keys(whole["compiled"] as object).map((key) => ["compiled", key])];
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...places), fc.oneof(fc.jsonValue(), fc.constant(undefined)), async ([key = "", below], value) => {
				const changed =
					below === undefined ? { ...whole, [key]: value } : { ...whole, [key]: { ...(whole[key] as object), [below]: value } };
				const [errno, notes] = await start(JSON.stringify(changed));
				expect([errno, notes.length]).toEqual(JSON.stringify(changed) === JSON.stringify(whole) ? [28, 0] : [95, 1]);
			}),
			{ numRuns: runs(200) },
		);
	});
});
