import { describe, expect, it } from "vitest";
import { dump } from "../../../../src/cli/drop-ins/setpriv/dump.ts";
import { observePrivilege } from "../../../../src/identity/credentials.ts";
import { capDropAll, dockerRoot, FakeKernel, unprivileged } from "../../../fake/index.ts";
import { run } from "./harness.ts";

const docker = "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap";

describe("setpriv --dump", () => {
	it("prints the state line by line", async () => {
		expect((await run(dockerRoot({ groups: [0, 4, 27], parentDeathSignal: 15 }), ["-d"])).stdout).toBe(`uid: 0
euid: 0
gid: 0
egid: 0
Supplementary groups: 0,4,27
no_new_privs: 0
Inheritable capabilities: [none]
Ambient capabilities: [none]
Capability bounding set: ${docker}
Securebits: [none]
Parent death signal: TERM
`);
	});

	it("prints two sets more, and the saved ids", async () => {
		const { stdout } = await run(unprivileged(7, 8, { groups: [], noNewPrivs: true, securebits: 0xd3 }), ["-dd", "--dump"]);
		expect(stdout).toBe(`uid: 7
euid: 7
suid: 7
gid: 8
egid: 8
sgid: 8
Supplementary groups: [none]
no_new_privs: 1
Effective capabilities: [none]
Permitted capabilities: [none]
Inheritable capabilities: [none]
Ambient capabilities: [none]
Capability bounding set: ${docker}
Securebits: noroot,noroot_locked,no_cap_ambient_raise,no_cap_ambient_raise_locked
Parent death signal: [none]
`);
	});

	it("prints what this program has no name for, and what a kernel has not", () => {
		const { host } = new FakeKernel({ process: capDropAll({ bounding: 1n << 45n }), machine: { last: 45 } });
		const given = { ...observePrivilege(host), groups: [], parentDeathSignal: 40, labels: [["AppArmor profile", "a (enforce)"]] as const };
		const lines = dump({ ...given, lacks: { ambient: true, securebits: false } }, 1).split("\n");
		expect(lines.slice(7)).toEqual([
			"Ambient capabilities: [unsupported]",
			"Capability bounding set: cap_45",
			"Securebits: [none]",
			"Parent death signal: 40",
			"AppArmor profile: a (enforce)",
			"",
		]);
	});

	it("is fed back as it is", async () => {
		const { stdout } = await run(dockerRoot(), ["-d"]);
		const [, list = ""] = /^Capability bounding set: (.*)$/m.exec(stdout) ?? [];
		const { state } = await run(dockerRoot(), ["--inh-caps", `+${list.replaceAll(",", ",+")}`, "cmd"]);
		expect(state?.inheritable).toBe(dockerRoot().bounding);
	});
});

describe("setpriv prints", () => {
	it("the capabilities of the kernel", async () => {
		const { stdout } = await run(dockerRoot(), ["--list-caps"], { machine: { last: 41 } });
		expect(stdout.split("\n").slice(-4)).toEqual(["bpf", "checkpoint_restore", "cap_41", ""]);
	});

	it("how it is called, whatever else is there", async () => {
		expect((await run(dockerRoot(), ["--nnp", "--help", "x"])).stdout).toMatch(/^Usage: setpriv \[OPTION...\] PROGRAM \[ARG...\]\n/);
		expect(await run(dockerRoot(), ["--list-caps", "cmd"])).toMatchObject({ status: 1, stdout: "" });
	});

	it.each([
		[
			"--landlock-support",
			"ABI version: 4\naccess: fs net\nfs rights: execute write-file read-file read-dir remove-dir remove-file make-char make-dir make-reg make-sock make-fifo make-block make-sym refer truncate\nnet rights: bind-tcp connect-tcp\nfs rules: path-beneath\nnet rules: net-port\n",
		],
		["--list-landlock-access", "fs\nnet\n"],
		["--list-landlock-rights=net", "bind-tcp\nconnect-tcp\n"],
	])("%s of this kernel", async (option, expected) => {
		expect((await run(dockerRoot(), [option], { overrides: { landlockAbi: () => 4 } })).stdout).toBe(expected);
	});
});
