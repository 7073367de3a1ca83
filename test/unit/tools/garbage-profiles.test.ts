import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { errorCodes } from "../../../src/report/codes.ts";
import { Failure } from "../../../src/report/failure.ts";
import { check } from "../../../src/tools/check/check.ts";
import { rules } from "../../../src/tools/check/lint/rules.ts";
import { compiled } from "../../../src/tools/compile/compile.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

/** Now and then something else in the place of what is usual, and rarely what does not belong there at all. */
function mostly<T>(usual: fc.Arbitrary<T>, ...wrong: readonly unknown[]): fc.Arbitrary<unknown> {
	return fc.oneof(
		{ weight: 400, arbitrary: usual as fc.Arbitrary<unknown> },
		{ weight: wrong.length === 0 ? 0 : 6, arbitrary: fc.constantFrom(...wrong, 0) },
		{ weight: 1, arbitrary: fc.jsonValue() },
	);
}

const listOf = (item: fc.Arbitrary<unknown>, most: number, least = 0) =>
	mostly(fc.array(item, { minLength: least, maxLength: most }), null);
const record = (required: Record<string, fc.Arbitrary<unknown>>, more: Record<string, fc.Arbitrary<unknown>> = {}) =>
	mostly(fc.record({ ...required, ...more }, { requiredKeys: Object.keys(required) }), {}, null);

const call = mostly(
	fc.constantFrom(
		...["read", "write", "execve", "clone", "socket", "ioctl", "mount", "socketcall", "open_by_handle_at", "personality", "keyctl"],
		...["io_uring_setup", "exit_group", "no-such-call", "__proto__", "constructor", "READ", "browser"],
	),
	...["", "read\u0000"],
);
const named = (prefix: string, names: readonly string[], ...wrong: readonly string[]) =>
	mostly(fc.constantFrom(...names.map((name) => prefix + name)), ...wrong.map((name) => prefix + name));
const action = named("SCMP_ACT_", ["ALLOW", "ERRNO", "LOG", "TRAP", "KILL", "KILL_PROCESS"], "NOTIFY", "TRACE", "", "allow");
const wholes = [0, 1, 5, 38, 4095, 2 ** 32, 2 ** 53];
const wrongWholes = [-1, 1.5, 1e300, "1", null, true];

const circumstances = record(
	{},
	{
		caps: listOf(named("CAP_", ["SYS_ADMIN", "KILL"], "NOTHING", ""), 2),
		arches: listOf(mostly(fc.constantFrom("amd64", "arm64", "s390x"), "x86-64"), 2),
		minKernel: mostly(fc.constantFrom("4.8", "99.0"), "4", "4.8.1", ""),
	},
);
const condition = record({
	index: mostly(fc.constantFrom(0, 1, 5), 6, -1),
	value: mostly(fc.constantFrom(...wholes), ...wrongWholes),
	valueTwo: mostly(fc.constantFrom(...wholes), ...wrongWholes),
	op: named("SCMP_CMP_", ["EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"], "", "=="),
});
const rule = record(
	{ names: listOf(call, 4, 1), action },
	{ args: listOf(condition, 3), includes: circumstances, excludes: circumstances, comment: fc.string() },
);
const refusing = record(
	{ name: call, action: fc.constant("SCMP_ACT_ERRNO") },
	{ errnoRet: mostly(fc.constantFrom(0, 1, 38, 4095), 4096, ...wrongWholes) },
);
const starting = fc.constant({ names: ["execve", "write", "exit_group"], action: "SCMP_ACT_ALLOW" });
const architecture = named("SCMP_ARCH_", ["X86_64", "X86", "X32", "AARCH64", "S390X"], "x86", "");
const abis = fc.oneof(
	fc.constant({}),
	fc.record({ architectures: listOf(architecture, 3) }),
	fc.record({ archMap: listOf(record({ architecture, subArchitectures: listOf(architecture, 2) }), 2) }),
);
const profile = fc
	.tuple(
		record(
			{ defaultAction: action, syscalls: listOf(fc.oneof(rule, refusing, starting), 8) },
			{
				flags: listOf(named("SECCOMP_FILTER_FLAG_", ["LOG", "SPEC_ALLOW"], "NEW_LISTENER", ""), 2),
				listenerPath: mostly(fc.constant(""), "/run/x"),
			},
		),
		abis,
	)
	.map(([each, more]): unknown => (typeof each === "object" && each !== null && !Array.isArray(each) ? { ...each, ...more } : each));

/** A profile of garbage; of one that is right, some characters exchanged; or anything. */
const texts = fc.oneof(
	{ weight: 6, arbitrary: profile.map((each) => JSON.stringify(each)) },
	{
		weight: 3,
		arbitrary: fc
			.tuple(profile, fc.array(fc.tuple(fc.nat(), fc.constantFrom(..."{}[],:\"'\\0e.-/*#\u201c\ud800\u0000"))))
			.map(([each, changes]) =>
				changes.reduce((text, [at, character]) => {
					const place = at % (text.length + 1);
					return text.slice(0, place) + character + text.slice(place + 1);
				}, JSON.stringify(each)),
			),
	},
	{ weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
	{
		weight: 1,
		arbitrary: fc.constantFrom(`${"[".repeat(5000)}`, `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[${"{},".repeat(9000)}{}]}`, ""),
	},
);

const settings = fc.constantFrom(
	"/etc/p.json",
	"{profile: /etc/p.json, allow: [mount, browser]}",
	"{profile: /etc/p.json, deny: [read, execve], action: kill}",
	"{profile: /etc/p.json, architectures: [native], action: log}",
	"{profile: /etc/p.json, architectures: [x32, s390], allow: [no-such-call]}",
);

const known = [...Object.keys(errorCodes), ...Object.keys(rules)].filter((code) => code !== "INTERNAL");

function machineWith(setting: string, text: string) {
	let printed = "";
	const write = (_fd: number, more: string) => {
		printed += more;
		return more.length;
	};
	const files = {
		"/etc/entrypoint.yaml": `user: "1000:1000"\nseccomp: ${setting}\ncapabilities: {keep: [SYS_ADMIN]}\n`,
		"/etc/p.json": text,
	};
	const kernel = new FakeKernel({ process: dockerRoot(), files, overrides: { parseYaml, write } });
	return { kernel, said: () => printed };
}

describe("a profile of garbage", () => {
	it("rule 8.3: is checked, with a code for whatever is wrong", async () => {
		await fc.assert(
			fc.asyncProperty(texts, settings, async (text, setting) => {
				const { kernel, said } = machineWith(setting, text);
				await check(kernel.host, "/etc/entrypoint.yaml", { format: "json", image: false, imageUser: undefined, version: "1" });
				const codes = (JSON.parse(said()) as { code: string }[]).map(({ code }) => code);
				expect(codes.filter((code) => !known.includes(code))).toEqual([]);
			}),
			{ numRuns: runs(300) },
		);
	});

	it("rule 8.3: is compiled to what a start would take, or refused with a code", async () => {
		let [tries, successes] = [0, 0];
		await fc.assert(
			fc.asyncProperty(texts, settings, async (text, setting) => {
				const { kernel } = machineWith(setting, text);
				tries++;
				try {
					const made = await compiled(kernel.host, "/etc/entrypoint.yaml");
					successes++;
					expect([made.path, made.words]).toEqual([
						"/etc/entrypoint.yaml.seccomp",
						expect.stringMatching(/\d+ bytes$|^what the profile asks/),
					]);
				} catch (error) {
					expect(error).toBeInstanceOf(Failure);
					expect((error as Failure).diagnostics.filter(({ code }) => !known.includes(code))).toEqual([]);
				}
			}),
			{ numRuns: runs(150) },
		);
		// It is not all refused for the same few reasons.
		expect(successes / tries).toBeGreaterThan(0.05);
	});
});
