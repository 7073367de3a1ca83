import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { type Becoming, become } from "../../../../src/cli/drop-ins/common/become.ts";
import { explained } from "../../../../src/cli/drop-ins/common/command.ts";
import { endingAs } from "../../../../src/cli/drop-ins/common/ends.ts";
import { gosu } from "../../../../src/cli/drop-ins/gosu/gosu.ts";
import { suExec } from "../../../../src/cli/drop-ins/gosu/su-exec.ts";
import { toGid, toUid } from "../../../../src/identity/ids.ts";
import type { Failure } from "../../../../src/report/failure.ts";
import { errno } from "../../../../src/sys/errno.ts";
import { ExecRefused } from "../../../../src/sys/exec-refused.ts";
import type { Reads } from "../../../../src/sys/native.ts";
import {
	capDropAll,
	dockerRoot,
	type FakeEntry,
	FakeKernel,
	type FakeProcess,
	type Machine,
	rootlessRoot,
	unprivileged,
} from "../../../fake/index.ts";

const files: Record<string, Partial<FakeEntry> | string> = {
	"/proc/self/exe": { mode: 0o755 },
	"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
	"/etc/group": "video:x:44:app\n",
	"/usr/bin/id": { mode: 0o755 },
	"/usr/bin/closed": { mode: 0o700 },
	"/usr/bin/text": { mode: 0o644 },
};
const environment = ["A=1", "HOME=/old", "no equals", "PATH=/nowhere:/usr/bin", "HOME=/older", "ABDICATE_CONFIG=/x", "A=2"];

const kernelOf = (process: FakeProcess = dockerRoot(), more: typeof files = {}) =>
	new FakeKernel({ process, environment, files: { ...files, ...more }, overrides: { getFdFlags: () => 0 } });

/** How a drop-in ends: as a workload, or with a status and what it said. */
async function endOf(kernel: FakeKernel, work: () => number | Promise<number>) {
	const status = await work();
	// An exec that succeeds throws in the fake kernel, and where it does not come back from is caught as a defect.
	return kernel.workload ?? { status, said: kernel.output.join("").replace(/\n.*/s, "") };
}

const ends = { usage: 2, refused: 3, notFound: 4, notExecutable: 5 };
const asDropIn = (kernel: FakeKernel, wish: Partial<Becoming>) =>
	endOf(
		kernel,
		() => endingAs(ends, (host, name) => become(host, { name, command: ["id"], ...wish }))(kernel.host, "probe", []) as Promise<number>,
	);

const acts = ({ changes }: FakeKernel) =>
	changes.flatMap(([name, ...args]) => (["getFdFlags", "execve", "write"].includes(name) ? [] : [`${name} ${args.join(" ")}`]));

describe("gosu", () => {
	it("changes groups, gid and uid, and nothing else: the sets are what the kernel makes of it", async () => {
		const kernel = kernelOf(dockerRoot({ groups: [0, 4, 27], inheritable: 1n, parentDeathSignal: 15 }));
		const found = await endOf(kernel, () => gosu(kernel.host, "gosu", ["app", "id", "-u"]));
		expect(found).toMatchObject({
			path: "/usr/bin/id",
			argv: ["id", "-u"],
			process: {
				uids: [1000, 1000, 1000],
				gids: [1000, 1000, 1000],
				groups: [44],
				permitted: 0n,
				effective: 0n,
				inheritable: 1n,
				securebits: 0,
				noNewPrivs: false,
			},
		});
		// The last three are the proof's attempts to regain.
		expect(acts(kernel)).toEqual([
			"setgroups 44",
			"setresgid 1000 1000 1000",
			"setresuid 1000 1000 1000",
			"setresuid 0 0 0",
			"setresgid 0 0 0",
			"setgroups 0",
			expect.stringMatching(/^capset /),
		]);
	});

	it("hands every variable on, whatever it looks like, but for HOME", async () => {
		const kernel = kernelOf();
		const found = await endOf(kernel, () => gosu(kernel.host, "gosu", ["app", "id"]));
		expect(found).toMatchObject({
			environment: ["A=1", "no equals", "PATH=/nowhere:/usr/bin", "ABDICATE_CONFIG=/x", "A=2", "HOME=/home/app"],
		});
	});

	it("leaves root's capabilities alone for root", async () => {
		const kernel = kernelOf(dockerRoot({ groups: [0, 27] }));
		const { permitted } = kernel.process;
		expect(await endOf(kernel, () => gosu(kernel.host, "gosu", ["root", "id"]))).toMatchObject({
			process: { groups: [], permitted, effective: permitted },
		});
	});

	it("needs neither /proc nor a configuration", async () => {
		const kernel = new FakeKernel({
			process: dockerRoot(),
			environment,
			files: { "/usr/bin/id": { mode: 0o755 } },
			proc: false,
			overrides: { getFdFlags: () => 0 },
		});
		expect(await endOf(kernel, () => gosu(kernel.host, "gosu", ["1000:1000", "id"]))).toMatchObject({
			process: { uids: [1000, 1000, 1000] },
		});
	});

	it.each([
		[["app"], 1, "error[USAGE] gosu: no command was given"],
		[[], 1, "error[USAGE] gosu: no user and no command were given"],
		[["", "id"], 1, "error[USER_INVALID] gosu, user: the user is empty"],
		[["ghost", "id"], 1, 'error[USER_UNKNOWN] gosu, user: "ghost" is not in /etc/passwd'],
		[["app", "none"], 1, 'error[COMMAND_NOT_FOUND] gosu: "none" is not in PATH (/nowhere:/usr/bin)'],
		[["app", "/usr/none"], 1, 'error[COMMAND_NOT_FOUND] gosu: "/usr/none" does not exist'],
		[["app", ""], 1, 'error[COMMAND_NOT_FOUND] gosu: "" is no name of a program'],
		[["app", "/usr/bin/text"], 1, 'error[COMMAND_NOT_EXECUTABLE] gosu: execve "/usr/bin/text": EACCES: the execute permission is not set'],
	])("%j ends with %i: %s", async (args, status, message) => {
		const kernel = kernelOf();
		expect(await endOf(kernel, () => gosu(kernel.host, "gosu", args))).toEqual({ status, said: `2: abdicate: ${message}` });
	});

	it("says that a command is nowhere before anything is changed, whatever of PATH the user may not search", async () => {
		const kernel = new FakeKernel({
			process: dockerRoot(),
			environment: ["PATH=/root/bin:/usr/bin"],
			files: { ...files, "/root": { mode: 0o700 }, "/root/bin/other": { mode: 0o755 } },
			overrides: { getFdFlags: () => 0 },
		});
		expect(await endOf(kernel, () => gosu(kernel.host, "gosu", ["app", "none"]))).toEqual({
			status: 1,
			said: '2: abdicate: error[COMMAND_NOT_FOUND] gosu: "none" is not in PATH (/root/bin:/usr/bin)',
		});
		expect(kernel.changes.map(([name]) => name)).toEqual(["write"]);
	});

	it("of a directory of PATH that may not be searched says so, and no more", async () => {
		const reads = { statat: (_: number, path: string) => (path.startsWith("/root") ? -errno.EACCES : -errno.ENOENT) } as unknown as Reads;
		const refused = new ExecRefused("/root/bin/none", -errno.EACCES, { argv: ["none"], environment: [] });
		const of = async (name: string) =>
			((await explained(reads, refused, { command: [name], path: "/root/bin:/bin" })) as Failure).diagnostics.map(
				({ code, message }) => `${code} ${message}`,
			);
		expect(await of("none")).toEqual(['COMMAND_NOT_FOUND "none" is not in PATH (/root/bin:/bin), where "/root/bin" cannot be searched']);
	});

	it.each([
		["root without capabilities", capDropAll(), "not held"],
		["another user", unprivileged(1001, 1001), "not held by uid 1001"],
	])("is refused to %s, before anything is changed", async (_, process, lack) => {
		const kernel = kernelOf(process);
		const said = `2: abdicate: error[CAPABILITY_MISSING] gosu, user: changing to another user needs SETUID and SETGID, ${lack}`;
		expect(await endOf(kernel, () => gosu(kernel.host, "gosu", ["app", "id"]))).toEqual({ status: 1, said });
		expect(kernel.changes.map(([name]) => name)).toEqual(["write"]);
	});

	it("says to the user itself that there is nothing to change", async () => {
		const kernel = kernelOf(unprivileged(1000, 1000));
		expect(await endOf(kernel, () => gosu(kernel.host, "gosu", ["app", "id"]))).toEqual({
			status: 1,
			said: "2: abdicate: error[CAPABILITY_MISSING] gosu, user: this is uid 1000 already, and changing to a user needs SETUID and SETGID, not held by uid 1000",
		});
	});

	it("rule 4.5: is refused as a copy with set-user-ID, whoever calls it and whatever for", async () => {
		for (const mode of [0o4755, 0o2755]) {
			const kernel = kernelOf(dockerRoot(), { "/proc/self/exe": { mode } });
			expect(await endOf(kernel, () => gosu(kernel.host, "gosu", ["root", "id"]))).toMatchObject({
				status: 1,
				said: expect.stringMatching("SETUID_BINARY"),
			});
		}
	});

	it("rule 9.7: does not run where the kernel says otherwise than what the change comes to", async () => {
		const kernel = kernelOf(dockerRoot({ securebits: 0x10 }));
		// keep_caps is known, and so what stays is expected; a call that is answered and not done is not.
		const { host } = kernel;
		const liar = new Proxy(host, { get: (target, name) => (name === "setgroups" ? () => 0 : target[name as keyof typeof target]) });
		expect(await endOf(kernel, () => gosu(liar, "gosu", ["app", "id"]))).toMatchObject({
			status: 1,
			said: expect.stringMatching(/VERIFY_FAILED.*groups: planned 44, the kernel says 0/),
		});
	});

	it("tells its version and usage", async () => {
		for (const option of ["--version", "-v", "--help", "-h", "-?"]) {
			const kernel = kernelOf();
			expect(await endOf(kernel, () => gosu(kernel.host, "gosu", [option, "x"]))).toEqual({
				status: 0,
				said: expect.stringMatching(/^1: (?:1\.17 \(abdicate\)\n?$|Usage: gosu )/),
			});
		}
	});
});

describe("su-exec", () => {
	it("has the primary group among the groups", async () => {
		const kernel = kernelOf();
		expect(await endOf(kernel, () => suExec(kernel.host, "su-exec", ["app", "id"]))).toMatchObject({ process: { groups: [44, 1000] } });
	});

	it("ends with 1 where it has nothing to run", async () => {
		for (const args of [[], ["app"], ["--version"]]) {
			const kernel = kernelOf();
			expect(await endOf(kernel, () => suExec(kernel.host, "su-exec", args))).toEqual({
				status: 1,
				said: expect.stringMatching(/^1: Usage: su-exec /),
			});
		}
	});
});

describe("become", () => {
	it("without a wish changes nothing at all", async () => {
		const start = unprivileged(1000, 1000, { permitted: 1n, effective: 1n, inheritable: 1n, ambient: 1n, securebits: 0x40 });
		const kernel = kernelOf(start);
		expect(await asDropIn(kernel, {})).toMatchObject({ environment, process: start });
		expect(acts(kernel).filter((text) => !/^set(groups|resuid|resgid) 0|^capset/.test(text))).toEqual([]);
	});

	it("changes only the ids that are wished for", async () => {
		const kernel = kernelOf(dockerRoot({ groups: [4] }));
		const found = await asDropIn(kernel, { identity: { gids: toGid(7) } });
		expect(found).toMatchObject({ process: { uids: [0, 0, 0], gids: [7, 7, 7], groups: [4] } });
	});

	it("keeps a capability over the change where a set is wished for", async () => {
		const [chown] = [CapabilitySet.of("CHOWN")];
		const kept = { permitted: chown, effective: chown, inheritable: chown, ambient: chown };
		const found = await asDropIn(kernelOf(), { identity: { uids: toUid(1000) }, sets: kept, noNewPrivileges: true });
		expect(found).toMatchObject({
			process: { uids: [1000, 1000, 1000], permitted: 1n, effective: 1n, inheritable: 1n, ambient: 1n, noNewPrivs: true },
		});
	});

	it.each([
		[{ command: ["none"] }, 4],
		[{ command: ["closed"], identity: { uids: toUid(1000) } }, 5],
		[{ sets: { permitted: CapabilitySet.of("SYS_ADMIN") } }, 3],
	] satisfies [Partial<Becoming>, number][])("ends with the status of the program that it is: %j", async (wish, status) => {
		expect(await asDropIn(kernelOf(), wish)).toMatchObject({ status });
	});

	it("rule 3.9: names the user namespace that has not got an id, or lets nobody set groups", async () => {
		const { process, machine } = rootlessRoot();
		const kernelIn = (more: Partial<Machine>) =>
			new FakeKernel({ process, machine: { ...machine, ...more }, environment, files, overrides: { getFdFlags: () => 0 } });
		const saidOf = async (kernel: FakeKernel, identity: NonNullable<Becoming["identity"]>) => {
			const end = await asDropIn(kernel, { identity });
			return end !== undefined && "said" in end ? end.said : end;
		};
		const groups = [toGid(0)];
		expect(await saidOf(kernelIn({}), { uids: toUid(1000) })).toBe(
			"2: abdicate: error[ID_UNMAPPED] probe, user: uid 1000 does not exist in this user namespace: /proc/self/uid_map has 0",
		);
		expect(await saidOf(kernelIn({}), { uids: toUid(0), groups })).toBe(
			"2: abdicate: error[ID_UNMAPPED] probe, user: this user namespace forbids setgroups, so the groups of the start cannot be given up",
		);
		expect(await saidOf(kernelIn({ setgroupsDenied: false }), { gids: toGid(7), groups })).toMatch(
			/gid 7 does not exist in this user namespace/,
		);
	});

	it("ends as refused by a defect as well", async () => {
		const kernel = kernelOf();
		const broken = endingAs(ends, () => {
			throw new TypeError("oops");
		});
		expect(await endOf(kernel, () => broken(kernel.host, "probe", []))).toMatchObject({
			status: 3,
			said: "2: abdicate: error[INTERNAL] probe: TypeError: oops",
		});
		const refused = kernelOf().failOn("setresuid", errno.EPERM);
		expect(await asDropIn(refused, { identity: { uids: toUid(1) } })).toMatchObject({
			status: 3,
			said: expect.stringMatching("DROP_FAILED. probe, drop uid: setresuid: EPERM"),
		});
	});
});
