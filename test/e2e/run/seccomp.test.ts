import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox, debian } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

const files = volume("true");

function put(name: string, content: string | Buffer, mode = 0o755): void {
	writeFileSync(join(files, name), content);
	chmodSync(join(files, name), mode);
	chownSync(join(files, name), 0, 0);
}

/** Writes `ran` and ends with 7: write(2), exit_group(2), and nothing else. elf(5) */
function tinyProgram(): Buffer {
	const bytes = Buffer.alloc(0x78 + 40);
	bytes.write("\x7fELF", 0, "latin1");
	bytes.set([2, 1, 1], 4);
	bytes.writeUInt16LE(2, 16);
	bytes.writeUInt16LE(62, 18);
	bytes.writeUInt32LE(1, 20);
	bytes.writeBigUInt64LE(0x400078n, 24);
	bytes.writeBigUInt64LE(64n, 32);
	bytes.set([64, 0, 56, 0, 1, 0], 52);
	bytes.writeUInt32LE(1, 64);
	bytes.writeUInt32LE(5, 68);
	for (const at of [80, 88]) {
		bytes.writeBigUInt64LE(0x400000n, at);
	}
	for (const at of [96, 104]) {
		bytes.writeBigUInt64LE(BigInt(bytes.length), at);
	}
	const call = (number: number, first: number) => [0xb8, number, 0, 0, 0, 0xbf, first, 0, 0, 0];
	const lengthAndText = [0xba, 4, 0, 0, 0, 0x48, 0x8d, 0x35, 14, 0, 0, 0];
	bytes.set([...call(1, 1), ...lengthAndText, 0x0f, 0x05, ...call(231, 7), 0x0f, 0x05], 0x78);
	bytes.write("ran\n", 0x78 + 36);
	return bytes;
}

/** Of i386: ends with 7. exit(2), elf(5) */
function program32(): Buffer {
	const bytes = Buffer.alloc(0x54 + 12);
	bytes.write("\x7fELF", 0, "latin1");
	bytes.set([1, 1, 1], 4);
	bytes.writeUInt16LE(2, 16);
	bytes.writeUInt16LE(3, 18);
	bytes.writeUInt32LE(1, 20);
	bytes.writeUInt32LE(0x8048054, 24);
	bytes.writeUInt32LE(52, 28);
	bytes.set([52, 0, 32, 0, 1, 0], 40);
	bytes.writeUInt32LE(1, 52);
	for (const at of [60, 64]) {
		bytes.writeUInt32LE(0x8048000, at);
	}
	for (const at of [68, 72]) {
		bytes.writeUInt32LE(bytes.length, at);
	}
	bytes.writeUInt32LE(5, 76);
	bytes.set([0xb8, 1, 0, 0, 0, 0xbb, 7, 0, 0, 0, 0xcd, 0x80], 0x54);
	return bytes;
}

put("tiny", tinyProgram());
put("i386", program32());
put("closed", tinyProgram(), 0o700);
put("text", "no program\n");
put("lost", "#!/no/interpreter\n");

function profile(name: string, defaultAction: string, action: string, names: readonly string[]): string {
	put(name, JSON.stringify({ defaultAction, syscalls: [{ names, action }] }), 0o644);
	return `/files/${name}`;
}

const least = profile("least", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_ALLOW", ["execve", "write", "exit_group"]);
const mute = profile("mute", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_ALLOW", ["execve", "exit_group"]);
const noMkdir = profile("no-mkdir", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", ["mkdir", "mkdirat"]);
const noExec = profile("no-exec", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", ["execve"]);
const sigsys = 31;

function start(
	seccomp: unknown,
	command: readonly string[],
	{ config = {}, ...more }: Partial<ContainerOptions> & { config?: object } = {},
) {
	return runHouse({
		image: busybox,
		volumes: [`${files}:/files:ro`],
		config: { user: "app", seccomp, ...config },
		args: ["--", ...command],
		...more,
	});
}

const filters = ["sh", "-c", "grep -h Seccomp /proc/self/status | tr -s '\\t\\n' ' '"];

describe("seccomp", () => {
	it("does not start a program of an architecture that the filter kills, unless a step makes it", async (context) => {
		if (process.arch !== "x64" || (await start("none", ["/files/i386"])).status !== 7) {
			context.skip("this kernel runs no program of i386");
		}
		const native = { profile: "docker-default", architectures: ["native"] };
		const copied = { config: { setup: [{ copy: { from: "/files/i386", to: "/tmp/made" } }] } };
		const [usual, refused, made] = await Promise.all([
			start("docker-default", ["/files/i386"]),
			start(native, ["/files/i386"]),
			start(native, ["/tmp/made"], copied),
		]);
		expect([usual.status, refused.status, refused.stderr, made.status]).toEqual([
			7,
			126,
			[
				'abdicate: error[COMMAND_NOT_EXECUTABLE] command: "/files/i386" cannot be executed: it is built for x86, and docker-default ends every program of x86 at its first call, without a word',
				"  seccomp: {profile: docker-default, architectures: [native, x86]}, or build it for the machine itself",
				"",
			].join("\n"),
			128 + sigsys,
		]);
	});

	it("is one filter more than the start has", async () => {
		const [without, ...withOne] = await Promise.all(["none", "docker-default", noMkdir].map((seccomp) => start(seccomp, filters)));
		const count = Number(/Seccomp_filters: (\d+)/.exec(without?.stdout ?? "")?.[1]);
		const filtered = { status: 0, stdout: `Seccomp: 2 Seccomp_filters: ${count + 1} `, stderr: "" };
		expect(withOne.map(({ status, stdout, stderr }) => ({ status, stdout, stderr }))).toEqual([filtered, filtered]);
	});

	it("is the workload's alone: the setup does what that may not", async () => {
		const { status, stdout, stderr } = await start(noMkdir, ["sh", "-c", "ls -d /made; mkdir /tmp/other"], {
			config: { setup: [{ mkdir: "/made" }, { run: ["mkdir", "/tmp/of-a-step"] }] },
		});
		expect({ status, stdout, stderr }).toEqual({
			status: 1,
			stdout: "/made\n",
			stderr: "mkdir: can't create directory '/tmp/other': Operation not permitted\n",
		});
	});

	it("rule 4.8: lets a profile be of nothing but what its program needs", async () => {
		const { status, stdout, stderr } = await start(least, ["/files/tiny"]);
		expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "ran\n", stderr: "" });
	});

	it("finds the program along PATH all the same", async () => {
		const { status, stdout } = await start(least, ["tiny"], { config: { env: { set: { PATH: "/nowhere:/files:/bin" } } } });
		expect({ status, stdout }).toEqual({ status: 7, stdout: "ran\n" });
	});

	it("is given to a second program of the container", async () => {
		const { status, stdout } = await start(noMkdir, ["mkdir", "/tmp/x"], { args: ["enter", "--", "mkdir", "/tmp/x"] });
		expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
	});

	it("is taken from the option, which wins", async () => {
		const { status } = await start(noMkdir, [], { args: ["--seccomp", "none", "--", "mkdir", "/tmp/x"] });
		const refused = await start("none", [], { args: ["--seccomp", noMkdir, "--", "mkdir", "/tmp/x"] });
		expect([status, refused.status]).toEqual([0, 1]);
	});
});

describe("a program that is refused behind a filter", () => {
	const told = (of: string, message: string, remedy: string) =>
		`abdicate: error[COMMAND_NOT_EXECUTABLE] command: execve "/files/${of}": ${message}\n  ${remedy}\n`;

	it.each([
		["closed", "EACCES: the user may not execute it", "chmod o+rx /files/closed in the image, or make it the user's: chown"],
		[
			"text",
			"ENOEXEC: it is neither a program nor a script: there is no #! line",
			"write #!/bin/sh (or another interpreter) as the first line",
		],
		[
			"lost",
			'ENOENT: the file exists, but its interpreter "/no/interpreter" does not',
			"install it in the image, or name one that is there in the #! line",
		],
	])("is explained as without one, whatever the filter lets pass: %s", async (name, message, remedy) => {
		for (const seccomp of ["none", "docker-default", least]) {
			const { status, stdout, stderr } = await start(seccomp, [`/files/${name}`]);
			expect({ seccomp, status, stdout, stderr }).toEqual({ seccomp, status: 126, stdout: "", stderr: told(name, message, remedy) });
		}
	});

	it("is explained by the candidate that decides", async () => {
		const env = { set: { PATH: "/files:/bin" } };
		const { status, stderr } = await start(least, ["closed"], { config: { env } });
		expect([status, stderr]).toEqual([126, expect.stringContaining('execve "/files/closed": EACCES: the user may not execute it')]);
	});

	it("is told in JSON where that is asked for", async () => {
		const { status, stderr } = await start(least, [], { args: ["--log-format", "json", "--", "/files/closed"] });
		expect([status, JSON.parse(stderr)]).toEqual([
			126,
			{
				time: expect.any(String),
				severity: "error",
				code: "COMMAND_NOT_EXECUTABLE",
				step: null,
				where: "command",
				message: 'execve "/files/closed": EACCES: the user may not execute it',
				remedy: ["chmod o+rx /files/closed in the image, or make it the user's: chown"],
			},
		]);
	});

	it("is not looked for when it is not there, and no filter is loaded", async () => {
		const config = { setup: [{ remove: "/tmp/gone" }] };
		for (const seccomp of ["none", "docker-default", least]) {
			const { status, stderr } = await start(seccomp, ["/tmp/gone"], { config });
			expect([seccomp, status, stderr]).toEqual([seccomp, 127, expect.stringContaining("error[COMMAND_NOT_FOUND]")]);
		}
	});

	it("ends with SIGSYS where not even a word is allowed, which the plan has said", async () => {
		const { status, stdout, stderr } = await start(mute, ["/files/closed"]);
		expect({ status, stdout, stderr }).toEqual({
			status: 128 + sigsys,
			stdout: "",
			stderr:
				"abdicate: warning: seccomp: /files/mute refuses write: hardly a program does without, and why the command cannot be executed may stay unsaid\n",
		});
	});
});

describe("a filter that cannot be", () => {
	it.each<[string, object, string]>([
		[
			"execve refused",
			{ seccomp: noExec },
			"error[CONFIG_CONFLICT] /etc/entrypoint.yaml:1:25 seccomp: /files/no-exec refuses execve, so that nothing could be started behind it",
		],
		[
			"no_new_privileges off",
			{ seccomp: noMkdir, no_new_privileges: false },
			"error[CONFIG_CONFLICT] /etc/entrypoint.yaml:1:25 seccomp: with no_new_privileges: false SYS_ADMIN alone could load a filter, and that is given up before",
		],
		[
			"no such file",
			{ seccomp: "/files/none" },
			'error[CONFIG_NOT_FOUND] /etc/entrypoint.yaml:1:25 seccomp: the profile "/files/none" does not exist',
		],
	])("is refused before anything is done: %s", async (_, config, says) => {
		const { status, stdout, stderr } = await start("none", ["echo", "ran"], { config: { setup: [{ mkdir: "/tmp/x" }], ...config } });
		expect([status, stdout, stderr]).toEqual([125, "", expect.stringContaining(says)]);
	});

	it("works with no_new_privileges off where the start has it on", async () => {
		const { status } = await start(noMkdir, ["mkdir", "/tmp/x"], {
			config: { no_new_privileges: false },
			flags: ["--security-opt", "no-new-privileges"],
		});
		expect(status).toBe(1);
	});

	it.each([
		["ENOSYS", "no seccomp filter can be loaded: ENOSYS: this kernel does not have the call, or a filter of the runtime hides it"],
		["EINVAL", "no seccomp filter can be loaded: EINVAL: this kernel was built without CONFIG_SECCOMP_FILTER"],
		["EPERM", "no seccomp filter can be loaded: EPERM: a filter of the runtime, or a security module, does not allow it"],
	])("is refused in the plan by a kernel that says %s", async (error, says) => {
		const { status, stdout, stderr } = await runHost({
			config: { user: "65534:65534", seccomp: "docker-default" },
			args: ["--", "echo", "ran"],
			strace: ["-e", "trace=seccomp", "-e", `inject=seccomp:error=${error}`],
		});
		expect([status, stdout, stderr]).toEqual([125, "", expect.stringContaining(says)]);
		expect(stderr).toContain("error[CALL_REFUSED]");
	});

	const onHost = (strace: readonly string[]) =>
		runHost({ config: { user: "65534:65534", workdir: "/", seccomp: "docker-default" }, args: ["--", "echo", "ran"], strace });

	it.each(["EINVAL", "ENOMEM", "EACCES", "EPERM"])("rule 4.8: never lets the workload run when the load fails: %s", async (error) => {
		const strace = ["-e", "trace=seccomp,execve", "-e", `inject=seccomp:error=${error}:when=2+`];
		const { status, stdout, stderr, trace } = await onHost(strace);
		expect([status, stdout, stderr]).toEqual([125, "", expect.stringContaining("error[DROP_FAILED] drop exec: seccomp: E")]);
		expect(trace.match(/^execve/gm)).toHaveLength(1);
	});

	it("is loaded without a flag that the kernel does not know, where it may", async () => {
		const { status, stdout, trace } = await onHost(["-e", "trace=seccomp", "-e", "inject=seccomp:error=EINVAL:when=2"]);
		const calls = [...trace.matchAll(/^seccomp\((\w+), ([\w|]+), /gm)].map(([, operation, flags]) => [operation, flags]);
		expect({ status, stdout, calls }).toEqual({
			status: 0,
			stdout: "ran\n",
			calls: [
				["SECCOMP_SET_MODE_FILTER", "0"],
				["SECCOMP_SET_MODE_FILTER", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
				["SECCOMP_SET_MODE_FILTER", "0"],
			],
		});
	});

	it("rule 4.8: is followed by execve alone", async () => {
		const { trace } = await onHost(["-f"]);
		const calls = trace.split("\n").map((line) => /^(?:\d+ +)?(\w+)\(/.exec(line)?.[1]);
		expect(calls[calls.lastIndexOf("seccomp") + 1]).toBe("execve");
	});
});

describe("the children of steps", () => {
	const count = ["sh", "-c", "grep Seccomp_filters /proc/self/status | tr -dc 0-9"];
	const stays = (capabilities: readonly string[]) => ({
		run: { command: ["sh", "-c", "unshare -u true && echo open >&2 || echo shut >&2"], background: true, capabilities },
	});

	it("have none where they end within the setup", async () => {
		const setup = [{ run: { command: ["sh", "-c", `${count[2]} >&2; echo >&2`] } }];
		const [before, workload] = await Promise.all([start("none", count), start("docker-default", count, { config: { setup } })]);
		const filters = Number(before.stdout);
		expect([workload.stderr, workload.stdout]).toEqual([`${filters}\n`, `${filters + 1}`]);
	});

	it("rule 4.8: have one by their own capabilities where they stay", async () => {
		const said = async (capabilities: readonly string[], seccomp: string) => {
			const { stderr } = await start(seccomp, [], {
				caps: { add: ["SYS_ADMIN"] },
				config: { setup: [stays(capabilities)] },
				args: ["--", "true"],
			});
			return /^(?:open|shut)$/m.exec(stderr)?.[0];
		};
		expect(await Promise.all([said(["SYS_ADMIN"], "docker-default"), said([], "docker-default"), said(["SYS_ADMIN"], noUnshare)])).toEqual([
			"open",
			"shut",
			"shut",
		]);
	});

	it("have one where they serve a file system", async () => {
		const served = volume(
			"printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote; echo from afar > remote/f",
		);
		const command = ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"];
		const { status, stdout, stderr } = await runHouse({
			image: debian,
			config: { user: "app", seccomp: "docker-default", setup: [{ fuse: { target: "/mnt", command } }] },
			args: ["--", "sh", "-c", "cat /mnt/f; grep -h -e ^Name -e Seccomp_filters /proc/[0-9]*/status"],
			volumes: [`${served}:/data`],
			caps: { add: ["SYS_ADMIN"] },
			flags: ["--device=/dev/fuse"],
		});
		const one = Number((await start("none", count)).stdout) + 1;
		const each = [...stdout.matchAll(/Name:\t(\S+)\nSeccomp_filters:\t(\d+)/g)].map(([, name, filters]) => `${name} ${filters}`);
		expect([status, stderr, stdout.split("\n")[0], each.sort()]).toEqual([
			0,
			"",
			"from afar",
			["sftp-server", "sh", "sshfs"].map((name) => `${name} ${one}`),
		]);
	});

	it("say why their program was refused, whatever their filter lets pass", async () => {
		const { status, stderr } = await start(least, ["/files/tiny"], {
			config: { setup: [{ run: { command: ["/files/text"], background: true } }] },
		});
		expect([status, stderr]).toEqual([
			125,
			expect.stringContaining('execve "/files/text": ENOEXEC: it is neither a program nor a script: there is no #! line'),
		]);
	});
});

const noUnshare = profile("no-unshare", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", ["unshare"]);

describe("the plan", () => {
	const plan = (format: string) => start("docker-default", [], { args: ["plan", "--format", format, "--", "true"] });

	it("shows the filter in short, and whole as JSON", async () => {
		const [text, json] = await Promise.all([plan("text"), plan("json")]);
		const { seccomp } = JSON.parse(json.stdout).departure.rows;
		expect(seccomp).toEqual({
			profile: "docker-default",
			program: expect.stringMatching(/^(?:[0-9a-f]{16})+$/),
			flags: expect.any(Number),
			optionalFlags: expect.any(Number),
			summary: expect.stringMatching(/\S/),
			explains: true,
		});
		expect(text.stdout).toContain(`\nseccomp          ${seccomp.summary}\n`);
	});

	it("shows the program as it is, whatever the values of variables", async () => {
		const options = { config: { seccomp: "docker-default", env: { set: { A: "${SECRET}" } } }, env: { SECRET: "0000" } };
		const { stdout } = await start("docker-default", [], { args: ["plan", "--format", "json", "--", "true"], ...options });
		expect(JSON.parse(stdout).departure.rows.seccomp.program).toMatch(/^(?:[0-9a-f]{16})+$/);
	});
});
