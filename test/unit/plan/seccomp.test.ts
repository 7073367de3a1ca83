import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { plain, type SeccompSetting } from "../../../src/confine/seccomp/setting.ts";
import { filterPlanner } from "../../../src/plan/seccomp.ts";
import { type Failure, fail } from "../../../src/report/failure.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";

const profile = (names: readonly string[]) =>
	JSON.stringify({ defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [{ names, action: "SCMP_ACT_ALLOW" }] });

const files: Readonly<Record<string, string>> = {
	"/needed.json": profile(["execve", "write", "exit_group"]),
	"/mute.json": profile(["execve"]),
	"/no-exec.json": profile(["write", "exit_group"]),
	"/stale.yaml.seccomp": "no filter",
};

const uname: ReturnType<Reads["uname"]> = ["Linux", "host", "6.18.0", "#1", "x86_64"];
const taking = { takesFilters: () => 0, getSeccomp: () => 0 } as unknown as Reads;

interface Given {
	readonly file?: string;
	readonly untrusted?: string;
	readonly reads?: Reads;
	readonly mayNotGain?: boolean;
}

async function plan(setting: SeccompSetting, { file, untrusted, reads = taking, mayNotGain = true }: Given = {}) {
	const heard: string[] = [];
	const read: (readonly [string, number | undefined])[] = [];
	const readTrusted = (path: string, limit?: number): string => {
		read.push([path, limit]);
		return path === untrusted ? fail("CONFIG_UNTRUSTED", "no") : (files[path] ?? fail("CONFIG_NOT_FOUND", "cannot be opened"));
	};
	try {
		const planner = await filterPlanner(setting, { uname, file, isReview: false, readTrusted });
		const reader = {
			warn: (message: string) => heard.push(`warning: ${message}`),
			note: (message: string) => heard.push(`note: ${message}`),
		};
		const { explains } = planner(reader)(reads, CapabilitySet.empty, mayNotGain);
		return { explains, heard, read };
	} catch (error) {
		const [{ code, where, message }] = (error as Failure).diagnostics;
		return { code, where, message };
	}
}

const at = (path: string): SeccompSetting => ({ ...plain, profile: { path } });
const builtIn: SeccompSetting = { ...plain, profile: "docker-default" };

describe("the planner of filters", () => {
	it("reads nothing for docker-default, and believes that this program goes on behind it", async () => {
		expect(await plan(builtIn, { file: "/c.yaml" })).toEqual({ explains: true, heard: [], read: [] });
	});

	it("judges a profile by what it lets pass", async () => {
		expect(await plan(at("/needed.json"))).toEqual({ explains: false, heard: [], read: [["/needed.json", undefined]] });
		const refuses = (name: string) =>
			`warning: seccomp: /mute.json refuses ${name}: hardly a program does without, and why the command cannot be executed may stay unsaid`;
		expect(await plan(at("/mute.json"))).toMatchObject({ explains: false, heard: [refuses("write"), refuses("exit_group")] });
		expect(await plan(at("/no-exec.json"))).toEqual({
			code: "CONFIG_CONFLICT",
			where: "seccomp",
			message: "/no-exec.json refuses execve, so that nothing could be started behind it",
		});
		expect(await plan({ ...builtIn, deny: ["write"] })).toMatchObject({
			explains: false,
			heard: [expect.stringContaining("refuses write")],
		});
		expect(await plan({ ...builtIn, deny: ["execve"] })).toMatchObject({ code: "CONFIG_CONFLICT" });
		expect(await plan({ ...builtIn, deny: ["keyctl"] })).toMatchObject({ explains: true, heard: [] });
	});

	it("says that a filter of the runtime is there, where ours could allow more", async () => {
		const reads = { ...taking, getSeccomp: () => 2 } as unknown as Reads;
		const said = "note: seccomp: a filter of the runtime is there already: what that refuses stays refused, whatever ours allows";
		expect([
			await plan({ ...builtIn, allow: ["bwrap"] }, { reads }),
			await plan(at("/needed.json"), { reads }),
			await plan(builtIn, { reads }),
		]).toMatchObject([{ heard: [said] }, { heard: [said] }, { heard: [] }]);
	});

	it("looks for a stored filter beside the configuration, which need not be there", async () => {
		const read = [
			["/needed.json", undefined],
			["/c.yaml.seccomp", 1024 * 1024],
		];
		expect(await plan(at("/needed.json"), { file: "/c.yaml" })).toEqual({ explains: false, heard: [], read });
		expect(await plan(at("/needed.json"), { file: "/stale.yaml" })).toMatchObject({
			explains: false,
			heard: [expect.stringMatching(/^note: seccomp: the stored filter is not used/)],
		});
	});

	it("refuses what others than root can have written, profile or stored filter", async () => {
		for (const untrusted of ["/needed.json", "/c.yaml.seccomp"]) {
			expect(await plan(at("/needed.json"), { file: "/c.yaml", untrusted })).toMatchObject({ code: "CONFIG_UNTRUSTED" });
		}
	});

	it("says which profile is not there", async () => {
		expect(await plan(at("/none.json"))).toEqual({
			code: "CONFIG_NOT_FOUND",
			where: "seccomp",
			message: 'the profile "/none.json" does not exist',
		});
	});

	it("refuses where nothing could be loaded", async () => {
		expect(await plan(builtIn, { mayNotGain: false })).toMatchObject({ code: "CONFIG_CONFLICT", where: "seccomp" });
		for (const [code, says] of [
			[errno.ENOSYS, "ENOSYS: this kernel does not have the call, or a filter of the runtime hides it"],
			[errno.EINVAL, "EINVAL: this kernel was built without CONFIG_SECCOMP_FILTER"],
			[errno.EPERM, "EPERM: a filter of the runtime, or a security module, does not allow it"],
			[errno.ENOMEM, "ENOMEM: the kernel refuses it"],
		] as const) {
			const reads = { takesFilters: () => -code } as unknown as Reads;
			expect(await plan(builtIn, { reads })).toEqual({
				code: "CALL_REFUSED",
				where: "seccomp",
				message: `no seccomp filter can be loaded: ${says}`,
			});
		}
	});
});
