import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { loadSeccomp } from "../../../src/confine/seccomp/index.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { compile, compiled } from "../../../src/tools/compile/compile.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const small = JSON.stringify({
	defaultAction: "SCMP_ACT_ERRNO",
	syscalls: [
		{ names: ["execve", "read", "write", "exit_group"], action: "SCMP_ACT_ALLOW" },
		{ names: ["mount"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
	],
});
const noExec = small.replace('"execve",', "");

function kernelWith(config: string, profile = small, more: Partial<ConstructorParameters<typeof FakeKernel>[0]> = {}) {
	let printed = "";
	const write = (_fd: number, text: string) => {
		printed += text;
		return text.length;
	};
	const files = { "/etc/c.yaml": config, "/etc/p.json": profile };
	const kernel = new FakeKernel({ process: dockerRoot(), files, ...more, overrides: { parseYaml, write, ...more.overrides } });
	return { kernel, said: () => printed };
}

const madeOf = async (config: string, profile?: string) => compiled(kernelWith(config, profile).kernel.host, "/etc/c.yaml");

const speech = { level: 0, format: "text" } as const;

describe("compile", () => {
	it.each([
		["seccomp: /etc/p.json", /^"\/etc\/p\.json" for x86_64: \d+ instructions, \d+ bytes$/],
		["seccomp: {profile: /etc/p.json, architectures: [native, x86]}", /^"\/etc\/p\.json" for x86_64 and x86: \d+ instructions, \d+ bytes$/],
		[
			"seccomp: {profile: docker-default, deny: [ptrace]}",
			/^docker-default, changed, for x86_64, x86 and x32: \d+ instructions, \d+ bytes$/,
		],
	])("%s", async (config, words) => {
		const made = await madeOf(config);
		expect([made.path, made.words]).toEqual(["/etc/c.yaml.seccomp", expect.stringMatching(words)]);
		expect(made.words).toContain(`${made.text?.length} bytes`);
	});

	it("says which profile is not there", async () => {
		await expect(madeOf("seccomp: /etc/none.json")).rejects.toMatchObject({
			diagnostics: [
				{
					code: "CONFIG_NOT_FOUND",
					where: "seccomp",
					message: 'the profile "/etc/none.json" does not exist',
					remedy: ["COPY or mount it there, or name another; docker-default needs no file"],
				},
			],
		});
	});

	it("makes what a start takes in the place of compiling, for whatever it keeps", async () => {
		const { text } = await madeOf("seccomp: /etc/p.json");
		const notes: string[] = [];
		const setting = { profile: { path: "/etc/p.json" }, allow: [], deny: [], architectures: undefined, action: undefined };
		const sources = {
			machine: "x86_64",
			release: "6.1.0",
			readProfile: () => small,
			note: (message: string) => notes.push(message),
		};
		const [stored, fresh] = [
			await loadSeccomp(setting, { ...sources, readStored: () => text }),
			await loadSeccomp(setting, { ...sources, readStored: () => undefined }),
		];
		for (const kept of [CapabilitySet.empty, CapabilitySet.of("SYS_ADMIN"), CapabilitySet.of("KILL")]) {
			expect(stored.filterFor(kept)).toEqual(fresh.filterFor(kept));
		}
		expect(fresh.filterFor(CapabilitySet.empty).program).not.toBe(fresh.filterFor(CapabilitySet.of("SYS_ADMIN")).program);
		expect(notes).toEqual([]);
	});

	it("stores nothing for docker-default, removes what an older configuration left, and says so", async () => {
		const removed: unknown[] = [];
		const unlinkat = (_: number, name: string) => {
			removed.push(name);
			return removed.length === 1 ? 0 : -2;
		};
		const { kernel, said } = kernelWith("seccomp: docker-default", small, { overrides: { unlinkat } });
		await compile(kernel.host, "/etc/c.yaml", speech);
		await compile(kernel.host, "/etc/c.yaml", speech);
		expect([removed, said()]).toEqual([
			["c.yaml.seccomp", "c.yaml.seccomp"],
			[
				"/etc/c.yaml: docker-default is compiled already, and needs nothing stored; /etc/c.yaml.seccomp is removed\n",
				"/etc/c.yaml: docker-default is compiled already, and needs nothing stored\n",
			].join(""),
		]);
	});

	it.each([
		["user: app", small, "CONFIG_MISSING_KEY"],
		["seccomp: none", small, "CONFIG_MISSING_KEY"],
		["seccomp: ${PROFILE}", small, "INTERPOLATION_UNSET"],
		["seccomp: /etc/other.json", small, "CONFIG_NOT_FOUND"],
		["seccomp: /etc/p.json", "{", "SECCOMP_PROFILE_SYNTAX"],
		["seccomp: /etc/p.json", "{}", "SECCOMP_PROFILE_INVALID"],
		["seccomp: /etc/p.json", noExec, "CONFIG_CONFLICT"],
		["seccomp: {profile: /etc/p.json, deny: [execve]}", small, "CONFIG_CONFLICT"],
		["seccomp: {profile: docker-default, deny: [reed]}", small, "CONFIG_INVALID_VALUE"],
		["seccmp: /etc/p.json", small, "CONFIG_UNKNOWN_KEY"],
	])("of %s and %j is refused", async (config, profile, code) => {
		const error = await madeOf(config, profile).catch((each: unknown) => each);
		expect(error).toBeInstanceOf(Failure);
		expect((error as Failure).diagnostics.map((each) => each.code)).toEqual([code]);
	});

	it("says what keeps it from being stored, with what could not be done", async () => {
		const { kernel } = kernelWith("seccomp: /etc/p.json", small, { overrides: { open: () => -30 } });
		const error = await compile(kernel.host, "/etc/c.yaml", speech).catch((each: unknown) => each);
		expect((error as Failure).diagnostics).toMatchObject([
			{ code: "SECCOMP_NOT_STORED", where: "/etc/c.yaml.seccomp", message: expect.stringMatching(/^cannot be stored: open: EROFS/) },
		]);
	});
});
