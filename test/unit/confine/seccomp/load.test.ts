import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { builtIn } from "../../../../src/confine/seccomp/built-in.ts";
import { auditArch } from "../../../../src/confine/seccomp/calls.ts";
import { compileFor } from "../../../../src/confine/seccomp/compile.ts";
import { compileAll } from "../../../../src/confine/seccomp/compiler.ts";
import { dockerDefault as dockerProfile } from "../../../../src/confine/seccomp/docker-default.ts";
import type { SeccompSources } from "../../../../src/confine/seccomp/filter.ts";
import { loadSeccomp } from "../../../../src/confine/seccomp/index.ts";
import { verdict } from "../../../../src/confine/seccomp/interpret.ts";
import { plain, type SeccompSetting } from "../../../../src/confine/seccomp/setting.ts";
import { writeStored } from "../../../../src/confine/seccomp/stored.ts";
import { filterOf } from "../../../../src/confine/seccomp/template.ts";
import { textOf } from "./written-profile.ts";

const dockerDefault: SeccompSetting = { profile: "docker-default", ...plain };
const ofFile: SeccompSetting = { profile: { path: "/etc/app.json" }, ...plain };
const rule = { names: ["read"], action: "SCMP_ACT_ALLOW" };
const additive = textOf({
	defaultAction: "SCMP_ACT_ERRNO",
	syscalls: [
		rule,
		{ ...rule, names: ["mount"], includes: { caps: ["CAP_SYS_ADMIN"] } },
		{ ...rule, names: ["socket"] },
		{ ...rule, names: ["listns"] },
	],
});
/** A capability closes something. */
const closing = textOf({
	defaultAction: "SCMP_ACT_ERRNO",
	syscalls: [rule, { ...rule, names: ["mount"], excludes: { caps: ["CAP_SYS_ADMIN"] } }],
});
const many = textOf({
	defaultAction: "SCMP_ACT_ERRNO",
	syscalls: ["CHOWN", "FOWNER", "KILL", "SETUID"].map((name) => ({ ...rule, excludes: { caps: [`CAP_${name}`] } })),
});

async function loaded(setting: SeccompSetting, text: string, stored?: string, machine = "x86_64") {
	const told: string[] = [];
	const sources: SeccompSources = {
		machine,
		release: "6.18.5-amd64",
		readProfile: () => text,
		readStored: () => stored,
		note: (message) => told.push(message),
	};
	const { filterFor } = await loadSeccomp(setting, sources);
	const sets = [CapabilitySet.empty, CapabilitySet.of("SYS_ADMIN"), CapabilitySet.of("SYS_ADMIN", "SYS_PTRACE", "BPF")];
	const filters = sets.map((each) => ({ ...filterFor(each), program: filterFor(each).program }));
	return { told, filters };
}

describe("loadSeccomp", () => {
	it("tells of docker-default what it does, and what the kept capabilities open", async () => {
		const rest = "else EPERM, newer ones ENOSYS";
		const docker = `docker-default: 305 calls allowed, 3 with conditions, 1 ENOSYS; ${rest}`;
		const { filters, told } = await loaded(dockerDefault, "");
		expect(filters.map(({ profile, flags, optionalFlags, summary }) => ({ profile, flags, optionalFlags, summary }))).toEqual([
			{ profile: "docker-default", flags: 0, optionalFlags: 4, summary: docker },
			{
				profile: "docker-default",
				flags: 0,
				optionalFlags: 4,
				summary: `docker-default: 330 calls allowed, 2 with conditions; ${rest}; SYS_ADMIN opens bpf, clone, clone3, fanotify_init and 22 more`,
			},
			{
				profile: "docker-default",
				flags: 0,
				optionalFlags: 4,
				summary: expect.stringMatching(/; SYS_PTRACE opens kcmp, pidfd_getfd and process_madvise$/),
			},
		]);
		expect([new Set(filters.map(({ program }) => program)).size, told]).toEqual([3, []]);
		const changed = await loaded({ ...dockerDefault, allow: ["browser"], deny: ["ptrace"] }, "");
		expect(changed.filters[0]?.summary).toBe(
			`docker-default: 307 calls allowed, 2 with conditions, 1 ENOSYS; ${rest}; allowed: browser; denied: ptrace`,
		);
	});

	it("tells the same numbers as the reference, and of what is compiled as of what is built in", async () => {
		const page = readFileSync(join(import.meta.dirname, "../../../../docs/reference/seccomp.md"), "utf8");
		const [, allowed, conditional] = /that are known here, (\d+) are\s+allowed to everybody and (\d+) under conditions/.exec(page) ?? [];
		const [ofBuiltIn, ofCompiled] = await Promise.all([loaded(dockerDefault, ""), loaded({ ...dockerDefault, allow: ["read"] }, "")]);
		const told = ofBuiltIn.filters.map(({ summary }) => summary.split("; "));
		expect(told[0]).toEqual([
			`docker-default: ${allowed} calls allowed, ${conditional} with conditions, 1 ENOSYS`,
			"else EPERM, newer ones ENOSYS",
		]);
		expect(ofCompiled.filters.map(({ summary }) => summary.split("; ").filter((each) => each !== "allowed: read"))).toEqual(told);
		const source = { profile: dockerProfile, setting: plain, machine: "x86_64", file: "docker-default" };
		const capabilities = CapabilitySet.of("SYS_ADMIN");
		const { summary } = filterOf(compileFor(source, { capabilities, kernel: [6, 18] }), "docker-default", capabilities, [6, 18]);
		expect(summary).toBe(told[1]?.slice(0, 2).join("; "));
	});

	it("tells errno 0 as what it is, and what a profile refuses of what it allows", async () => {
		const refused = { names: ["mount", "umount2"], action: "SCMP_ACT_ERRNO", errnoRet: 0 };
		const text = textOf({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [refused, { names: ["bpf"], action: "SCMP_ACT_KILL_PROCESS" }] });
		expect((await loaded(ofFile, text)).filters[0]?.summary).toBe(
			"/etc/app.json: 2 calls not done, with success as the answer, 1 the end of the process; else allowed",
		);
	});

	it.each([
		["log", "EPERM"],
		["kill", "the end of the process"],
		["trap", "SIGSYS"],
		["errno", "EPERM"],
	] as const)("refuses with action: %s what is denied: %s", async (action, answer) => {
		const { filters } = await loaded({ ...ofFile, action, deny: ["read"] }, additive);
		const word = { EPERM: 0x0005_0001, "the end of the process": 0x8000_0000, SIGSYS: 0x0003_0000 }[answer];
		expect(verdict(filters[0]?.program ?? "", { arch: auditArch.x86_64, nr: 0, args: [] })).toBe(word);
	});

	it.each([
		["opens", additive],
		["closes", closing],
	])("takes what was stored of a profile where a capability %s something, for every process", async (_, text) => {
		const origin = { setting: ofFile, text, machine: "x86_64" };
		const compiled = compileAll(origin);
		const stored = compiled === undefined ? undefined : writeStored(origin, compiled);
		const anew = await loaded(ofFile, text);
		expect(new Set(anew.filters.map(({ program }) => program)).size).toBe(2);
		expect(await loaded(ofFile, text, stored)).toEqual(anew);
		// It is that one which was taken.
		const other = stored?.replaceAll("else EPERM", "other") ?? "";
		expect((await loaded(ofFile, text, other)).filters[0]?.summary).toMatch(
			/^\/etc\/app.json: \d+ calls? allowed; other, newer ones ENOSYS$/,
		);
	});

	it("stores nothing where too many programs were needed", () => {
		expect(compileAll({ setting: ofFile, text: many, machine: "x86_64" })).toBe(undefined);
	});

	const origin = { setting: ofFile, text: additive, machine: "x86_64" };
	const stored = writeStored(origin, compileAll(origin) as NonNullable<ReturnType<typeof compileAll>>);

	it.each([
		["nothing", "", ofFile, additive, "is not one, or not all of it"],
		["half of it", stored.slice(0, stored.length / 2), ofFile, additive, "is not one, or not all of it"],
		["something else", "[1, 2]", ofFile, additive, "is not one, or not all of it"],
		["what is too large", " ".repeat(1024 * 1024) + stored, ofFile, additive, "is not one, or not all of it"],
		["another format", stored.replace('"format":2', '"format":1'), ofFile, additive, "has another format"],
		[
			"another version's",
			stored.replace('"version":"unversioned"', '"version":"9.9.9"'),
			ofFile,
			additive,
			"was made by another version of this program",
		],
		["another machine's", stored.replace('"machine":"x86_64"', '"machine":"aarch64"'), ofFile, additive, "is for another machine"],
		["what was made of another profile", stored, ofFile, `${additive} `, "was made of another text of the profile"],
		["what was made for another setting", stored, { ...ofFile, deny: ["read"] }, additive, "was made for another setting of seccomp"],
		["another file's", stored, { ...ofFile, profile: { path: "/etc/b.json" } }, additive, "was made for another setting of seccomp"],
		[
			"a program that jumps behind its end",
			stored.replace(/"program":"[0-9a-f]{16}/, '"program":"05000000ffffffff'),
			ofFile,
			additive,
			"holds no program that can be loaded",
		],
		["a change behind the end", stored.replace(/"at":\[\d+/, '"at":[99999'), ofFile, additive, "holds no program that can be loaded"],
		["no programs", stored.replace(/"cases":\[.*\]/, '"cases":[]'), ofFile, additive, "holds no program that can be loaded"],
		["programs for others", stored.replace('"kernels":[]', '"kernels":[[4,8]]'), ofFile, additive, "holds no program that can be loaded"],
	] as const)("compiles anew instead of taking %s", async (_, text, setting, profile, why) => {
		const anew = await loaded(setting, profile);
		expect(await loaded(setting, profile, text)).toEqual({ ...anew, told: [`the stored filter is not used: it ${why}`] });
	});

	it("refuses a profile that is wrong, stored or not", async () => {
		await expect(loaded(ofFile, "{", stored)).rejects.toMatchObject({
			diagnostics: [{ code: "SECCOMP_PROFILE_SYNTAX", where: "/etc/app.json" }],
		});
	});
});

describe("the bundle", () => {
	it.each(["x86_64", "aarch64"])(
		"has docker-default compiled for %s, as it is compiled here, and not what compiles it",
		async (machine) => {
			const entryPoints = [join(import.meta.dirname, "../../../../src/confine/seccomp/built-in.ts")];
			const script = join(import.meta.dirname, "../../../../scripts/built-in.mjs");
			const { builtIn: builtInPlugin } = (await import(script)) as { builtIn(machine: string): Plugin };
			const { outputFiles } = await build({ entryPoints, bundle: true, format: "esm", write: false, plugins: [builtInPlugin(machine)] });
			const [code = ""] = outputFiles.map(({ text }) => text);
			const made = (await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`)) as { builtIn(): unknown };
			expect(made.builtIn()).toEqual(builtIn(machine));
			expect([code.length < 12_000, code.includes("import")]).toEqual([true, false]);
		},
	);
});
