import { describe, expect, it } from "vitest";
import { capabilityNames } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { isCallName } from "../../../src/confine/seccomp/calls.ts";
import { dockerDefault } from "../../../src/confine/seccomp/docker-default.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { explain, render as renderWith } from "../../../src/tools/explain/explain.ts";
import { refusedCalls } from "../../../src/tools/guides/refused-calls.ts";
import { judgeBy } from "../../../src/tools/seccomp/judge.ts";
import { decisionWords } from "../../../src/tools/seccomp/words.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const on = (machine: string, release = "6.1.0") =>
	({ parseYaml, uname: () => ["Linux", "box", release, "1", machine], getresuid: () => [0, 0, 0] }) as unknown as Reads;
const render = (name: string, reads = on("x86_64")) => renderWith(reads, name);
const titles = async (name: string) => (await render(name)).split("\n").filter((line) => /^\S/.test(line));

describe("explain of a system call", () => {
	it.each([
		[
			"pread64",
			[
				"pread64: a system call",
				"  numbers        x86_64 17, x86 180, x32 0x40000011, aarch64 67, arm 180",
				"  docker-default allowed",
				"",
			],
		],
		[
			"keyctl",
			[
				"keyctl: a system call",
				"  numbers        x86_64 250, x86 288, x32 0x400000fa, aarch64 219, arm 311",
				"  docker-default refused with EPERM",
				"  because        the kernel's keyrings are not namespaced: containers with one uid share them",
				"  opened by      allow: [keyctl]",
				"",
			],
		],
		[
			"clone3",
			[
				"clone3: a system call",
				"  numbers        x86_64 435, x86 435, x32 0x400001b3, aarch64 435, arm 435",
				"  docker-default refused with ENOSYS; allowed with SYS_ADMIN kept",
				"  because        its flags lie in memory, where no filter can look: with ENOSYS, programs take clone, whose flags it can see",
				"  older          clone, which programs take where this gets ENOSYS, and at no other errno",
				"  opened by      allow: [clone3]",
				"",
			],
		],
		[
			"socket",
			[
				"socket: a system call",
				"  numbers        x86_64 41, x86 359, x32 0x40000029, aarch64 198, arm 281",
				"  docker-default allowed where the address family is less than 38 (AF_ALG), 39 or more than 40 (AF_VSOCK); else refused with EPERM",
				"  because        not every address family is harmless: AF_ALG is kernel code without a need, AF_VSOCK speaks to the hypervisor past every network namespace",
				"  opened by      allow: [socket]",
				"",
			],
		],
		[
			"unshare",
			[
				"unshare: a system call",
				"  numbers        x86_64 272, x86 310, x32 0x40000110, aarch64 97, arm 337",
				"  docker-default refused with EPERM; allowed with SYS_ADMIN kept",
				"  because        new namespaces, a user namespace above all, lead to kernel code that only root reached before",
				"  opened by      allow: [unshare] or [browser] or [bwrap]",
				"",
			],
		],
		[
			"socketcall",
			[
				"socketcall: a system call",
				"  numbers        x86 102",
				"  docker-default allowed",
				"  remark         on i386 it does what socket does, with its arguments in memory, where no filter looks: architectures: [native] closes that way",
				"",
			],
		],
		["swapcontext", ["swapcontext: a system call of other architectures than this program is made for", ""]],
	])("%s", async (name, lines) => {
		expect(await render(name)).toBe(lines.join("\n"));
	});

	it.each([
		["mount", "mount: a setup step", { call: "mount: a system call", key: "require.mount: a field of the step require" }],
		["chown", "CAP_CHOWN: a capability, number 0, mask 0x0000000000000001", { call: "chown: a system call" }],
		["chroot", "chroot: a system call", {}],
		[
			"umask",
			"umask: a key of entrypoint.yaml",
			{ part: 'umask: a part of the drop, in its act "confine" (docs/order.md)', call: "umask: a system call" },
		],
	])("%s that is something else as well: the likeliest, and how to ask for the others", async (name, likeliest, others) => {
		const also = (/^ {2}also +abdicate explain (.*)$/m.exec(await render(name))?.[1] ?? "").split(" or ").filter((each) => each !== "");
		const expected = Object.keys(others).map((kind) => `${kind}:${name}`);
		expect([await titles(name), also.sort()]).toEqual([[likeliest], expected.sort()]);
		for (const [kind, title] of Object.entries(others)) {
			expect(await titles(`${kind}:${name}`)).toEqual([title]);
		}
	});

	it.each([
		["chromium", "browser"],
		["google-chrome", "browser"],
		["flatpak", "bwrap"],
	])("%s, a program, has the exception that it needs: %s", async (name, exception) => {
		const below = (text: string) => text.split("\n").slice(1);
		expect(await titles(name)).toEqual([`${name}: a program that needs ${exception}`]);
		expect(below(await render(name))).toEqual(below(await render(exception)));
	});

	it("a number has this machine's call first, and may be written as the log has it", async () => {
		const reads = (machine: string) => ({ parseYaml, uname: () => ["Linux", "box", "6.12", "1", machine] }) as unknown as Reads;
		const [onArm, onX86] = [await render("165", reads("aarch64")), await render("165", reads("x86_64"))];
		expect([onArm, onX86].map((text) => text.split("\n").slice(0, 2).join(" ").replace(/ +/g, " "))).toEqual([
			"165: a number of system calls aarch64 getrusage",
			"165: a number of system calls x86_64 mount",
		]);
		expect(await render("call:0x400000a5")).toMatch(/^0x400000a5: a number of system calls\n {2}x32 +mount\n$/);
	});

	it("goes by the kernel and the machine that it runs on", async () => {
		const words = async (name: string, reads: Reads) => /docker-default (.*)/.exec(await render(name, reads))?.[1];
		expect([
			await words("ptrace", on("x86_64", "4.7.9")),
			await words("ptrace", on("x86_64", "4.8")),
			// No call of the machine's own ABI, and one of its other.
			await words("vm86", on("x86_64")),
			await words("cacheflush", on("aarch64")),
		]).toEqual(["refused with EPERM; allowed with SYS_PTRACE kept", "allowed", "refused with EPERM", "allowed"]);
	});

	it("by its number, as the kernel's log has it", async () => {
		expect(await render("272")).toBe(
			[
				"272: a number of system calls",
				"  x86_64      unshare",
				"  x86         fadvise64_64",
				"  aarch64     kcmp",
				"  arm         pciconfig_read",
				"",
			].join("\n"),
		);
		await expect(render("999999")).rejects.toThrow("nothing that can be explained");
	});

	it("is opened by just what opens it: not by an exception, or a capability, that opens calls like it", async () => {
		const opening = async (name: string) => {
			const text = await render(name);
			return [/allowed with (.*) kept/.exec(text)?.[1], /opened by +(.*)/.exec(text)?.[1]];
		};
		expect([
			await opening("get_mempolicy"),
			await opening("set_mempolicy_home_node"),
			await opening("migrate_pages"),
			await opening("umount2"),
			await opening("umount"),
			await opening("query_module"),
		]).toEqual([
			["SYS_NICE", "allow: [get_mempolicy] or [numa]"],
			["SYS_NICE", "allow: [set_mempolicy_home_node]"],
			[undefined, "allow: [migrate_pages]"],
			["SYS_ADMIN", "allow: [umount2] or [bwrap]"],
			["SYS_ADMIN", "allow: [umount]"],
			[undefined, "allow: [query_module]"],
		]);
	});

	it("suggests one for a slip of the keyboard", async () => {
		await expect(render("open_by_handel_at")).rejects.toThrow('did you mean "open_by_handle_at"?');
	});

	it("an exception, and the profile that is built in", async () => {
		expect(await render("numa")).toBe(
			[
				"numa: an exception for seccomp.allow",
				"  for         numactl and databases that choose which node's memory they get",
				"  allows      mbind, set_mempolicy, get_mempolicy",
				"  runtime     its own filter refuses these as well, and what one of two filters refuses is refused: docker run --security-opt seccomp=unconfined (plan --format docker says it)",
				"  example     seccomp: {profile: docker-default, allow: [numa]}",
				"",
			].join("\n"),
		);
		const [title, ...lines] = (await render("docker-default")).split("\n");
		expect(title).toBe(
			"docker-default: a word of confine, seccomp, paths and devices for what an ordinary container of Docker's has, and a profile that seccomp has built in",
		);
		expect(lines).toContain("  with SYS_PTRACE      kcmp, pidfd_getfd, process_madvise, process_vm_readv, process_vm_writev, ptrace");
	});
});

describe("explain of a system call where there is a configuration", () => {
	/** The row that says what becomes of it here. */
	async function here(name: string, files: Record<string, string>, file?: string): Promise<string | undefined> {
		return /^ {2}here +(.*)$/m.exec(await said(name, files, file))?.[1];
	}
	async function said(name: string, files: Record<string, string>, file?: string, seccomp = 0): Promise<string> {
		let printed = "";
		const write = (_fd: number, text: string) => {
			printed += text;
			return text.length;
		};
		const kernel = new FakeKernel({ process: dockerRoot(), files, overrides: { parseYaml, write, getSeccomp: () => seccomp } });
		await explain(kernel.host, name, file, "/etc/entrypoint.yaml");
		return printed;
	}
	const usual = (config: string) => ({ "/etc/entrypoint.yaml": config });
	const profile = JSON.stringify({
		defaultAction: "SCMP_ACT_KILL_PROCESS",
		syscalls: [{ names: ["execve", "umount2"], action: "SCMP_ACT_ALLOW" }],
	});

	it.each([
		["call:mount", {}, undefined],
		["call:mount", usual("user: app"), 'allowed: no filter is configured ("/etc/entrypoint.yaml")'],
		["call:mount", usual("seccomp: docker-default"), 'refused with EPERM by docker-default ("/etc/entrypoint.yaml")'],
		[
			"call:mount",
			usual("seccomp: docker-default\ncapabilities: {keep: [SYS_ADMIN, KILL]}"),
			'allowed by docker-default, as SYS_ADMIN is kept ("/etc/entrypoint.yaml")',
		],
		[
			"call:mount",
			usual("seccomp: {profile: docker-default, deny: [mount]}\ncapabilities: {keep: [SYS_ADMIN]}"),
			'refused with EPERM by seccomp.deny ("/etc/entrypoint.yaml")',
		],
		[
			"call:mount",
			usual("seccomp: {profile: docker-default, allow: bwrap, action: kill}"),
			'allowed by seccomp.allow ("/etc/entrypoint.yaml")',
		],
		[
			"call:mount",
			{ ...usual("seccomp: /etc/p.json"), "/etc/p.json": profile },
			'refused: the process ends by "/etc/p.json"; a program of x86 or x32 is killed at its first call, whichever that is ("/etc/entrypoint.yaml")',
		],
		[
			"call:mount",
			usual("seccomp: /etc/p.json"),
			expect.stringMatching(/^not known: .* \("\/etc\/entrypoint.yaml"\)$/) as unknown as string,
		],
		["own", usual("seccomp: docker-default"), undefined],
		["socketcall", usual("seccomp: docker-default"), 'allowed by docker-default ("/etc/entrypoint.yaml")'],
		[
			"socketcall",
			usual("seccomp: {profile: docker-default, architectures: [native]}"),
			'a program of x86 is killed at its first call, whichever that is ("/etc/entrypoint.yaml")',
		],
		[
			"call:mount",
			usual("seccomp: {profile: docker-default, architectures: [native, x32]}"),
			'refused with EPERM by docker-default; a program of x86 is killed at its first call, whichever that is ("/etc/entrypoint.yaml")',
		],
		["cacheflush", usual("seccomp: docker-default"), 'no program of this machine has it ("/etc/entrypoint.yaml")'],
		[
			"io_uring_setup",
			usual("seccomp: {profile: docker-default, allow: [io_uring]}\nlandlock: {bind: 80}"),
			'allowed by seccomp.allow; for the ports of landlock: refused with ENOSYS ("/etc/entrypoint.yaml")',
		],
		["sendto", usual("landlock: {scope: signals}"), 'allowed: no filter is configured ("/etc/entrypoint.yaml")'],
		["recvfrom", usual("landlock: {connect: []}"), 'allowed: no filter is configured ("/etc/entrypoint.yaml")'],
		[
			"sendto",
			usual("landlock: {connect: []}"),
			'allowed: no filter is configured; for the ports of landlock: with MSG_FASTOPEN it is refused with EOPNOTSUPP ("/etc/entrypoint.yaml")',
		],
	])("%s with %j: %s", async (name, files, expected) => {
		expect(await here(name, files)).toEqual(expected);
	});

	it("says that what the runtime's filter refuses stays refused, where one is there", async () => {
		const row = "  runtime        a filter of the runtime is here already: what that refuses stays refused\n";
		expect([await said("call:mount", {}, undefined, 2), await said("call:mount", {}), await said("read", {}, undefined, 2)]).toEqual([
			expect.stringContaining(row),
			expect.not.stringContaining("of the runtime"),
			expect.not.stringContaining("of the runtime"),
		]);
	});

	it("takes the file that is named, and fails where that cannot be read", async () => {
		expect(await here("keyctl", { ...usual("user: app"), "/x.yaml": "seccomp: docker-default" }, "/x.yaml")).toBe(
			'refused with EPERM by docker-default ("/x.yaml")',
		);
		await expect(here("keyctl", usual("user: app"), "/y.yaml")).rejects.toMatchObject({ diagnostics: [{ code: "CONFIG_NOT_FOUND" }] });
	});
});

/** The table "Significant syscalls blocked by the default profile" of Docker's documentation. */
const dockersTable =
	`acct add_key bpf clock_adjtime clock_settime clone create_module delete_module finit_module get_kernel_syms get_mempolicy
	init_module ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind mount move_pages nfsservctl open_by_handle_at
	perf_event_open personality pivot_root process_vm_readv process_vm_writev ptrace query_module quotactl reboot request_key
	set_mempolicy setns settimeofday stime swapon swapoff sysfs _sysctl umount umount2 unshare uselib userfaultfd ustat vm86 vm86old`
		.trim()
		.split(/\s+/);

describe("the guide of refused calls", () => {
	const guided = refusedCalls.flatMap(({ names }) => names);
	const said = (name: string, kernel: [number, number], kept = CapabilitySet.empty) =>
		decisionWords(name, judgeBy(dockerDefault, { allow: [], deny: [], action: undefined }, { machine: "x86_64", kernel, kept })(name));

	it("has all of Docker's own table but what the profile has come to allow", () => {
		expect(dockersTable.filter((name) => !guided.includes(name))).toEqual(["clock_adjtime"]);
		expect(said("clock_adjtime", [6, 1])).toBe("allowed");
	});

	it("names each once, and nothing that is allowed to everybody", () => {
		expect(guided.filter((name, index) => guided.indexOf(name) !== index)).toEqual([]);
		expect(guided.filter((name) => !isCallName(name))).toEqual([]);
		expect(guided.filter((name) => said(name, [4, 7]) === "allowed")).toEqual([]);
		const ofOlderKernels = ["process_vm_readv", "process_vm_writev", "ptrace"];
		expect(guided.filter((name) => said(name, [6, 1]) === "allowed")).toEqual(ofOlderKernels);
	});

	it("has a reason for all that a capability opens", () => {
		const opened = dockerDefault.rules.flatMap(({ names, includes }) => (includes.capabilities.length > 0 ? names : []));
		expect(new Set(dockerDefault.rules.flatMap(({ includes }) => includes.capabilities)).size).toBe(14);
		expect(opened.filter((name) => !guided.includes(name))).toEqual([]);
		expect(capabilityNames.length).toBe(41);
	});
});

describe("conditions in words", () => {
	const where = (...conditions: Parameters<typeof decisionWords>[1]["alternatives"][number]["conditions"]) =>
		decisionWords("ioctl", { otherwise: { kind: "errno", value: 1 }, alternatives: [{ conditions, action: { kind: "allow" } }] });

	it.each([
		[where({ index: 1, operator: "==", value: 5n }), "argument 1 is 5"],
		[where({ index: 1, operator: "!=", value: 5n }), "argument 1 is not 5"],
		[where({ index: 2, operator: ">=", value: 0x1_0000_0000n }), "argument 2 is at least 4294967296"],
		[
			where({ index: 0, operator: "<=", value: 5n }, { index: 1, operator: "<", value: 6n }),
			"argument 0 is at most 5 and argument 1 is less than 6",
		],
		[where({ index: 0, operator: "masked ==", value: 0n, mask: 0xf0n }), "argument 0 has none of 0xf0"],
		[where({ index: 0, operator: "masked ==", value: 0xf0n, mask: 0xf0n }), "argument 0 has all of 0xf0"],
		[where({ index: 1, operator: "masked ==", value: 0x2n, mask: 0xffffn }), "argument 1 & 0xffff is 2"],
		[where({ index: 0, operator: "masked ==", value: 0x10n, mask: 0xf0n }), "argument 0 & 0xf0 is 0x10"],
	])("%s", (said, words) => {
		expect(said).toBe(`allowed where ${words}; else refused with EPERM`);
	});

	it("name the call that is made through another", () => {
		const bind = { index: 0, operator: "masked ==", value: 2n, mask: 0xffffn, width: 32 } as const;
		const alternatives = [{ conditions: [bind], action: { kind: "errno", value: 1 } as const }];
		expect(decisionWords("socketcall", { otherwise: { kind: "allow" }, alternatives })).toBe(
			"refused with EPERM where it stands for bind; else allowed",
		);
	});

	it("say every action, and that an errno of 0 is a lie", () => {
		const said = (kind: "allow" | "log" | "kill-thread" | "kill-process" | "trap") =>
			decisionWords("x", { otherwise: { kind }, alternatives: [] });
		expect([said("allow"), said("log"), said("kill-thread"), said("kill-process"), said("trap")]).toEqual([
			"allowed",
			"allowed, and written to the log",
			"refused: the thread ends",
			"refused: the process ends",
			"refused with the signal SYS",
		]);
		expect(decisionWords("x", { otherwise: { kind: "errno", value: 0 }, alternatives: [] })).toBe("not done, and told as done");
	});
});
