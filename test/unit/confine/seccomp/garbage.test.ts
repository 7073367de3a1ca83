import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { compileAll, compiler } from "../../../../src/confine/seccomp/compiler.ts";
import { faultOf, run } from "../../../../src/confine/seccomp/interpret.ts";
import { JsonFault, readJson } from "../../../../src/confine/seccomp/json.ts";
import { plain, type SeccompSetting } from "../../../../src/confine/seccomp/setting.ts";
import { readStored, writeStored } from "../../../../src/confine/seccomp/stored.ts";
import { Failure } from "../../../../src/report/failure.ts";
import { runs } from "../../harness/runs.ts";
import { diceOf, randomProfile } from "./random-profile.ts";
import { textOf } from "./written-profile.ts";

const codes = ["SECCOMP_PROFILE_SYNTAX", "SECCOMP_PROFILE_INVALID", "SECCOMP_FILTER_TOO_LARGE"];
const setting: SeccompSetting = { profile: { path: "/p.json" }, ...plain };

/** What a person or a template may leave in the place of a word. */
const word = fc.oneof(
	fc.constantFrom(
		"0",
		"-1",
		"1e3",
		"18446744073709551616",
		"99999999999999999999999999",
		"null",
		"true",
		"{}",
		"[]",
		"[[]]",
		'""',
		'"',
		"“a”",
		",",
	),
	fc.constantFrom(
		"//",
		"\\",
		'"__proto__"',
		'"constructor"',
		'"toString"',
		'"read"',
		'"SCMP_ACT_ALLOW"',
		'"SCMP_ACT_NOTIFY"',
		'"CAP_SYS_ADMIN"',
		'"4.8"',
	),
	fc.constantFrom(
		'"SCMP_CMP_MASKED_EQ"',
		'"SCMP_ARCH_X32"',
		'"\\ud800"',
		"\udc80",
		"\u0000",
		"\u2028",
		"9007199254740993",
		'{"op":"SCMP_CMP_EQ"}',
	),
	fc.string({ maxLength: 6 }),
	fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text)),
);

/** A profile in which some words stand for others. */
const profiles = fc.tuple(fc.nat(), fc.array(fc.tuple(fc.nat({ max: 400 }), word), { maxLength: 5 })).map(([seed, changes]) => {
	const parts = textOf(randomProfile(diceOf(seed))).split(/("[^"]*"|-?\d+)/);
	for (const [at, replacement] of changes) {
		parts[(2 * at + 1) % parts.length] = replacement;
	}
	return parts.join("");
});

describe("a profile of which parts were replaced", () => {
	it("rule 8.3: is compiled to a program that ends, or refused with a code and a place", () => {
		let compiled = 0;
		fc.assert(
			fc.property(profiles, (text) => {
				try {
					const { program } = compiler({ setting, text, machine: "x86_64" })(CapabilitySet.empty, [6, 18]);
					expect(faultOf(program)).toBe(undefined);
					expect(run(program, { arch: 0xc000003e, nr: 0 }).steps).toBeLessThan(4096);
					compiled++;
				} catch (error) {
					if (!(error instanceof Failure)) {
						throw error;
					}
					expect(
						error.diagnostics.filter(
							({ code, message, where }) => !codes.includes(code) || message === "" || !where?.startsWith("/p.json"),
						),
					).toEqual([]);
				}
				expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
			}),
			{ numRuns: runs(1000) },
		);
		expect(compiled).toBeGreaterThan(50);
	});

	it("rule 8.3: and any text is JSON where the engine says so, but for what is written twice or too deep", () => {
		const texts = fc.oneof(
			fc.json({ maxDepth: 6 }),
			profiles,
			fc.string(),
			fc.string({ unit: fc.constantFrom(...'[]{}:,"\\u0d8 1e-.ntfl') }),
		);
		fc.assert(
			fc.property(texts, (text) => {
				const ours = outcome(() => readJson(text));
				const theirs = outcome(() => JSON.parse(text));
				expect(ours === true || theirs === false || /twice|deeper|UTF-8/.test(String(ours))).toBe(true);
				expect(ours === true && theirs === false && !text.startsWith("\ufeff")).toBe(false);
			}),
			{ numRuns: runs(2000) },
		);
	});
});

function outcome(work: () => unknown): boolean | string {
	try {
		work();
		return true;
	} catch (error) {
		if (error instanceof JsonFault) {
			return error.message;
		}
		expect(error).toBeInstanceOf(SyntaxError);
		return false;
	}
}

describe("a profile as large as it may be", () => {
	const capabilities = ["CHOWN", "FOWNER", "KILL", "SETUID", "SETGID", "MKNOD"].map((name) => `CAP_${name}`);
	const rule = (index: number, more: object = {}) => ({
		names: ["ioctl"],
		action: "SCMP_ACT_ALLOW",
		args: [{ index: 0, value: BigInt(index), op: "SCMP_CMP_EQ" }],
		...more,
	});
	const many = (count: number, make: (index: number) => object) => Array.from({ length: count }, (_, index) => make(index));
	const greater = (index: number) => ({ index: index % 6, value: BigInt(index), op: "SCMP_CMP_GT" });

	it.each([
		[
			"rules of one call that say different things",
			many(8000, (index) => rule(index, { action: index % 2 === 0 ? "SCMP_ACT_ALLOW" : "SCMP_ACT_LOG" })),
		],
		[
			"two rules of many comparisons that say different things",
			["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"].map((action) => rule(0, { action, args: many(8000, greater) })),
		],
		["comparisons that are not put together", many(8000, (index) => rule(index, { args: [greater(index)] }))],
		[
			"rules for many capabilities",
			many(6000, (index) =>
				rule(index, { includes: { caps: [capabilities[index % 6]] }, excludes: { caps: [capabilities[(index * 5 + 1) % 6]] } }),
			),
		],
		["rules for many kernels", many(6000, (index) => rule(index, { includes: { minKernel: `${index % 99}.${index}` } }))],
		["keys that are not known", many(6000, (index) => ({ [`nam${index}s`]: 1, naems: 1, actoin: 1 }))],
		["names that are not known", [{ names: Array.from({ length: 40_000 }, (_, index) => `call${index}`), action: "SCMP_ACT_ALLOW" }]],
	])("is answered in time: %s", (_, syscalls) => {
		const text = textOf({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
		const begin = performance.now();
		let answer = "compiled";
		try {
			compiler({ setting, text, machine: "x86_64" })(CapabilitySet.of("KILL"), [6, 18]);
		} catch (error) {
			answer = (error as Failure).diagnostics[0].code;
		}
		expect(["compiled", ...codes]).toContain(answer);
		expect(performance.now() - begin).toBeLessThan(2000);
	});
});

describe("a stored filter", () => {
	const rule = { names: ["read"], action: "SCMP_ACT_ALLOW" };
	const opened = { ...rule, names: ["mount"], includes: { caps: ["CAP_SYS_ADMIN"], minKernel: "4.8" } };
	const text = textOf({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule, opened, { ...rule, names: ["listns"] }] });
	const origin = { setting, text, machine: "x86_64" };
	const compiled = compileAll(origin);
	const stored = compiled === undefined ? "" : writeStored(origin, compiled);

	it("rule 8.3: of which parts were replaced is refused, or every program in it is one that the kernel takes", () => {
		expect(readStored(stored, origin)).toEqual(compiled);
		const parts = stored.split(/("[^"]*"|-?\d+|[[\]{}:,])/);
		let unusable = 0;
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.nat({ max: parts.length }), word), { minLength: 1, maxLength: 3 }),
				fc.nat({ max: stored.length }),
				fc.boolean(),
				(changes, end, isCut) => {
					const changed = [...parts];
					for (const [at, replacement] of changes) {
						changed[at] = replacement;
					}
					const read = readStored(isCut ? stored.slice(0, end) : changed.join(""), origin);
					if ("unusable" in read) {
						unusable++;
						expect(read.unusable).not.toBe("");
						return;
					}
					const programs = read.cases.map(({ template }) => template);
					expect(programs.length).toBeGreaterThan(0);
					expect(programs.map(({ program }) => faultOf(program))).toEqual(programs.map(() => undefined));
					expect(
						programs.flatMap(({ openings, program }) => openings.flatMap(({ at }) => at.filter((each) => each * 16 >= program.length))),
					).toEqual([]);
				},
			),
			{ numRuns: runs(1000) },
		);
		expect(unusable).toBeGreaterThan(100);
	});
});
