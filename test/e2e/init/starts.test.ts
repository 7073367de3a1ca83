import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runUnder, shell, startUnder } from "../../harness/init/inits.ts";
import { writeConfigFile } from "../harness/config-file.ts";
import { runHost } from "../harness/host.ts";
import { binary } from "../harness/paths.ts";
import { runProcess } from "../harness/process.ts";
import { volume } from "../steps/volume.ts";

/** As process 1, with a tracer below it: what makes the namespace is not traced. */
const traced = (call: string, inject: string) => ({
	wrapper: ["unshare", "--pid", "--fork", "strace", "-D", "-f", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:${inject}`],
});

/** A start as process 1, to which TERM comes with the nth call of that name, and whose workload would not end by itself. */
async function toldAt(call: string, nth: number, init: object | true): Promise<number> {
	const { status } = await runHost({
		config: { user: "65534:65534", workdir: "/", init, setup: [{ mkdir: join(volume("true"), "made") }] },
		args: ["--", "sleep", "600"],
		...traced(call, `signal=TERM:when=${nth}`),
	});
	return status;
}

describe("rule 5.3: TERM during a start", () => {
	it.concurrent.each([
		["statfs", 1],
		["getresuid", 1],
		["umask", 1],
		["capset", 1],
		["getdents64", 1],
		["setgroups", 1],
		["setresuid", 1],
		["chdir", 1],
		["pipe2", 1],
		["pipe2", 2],
		["clone", 1],
		["setpgid", 1],
		["execveat", 1],
		["seccomp", 1],
	])("ends it with 143: %s %i", async (call, nth) => {
		expect(await toldAt(call, nth, true)).toBe(143);
	});

	it.concurrent.each([
		["clone", 1],
		["execveat", 1],
		["seccomp", 1],
	])("ends it also where the group is told, which is not there yet: %s %i", async (call, nth) => {
		expect(await toldAt(call, nth, { group: true })).toBe(143);
	});
});

describe("rule 5.7: an init that cannot become one", () => {
	it.concurrent.each([
		["execveat", "EPERM", 1],
		["clone", "EAGAIN", 1],
		["capget", "EPERM", 3],
		["capset", "EPERM", 8],
	])("ends the start, and the workload never runs: %s %s %i", async (call, error, nth) => {
		const { status, stdout, stderr } = await runHost({
			config: { user: "65534:65534", workdir: "/", init: true },
			args: ["--", "echo", "the workload runs"],
			...traced(call, `error=${error}:when=${nth}+`),
		});
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toMatch(/^abdicate: error/);
	});
});

describe("an init as the workload", () => {
	const file = join(volume(String.raw`printf '#!/bin/sh\necho began\n' > init; chmod 755 init`), "init");

	it.concurrent.each(["/init", "/sbin/init", "/usr/lib/systemd/systemd"])("is refused: %s", async (program) => {
		const volumes = [`${file}:${program}:ro`];
		const refused = await runUnder("ours", [program], { volumes });
		expect([refused.status, refused.stdout]).toEqual([125, ""]);
		expect(refused.stderr).toMatch(/^abdicate: error\[INIT_REFUSED\] .*init: .* is an init itself/);
		const { stdout } = await runUnder("ours", [program], { volumes, keys: { init: false } });
		expect(stdout).toBe("began\n");
	});

	it.concurrent.each(["/init", "/sbin/init"])("is found by check: %s", async (program) => {
		const config = writeConfigFile({ command: { default: [program] }, user: "root", init: true });
		const { status, stdout, stderr } = await runProcess(binary, ["check", config.file]);
		config.remove();
		expect([status, `${stdout}${stderr}`.match(/is an init itself/g)?.length, /LINT_INIT_WORKLOAD/.test(stdout)]).toEqual([1, 1, true]);
	});
});

describe("where the kernel refuses filters", () => {
	const refused = { workload: "app", without: { seccomp: "ENOSYS" } } as const;

	it("an init serves without one, and says so", async () => {
		const { status, stderr } = await runUnder("ours", ["/probe", "exit", "7"], refused);
		expect([status, stderr]).toEqual([
			7,
			"abdicate: warning: init: the kernel refuses it a filter of its own (errno 38), which no wall of the workload needs\n",
		]);
	});

	it("there is none beside a workload that has a wall", async () => {
		const { status, stdout } = await runUnder("ours", shell("echo ran"), { ...refused, keys: { seccomp: "docker-default" } });
		expect([status, stdout]).toEqual([125, ""]);
	});
});

describe("a copy with set-user-ID", () => {
	it("is no init, whoever calls it by that name", async () => {
		const directory = mkdtempSync(join(tmpdir(), "abdicate-setuid-"));
		const copy = join(directory, "abdicate");
		chmodSync(directory, 0o755);
		copyFileSync(binary, copy);
		chmodSync(copy, 0o4755);
		const words = ["--reuid=1000", "--clear-groups", "bash", "-c", 'exec -a abdicate-init "$0"', copy];
		const { status, stderr } = await runProcess("setpriv", words);
		rmSync(directory, { recursive: true });
		expect([status, stderr]).toEqual([
			125,
			"abdicate: error[SETUID_BINARY] this program was installed setuid, setgid or with file capabilities, and refuses to run so\n",
		]);
	});
});

describe("where the user may not read this program's file", () => {
	it("an init serves all the same, and hides itself", async () => {
		const copy = join(mkdtempSync(join(tmpdir(), "abdicate-closed-")), "abdicate");
		copyFileSync(binary, copy);
		chmodSync(copy, 0o711);
		const house = await startUnder("ours", shell("echo up; exec sleep 600"), { workload: "app", binary: copy });
		await house.waitForOutput("up");
		const { status } = await house.exec(["readlink", "/proc/1/exe"], { user: "app" });
		const held = /^CapPrm:\s*(\w+)$/m.exec(readFileSync(`/proc/${house.pid()}/status`, "utf8"))?.[1];
		house.signal("TERM");
		expect([(await house.wait()).status, status, held]).toEqual([143, 1, "0000000000000000"]);
		house.remove();
		rmSync(join(copy, ".."), { recursive: true });
	});
});
