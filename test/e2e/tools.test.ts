import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeSchema } from "../../src/tools/schema/schema.ts";
import { runHouse } from "../harness/house/run.ts";
import { busybox } from "./harness/images.ts";
import { root } from "./harness/paths.ts";

function lockedCrates(): Record<string, string> {
	const lock = readFileSync(join(root, "native/Cargo.lock"), "utf8");
	return Object.fromEntries([...lock.matchAll(/^name = "(.*)"\nversion = "(.*)"$/gm)].map(([, name, version]) => [name, version]));
}

function lockedPackages(): Record<string, string> {
	const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, { version: string }> };
	return Object.fromEntries(Object.entries(lock.packages).map(([path, { version }]) => [path.replace("node_modules/", ""), version]));
}

const tool = (...args: readonly string[]) => runHouse({ image: busybox, config: { user: "app", setup: [{ own: "/tmp/data" }] }, args });

describe("the tools of the binary", () => {
	it("decode what capsh decodes, with the same names", async () => {
		for (const mask of ["00000000a80425fb", "000001ffffffffff", "0000000000000001", "00000180c0000000"]) {
			const peer = /=(.*)\n/.exec(
				execFileSync("capsh", [`--decode=${mask}`], { encoding: "utf8", env: { PATH: "/usr/sbin:/sbin:/usr/bin" } }),
			)?.[1];
			const { stdout } = await tool("decode", mask);
			const names = stdout.trim().split(" = ")[1]?.split(",");
			expect(names?.map((name) => `cap_${name.toLowerCase()}`).join(",")).toBe(peer);
		}
	});

	it("explain, check and plan without changing anything", async () => {
		expect((await tool("explain", "SYS_ADMIN")).stdout).toContain("CAP_SYS_ADMIN: a capability, number 21");
		const { status, stdout: found, stderr: said } = await tool("check");
		expect([status, found.split("\n")[0], said]).toEqual([
			0,
			'abdicate: note[LINT_MISSING_SOURCE] /etc/entrypoint.yaml:1:31 setup[0].own: "/tmp/data" does not exist, and no step before makes it',
			"",
		]);
		const { stdout } = await tool("plan", "--format", "json", "--", "sh");
		expect(JSON.parse(stdout)).toMatchObject({
			command: { argv: ["sh"] },
			identity: { uid: 1000, gid: 1000, groups: [44, 1000], name: "app", home: "/home/app" },
			setup: [{ label: "setup[0]", action: { kind: "own", patterns: ["/tmp/data"], uid: 1000, gid: 1000 } }],
			departure: {
				rows: { uid: 1000, gid: 1000, groups: [44, 1000], "no-new-privileges": true },
				expected: { sets: { bounding: [], permitted: [], effective: [], inheritable: [], ambient: [] } },
			},
		});
	});

	it("explain a system call with what the configuration makes of it", async () => {
		const config = {
			user: "app",
			seccomp: { profile: "docker-default", allow: "perf", deny: "kill" },
			capabilities: { keep: ["SYS_TIME"] },
		};
		const here = async (name: string) =>
			/^ {2}here +(.*)$/m.exec((await runHouse({ image: busybox, config, args: ["explain", `call:${name}`] })).stdout)?.[1];
		const words = ["kill", "perf_event_open", "clock_settime", "mount"].map(async (name) => [name, await here(name)]);
		expect(Object.fromEntries(await Promise.all(words))).toEqual({
			kill: 'refused with EPERM by seccomp.deny ("/etc/entrypoint.yaml")',
			perf_event_open: 'allowed by seccomp.allow ("/etc/entrypoint.yaml")',
			clock_settime: 'allowed by docker-default, as SYS_TIME is kept ("/etc/entrypoint.yaml")',
			mount: 'refused with EPERM by docker-default ("/etc/entrypoint.yaml")',
		});
		for (const asked of [["-c", "/x.yaml"], ["--config=/x.yaml"]]) {
			const { status, stderr } = await runHouse({ image: busybox, config, args: ["explain", "mount", ...asked] });
			expect([status, stderr.split("\n")[0]]).toEqual([1, expect.stringMatching(/^abdicate: error\[CONFIG_NOT_FOUND\] \/x\.yaml: /)]);
		}
	});

	it("print the JSON Schema that the sources make", async () => {
		expect(JSON.parse((await tool("schema")).stdout)).toEqual(JSON.parse(JSON.stringify((await writeSchema()).document)));
		expect((await tool("explain", "capabilities.keep")).stdout.split("\n")[0]).toBe("capabilities.keep: a key of entrypoint.yaml");
		expect((await tool("explain", "setup[0].own.policy")).stdout.split("\n").slice(2)).toEqual([
			"  default     mismatched",
			"  example     setup:",
			"                - own: {path: /data, policy: if-root-differs}",
			"",
		]);
	});

	it("list what is inside, in the versions of the lock files", async () => {
		const { stdout, status } = await tool("--version", "--verbose");
		const [title, ...rows] = stdout.trimEnd().split("\n");
		const found = rows.map((row) => /^(\S+) +(\S+) +(.*)$/.exec(row)?.slice(1) ?? [row]);
		const withoutLock = ["QuickJS-ng", "musl"];
		const versions = { ...lockedCrates(), ...lockedPackages() };
		expect([title, status]).toEqual([`abdicate ${lockedCrates()["abdicate"]}`, 0]);
		expect(found.filter(([name = "", version]) => !withoutLock.includes(name) && versions[name] !== version)).toEqual([]);
		expect(found.filter(([, , licence = ""]) => !/MIT|Apache-2.0|Zlib/.test(licence))).toEqual([]);
		const names = found.map(([name]) => name);
		expect(
			[...withoutLock, "rquickjs-core", "saphyr-parser", "rustix", "libc", "valibot", "commander"].filter((name) => !names.includes(name)),
		).toEqual([]);
		// Neither what only builds or tests it.
		expect(names.filter((name) => ["abdicate", "cc", "syn", "yaml", "esbuild", "vitest"].includes(name as string))).toEqual([]);
	});

	it("print the plan of a dry run, and no value of the environment", async () => {
		const { stdout, status } = await runHouse({
			image: busybox,
			config: "user: app\n",
			env: { SECRET: "hidden" },
			args: ["--dry-run", "--", "sh"],
		});
		expect(status).toBe(0);
		expect(stdout).toContain("command  sh\n");
		expect(stdout + (await tool("plan", "--format", "json", "--", "sh")).stdout).not.toContain("hidden");
	});

	it("leave the workload its own --dry-run", async () => {
		const { stdout } = await runHouse({ image: busybox, config: "user: app\n", args: ["run", "--dry-run", "--", "sh", "--dry-run"] });
		expect(stdout.split("\n")[0]).toBe("command  sh --dry-run");
	});

	it("say what a runtime has to grant for any volume, or for this start", async () => {
		const plan = async (...args: readonly string[]) => {
			const { status, stdout, stderr } = await tool("plan", ...args, "--", "sh");
			return [status, stdout, stderr];
		};
		const ofAny =
			"--cap-drop ALL --cap-add CHOWN --cap-add DAC_READ_SEARCH --cap-add FOWNER --cap-add SETGID --cap-add SETUID --cap-add SETPCAP\n";
		expect([
			await plan("--format", "docker"),
			await plan("--for", "any-volume", "/etc/entrypoint.yaml", "--format=docker"),
			await plan("--for=this-start", "--format", "docker"),
			await plan("--format", "docker", "--for", "every-volume"),
			await plan("--for", "any-volume"),
			(await plan("--for", "this-start")).slice(0, 1),
		]).toEqual([
			[0, ofAny, ""],
			[0, ofAny, ""],
			[0, "--cap-drop ALL --cap-add CHOWN --cap-add SETGID --cap-add SETUID --cap-add SETPCAP\n", ""],
			[2, "", 'abdicate: error[USAGE]: --for "every-volume": expected any-volume or this-start; did you mean "any-volume"?\n'],
			[
				2,
				"",
				"abdicate: error[USAGE]: --for any-volume is for what a runtime has to grant; the text plan is that of this start\n" +
					"  add --format docker, compose, kubernetes or oci\n",
			],
			// The tree that is to be owned is not there.
			[1],
		]);
	});

	it("end with 0, 1 for findings and 2 for wrong use", async () => {
		expect((await tool("--help")).status).toBe(0);
		expect((await tool("--version")).stdout).toMatch(/^abdicate \d+\.\d+\.\d+\n$/);
		expect((await runHouse({ image: busybox, config: "usr: app\n", args: ["check"] })).status).toBe(1);
		expect((await tool("explain", "nothing-like-it")).status).toBe(2);
		expect((await tool("plan", "--format", "xml", "--", "sh")).status).toBe(2);
		expect((await tool("check", "--nope")).status).toBe(2);
	});
});
