import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../harness/house/run.ts";
import { busybox, debian } from "./harness/images.ts";
import { binary } from "./harness/paths.ts";
import { volume } from "./steps/volume.ts";

/** Checks a file in its image: the codes found, the status, and what was said. */
async function check(config: string, more: Partial<Parameters<typeof runHouse>[0]> = {}, ...words: readonly string[]) {
	const { stdout, stderr, status } = await runHouse({ image: busybox, config, args: ["check", ...words], ...more });
	expect(stderr).toBe("");
	return { codes: [...stdout.matchAll(/^abdicate: (\w+\[\w+\])/gm)].map(([, code]) => code), status, stdout };
}

describe("check in an image", () => {
	it("says nothing about a file that is right", async () => {
		expect(await check("user: app\ncommand: { default: [sh] }\nsetup: [{ mkdir: /data }, { own: /data }]\n")).toEqual({
			codes: [],
			status: 0,
			stdout: "",
		});
	});

	it("finds users, groups and commands that are not there, and not when it is told to look at the file alone", async () => {
		expect(await check("user: ap\n")).toEqual({
			codes: ["error[USER_UNKNOWN]"],
			status: 1,
			stdout: expect.stringContaining("/etc/entrypoint.yaml:1:7 user: "),
		});
		expect((await check("user: app\ngroups: { add: [vido] }\n")).codes).toEqual(["error[GROUP_UNKNOWN]"]);
		expect((await check("user: app\ncommand: { default: [redis-servr] }\n")).codes).toEqual(["error[COMMAND_NOT_FOUND]"]);
		expect(await check("user: ap\ncommand: { default: [redis-servr] }\n", {}, "--no-image")).toMatchObject({ codes: [], status: 0 });
	});

	it("does not fail for a variable that only a start sets, and fails for what is wrong whatever it holds", async () => {
		const runtime = "user: ${WHO:?set it}\nworkdir: ${DIR}\nnice: ${NICE:?}\nsetup:\n- mkdir: { path: '${DATA}/x', mode: '${MODE:?}' }\n";
		const note = (place: string, why: string) => `abdicate: note[INTERPOLATION_UNSET] /etc/entrypoint.yaml:${place}: ${why}`;
		const notes = [
			note("1:7 user", "set it"),
			note("2:10 workdir", "the variable DIR is not set"),
			note("3:7 nice", "the variable NICE is not set"),
			note("5:18 setup[0].mkdir.path", "the variable DATA is not set"),
			note("5:37 setup[0].mkdir.mode", "the variable MODE is not set"),
		];
		const found = await check(runtime);
		expect([found.status, found.stdout.split("\n").filter((line) => line.startsWith("abdicate"))]).toEqual([0, notes]);
		const wrong = await check(`${runtime}- own: { path: relative }\n`);
		expect([wrong.status, wrong.codes]).toEqual([1, ["error[CONFIG_INVALID_VALUE]"]]);
		expect(await check(runtime, { env: { WHO: "nobody-there", DIR: "/", NICE: "1", DATA: "/data", MODE: "0755" } })).toMatchObject({
			codes: ["error[USER_UNKNOWN]"],
			status: 1,
		});
	});

	it("needs no /proc", async () => {
		const script =
			"mkdir -p /r/etc; cp /abdicate /r; cp /etc/entrypoint.yaml /etc/passwd /etc/group /r/etc; exec chroot /r /abdicate check";
		expect(await check("user: app\nsetup: [{ mkdir: /data }]\n", { entrypoint: "sh", args: ["-c", script] })).toEqual({
			codes: [],
			status: 0,
			stdout: "",
		});
	});

	it("finds a command whose file capabilities will keep it from starting", async () => {
		const data = volume("cp /bin/true ping; setcap cap_net_raw+ep ping");
		const file = (keep: string) => `user: app\ncommand: { default: [/data/ping] }\ncapabilities: { keep_if_present: [${keep}] }\n`;
		const volumes = [`${data}:/data`];
		expect(await check(file(""), { image: debian, volumes })).toMatchObject({ codes: ["error[LINT_FILE_CAPABILITIES]"], status: 1 });
		expect(await check(file("NET_RAW"), { image: debian, volumes })).toMatchObject({ status: 0 });
		const { status, stderr } = await runHouse({ image: debian, config: file(""), volumes, args: ["--"] });
		expect([status, stderr.includes("the file has the capabilities NET_RAW marked effective")]).toEqual([126, true]);
	});

	it("looks into the filter, its profile, and what a kept capability opens in it", async () => {
		const written = '{"defaultAction": "SCMP_ACT_ERRNO",\n"syscalls": [{"names": ["execve", "wriet"], "action": "SCMP_ACT_ALLOW"}]}';
		const data = volume(`printf '%s' '${written}' > p.json; printf '%s' '{"defaultAction": “SCMP_ACT_ERRNO”}' > web.json`);
		const volumes = [`${data}:/data`];
		expect(await check("user: app\ncommand: { default: [sh] }\nseccomp: /data/p.json\n", { volumes })).toEqual({
			codes: ["warning[LINT_SECCOMP_OWN_CALLS]", "note[LINT_SECCOMP_NOT_STORED]", "warning[LINT_SECCOMP_UNKNOWN_CALL]"],
			status: 1,
			stdout: expect.stringContaining(
				'abdicate: warning[LINT_SECCOMP_UNKNOWN_CALL] /data/p.json:2:35 syscalls[0].names[1]: "wriet" is no system call that is known here, and is passed over; did you mean "write"?\n    "syscalls": [{"names"',
			),
		});
		expect(await check("user: app\ncommand: { default: [sh] }\nseccomp: /data/web.json\n", { volumes })).toEqual({
			codes: ["error[SECCOMP_PROFILE_SYNTAX]"],
			status: 1,
			stdout: expect.stringContaining("/data/web.json:1:19: the typographic quote “"),
		});
		const backup = (deny: string) =>
			`user: app\ncommand: { default: [sh] }\nseccomp: { profile: docker-default, deny: [${deny}] }\ncapabilities: { keep_if_present: [DAC_READ_SEARCH] }\n`;
		expect([(await check(backup("keyctl"))).codes, await check(backup("open_by_handle_at"))]).toEqual([
			["warning[LINT_DANGEROUS_CAPABILITY]"],
			{ codes: [], status: 0, stdout: "" },
		]);
	});

	it("finds programs of steps that the workload could write", async () => {
		const data = volume(
			"mkdir hooks; printf '#!/bin/sh\\n' > hooks/a; chmod 755 hooks/a; chown 1000 hooks/a; cp /bin/true own; chown 1000 own",
		);
		const volumes = [`${data}:/data`];
		const setup = "setup: [{ run: [/data/own] }, { hooks: { directory: /data/hooks, user: root } }, { run: [/bin/true] }]\n";
		const found = await check(`user: app\n${setup}`, { volumes });
		expect([found.status, found.codes]).toEqual([
			1,
			["note[LINT_SESSION_KEYRING]", "error[LINT_STEP_OBSTACLE]", "error[LINT_WRITABLE_PROGRAM]", "error[LINT_WRITABLE_PROGRAM]"],
		]);
		expect([...found.stdout.matchAll(/("\/data\/.*") is not run with more/g)].map(([, program]) => program)).toEqual([
			'"/data/own"',
			'"/data/hooks/a"',
		]);
	});

	it("finds that the workload could put another program in the place of this one", async () => {
		const app = volume("chown 1000 .");
		copyFileSync(binary, join(app, "abdicate"));
		const found = await check("user: app\ncommand: { default: [sh] }\n", { entrypoint: "/app/abdicate", volumes: [`${app}:/app`] });
		expect([found.status, found.codes]).toEqual([1, ["error[LINT_WRITABLE_PROGRAM]"]]);
		expect(found.stdout).toContain('"/app/abdicate", this program, is run as root by the next start: the workload can write to "/app"');
	});

	it("warns when the image starts as another user and the setup needs root", async () => {
		const config = "user: app\nsetup: [{ mkdir: /run/app }]\n";
		expect((await check(config, { user: "1000:1000" })).codes).toEqual(["warning[LINT_IMAGE_USER]"]);
		expect((await check(config, {}, "--image-user", "app")).codes).toEqual(["warning[LINT_IMAGE_USER]"]);
		expect((await check(config, {}, "--image-user", "0:0")).codes).toEqual([]);
		expect((await check(config, {}, "--image-user", "")).codes).toEqual([]);
		expect((await check(config, {}, "--image-user", "nobody-there")).codes).toEqual(["error[USER_UNKNOWN]"]);
	});

	it("judges another user's setup as that user would start", async () => {
		const made = [{ mkdir: "/tmp/x" }, { file: { path: "/tmp/x/f", content: "x" } }, { file: { path: "/tmp/y", content: "x" } }];
		const checked = async (setup: readonly object[], user: string) => {
			const config = { user, setup };
			const codes = (await check(JSON.stringify(config), {}, "--image-user", user)).codes;
			return [codes, (await runHouse({ image: debian, config, user, args: ["--", "true"] })).status];
		};
		expect(await checked(made, "1001:0")).toEqual([[], 0]);
		expect(await checked([...made, { file: { path: "/tmp/z", content: "x", owner: "1002", group: "0" } }], "1001:0")).toEqual([
			["warning[LINT_IMAGE_USER]"],
			125,
		]);
		expect(await checked([{ mkdir: "/usr/x" }], "1001:0")).toEqual([["warning[LINT_IMAGE_USER]"], 125]);
		expect(await checked([{ chmod: { path: "/tmp", mode: "0700" }, when: { held: "FOWNER" } }], "1001:0")).toEqual([[], 0]);
	});

	it("tells what of the plan cannot be held by another user", async () => {
		const config = "user: '1001:0'\ncapabilities: { keep: [NET_BIND_SERVICE] }\n";
		expect((await check(config, {}, "--image-user", "1001:0")).codes).toEqual(["warning[LINT_IMAGE_USER]"]);
	});

	it("gives JSON and SARIF with the same findings, and status 0 for notes alone", async () => {
		const file = "user: app\ncommand: { default: [/bin/busybox] }\nsecurebits: none\n";
		const json = await check(file, {}, "--format", "json");
		expect([json.status, JSON.parse(json.stdout)]).toEqual([
			1,
			[
				{
					code: "LINT_SECUREBITS",
					severity: "warning",
					message: "noroot is off: uid 0 would be special again",
					remedy: ["leave securebits out, which locks them"],
					file: "/etc/entrypoint.yaml",
					line: 3,
					column: 13,
					key: "securebits",
				},
			],
		]);
		const sarif = await check(file, {}, "--format", "sarif");
		expect(JSON.parse(sarif.stdout).runs[0].results.map(({ ruleId, level }: { ruleId: string; level: string }) => [ruleId, level])).toEqual(
			[["LINT_SECUREBITS", "warning"]],
		);
		const notes = "user: app\ncommand: { default: [memcached] }\ncapabilities: { keep: [SYS_NICE] }\n";
		expect(await check(notes, {}, "--no-image")).toMatchObject({ codes: ["note[LINT_UNNEEDED_CAPABILITY]"], status: 0 });
	});
});
