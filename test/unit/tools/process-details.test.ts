import { describe, expect, it } from "vitest";
import { capabilityAt } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Errno, Host } from "../../../src/sys/native.ts";
import { observeDetails } from "../../../src/tools/inspect/process-details.ts";
import { observeProcess, type ProcessStatus } from "../../../src/tools/inspect/process-status.ts";
import { resourceLimitsText } from "../../../src/tools/inspect/rlimits.ts";
import { processRows } from "../../../src/tools/inspect/text.ts";
import { tell, Unknown, withReasons } from "../../../src/tools/inspect/unknown.ts";
import { dockerRoot, FakeKernel, unprivileged } from "../../fake/index.ts";

const status = `Name:	app\nPPid:	1\nUid:	1	2	3	4\nGid:	5	6	7	8\nGroups:	44 1000 \nCapInh:	0000000000000001\nCapPrm:	0000000000000002
CapEff:	0000000000000004\nCapBnd:	0000000000000008\nCapAmb:	0000000000000010\nNoNewPrivs:	1\nSeccomp:	2\nSeccomp_filters:	3\n`;

function observe(files: Record<string, string | object> = {}, overrides: Partial<Host> = {}): [ProcessStatus, FakeKernel] {
	const kernel = new FakeKernel({ process: dockerRoot(), files: { "/proc/7/status": status, ...files }, overrides });
	const found = observeProcess(kernel.host, 7);
	if (typeof found === "string") {
		throw new Error(found);
	}
	return [found, kernel];
}

/** The seventh field behind the name has the flags, by which a thread of the kernel is known. */
const stat = "7 (app) S 1 7 7 0 -1 4194560 1 2 3\n";
const every = CapabilitySet.upTo(capabilityAt(40));

const details = (files: Record<string, string>, overrides: Partial<Host> = {}) => {
	const [found, kernel] = observe({ "/proc/7/stat": stat, ...files }, overrides);
	const detailed = observeDetails(kernel.host, found);
	expect(kernel.files.openCount).toBe(0);
	return detailed;
};

const namespaceLinks = (pid: number, numbers: Readonly<Record<string, number>>) =>
	Object.fromEntries(
		Object.entries(numbers).map(([kind, number]) => [`/proc/${pid}/ns/${kind}`, { kind: "link", content: `${kind}:[${number}]` }]),
	);

describe("observeProcess", () => {
	it("takes every line of the status for what it is", () => {
		const { name, parent, uids, gids, groups, sets, noNewPrivileges, seccomp, securebits } = observe()[0];
		expect({ name, parent, uids, gids, groups, noNewPrivileges, seccomp, securebits }).toEqual({
			...{ name: "app", parent: 1, uids: [1, 2, 3, 4], gids: [5, 6, 7, 8], groups: [44, 1000] },
			...{ noNewPrivileges: true, seccomp: { mode: "filter", filters: 3 } },
			securebits: new Unknown("the kernel tells them to the process itself alone"),
		});
		expect(JSON.parse(JSON.stringify(sets))).toEqual({
			...{ inheritable: ["CHOWN"], permitted: ["DAC_OVERRIDE"], effective: ["DAC_READ_SEARCH"], bounding: ["FOWNER"], ambient: ["FSETID"] },
		});
	});

	it("knows the namespaces the machine started with, and those of PID 1", () => {
		const [{ namespaces }] = observe({
			...namespaceLinks(1, { cgroup: 4026531835, ipc: 4026531839, mnt: 4026532100, net: 4026531833, pid: 4026532101, user: 4026531837 }),
			...namespaceLinks(7, { cgroup: 4026532200, ipc: 4026531839, mnt: 4026532100, net: 4026531833, user: 4026531837, uts: 4026531838 }),
		});
		expect(namespaces.map(({ kind, sharedWithInit, initial }) => [kind, sharedWithInit, initial])).toEqual([
			["cgroup", false, false],
			["ipc", true, true],
			["mnt", true, false],
			["net", true, true],
			["pid", undefined, undefined],
			["time", undefined, undefined],
			["user", true, true],
			["uts", new Unknown("that of PID 1 is not to be seen"), true],
		]);
	});

	it("summarises them by what can be read, and says of PID 1 nothing about itself", () => {
		const all = { ipc: 4026531839, mnt: 4026532100 };
		const self = { "/proc/self": { kind: "link", content: "1" } };
		const line = (pid: number, links: Record<string, object>, overrides: Partial<Host> = {}) => {
			const files = { [`/proc/${pid}/status`]: status, [`/proc/${pid}/stat`]: stat, ...links };
			const { host } = new FakeKernel({ process: dockerRoot(), files, overrides: { getrlimit: () => [1n, 1n], ...overrides } });
			const found = observeProcess(host, pid) as ProcessStatus;
			return processRows(observeDetails(host, found), every).find(([title]) => title === "namespaces")?.[1];
		};
		const [ofFirst, ofOther] = [namespaceLinks(1, all), namespaceLinks(7, { ...all, mnt: 4026532300 })];
		const refusing = { readlinkat: () => -errno.EACCES } as Partial<Host>;
		expect([
			line(7, { ...ofFirst, ...ofOther }),
			line(7, ofOther),
			line(7, {}, refusing),
			line(7, ofFirst),
			line(1, { ...ofFirst, ...self }),
		]).toEqual([
			"the machine's: ipc; its own: mnt",
			"the machine's: ipc; mnt shared with PID 1: unknown: that of PID 1 is not to be seen",
			"unknown: readlink /proc/7/ns: EACCES: it is uid 1/2/3 gid 5/6/7, this is 0 0, and SYS_PTRACE is not held",
			"none",
			"the machine's: ipc; of PID 1 itself: mnt",
		]);
	});

	it.each([
		["6.17.9", undefined],
		["5.10.0-30-amd64", undefined],
		["6.18.0", false],
		["7.0.1", false],
	])("knows on Linux %s whether another mount or network namespace is the machine's first", (release, known) => {
		const initial = known ?? new Unknown("before Linux 6.18 the machine's own has no fixed number");
		const [{ namespaces }] = observe(namespaceLinks(7, { mnt: 4026532100, net: 4026531992, ipc: 4026532101 }), {
			uname: () => ["Linux", "box", release, "#1", "x86_64"],
		});
		expect(namespaces.filter(({ id }) => id !== undefined).map(({ kind, initial: is }) => [kind, is])).toEqual([
			["ipc", false],
			["mnt", initial],
			["net", initial],
		]);
	});

	it.each([
		["alive", "7 (app) S 1 7 7 0 -1 4194560 1"],
		["alive", "7 (a) Z) S 1 7 7 0 -1 4194560 1"],
		["zombie", "7 (app) Z 1 7 7 0 -1 4227084 1"],
		["kernel thread", "7 (kworker/0:1) I 2 0 0 0 -1 69238880 0"],
	])("knows what is %s by %j", (state, line) => {
		expect(observe({ "/proc/7/stat": line })[0].state).toBe(state);
	});

	it.each([
		["SELinux's or the first module's", { current: "system_u:system_r:container_t:s0:c1,c2\0" }, "system_u:system_r:container_t:s0:c1,c2"],
		["AppArmor's, which ends in a newline", { current: "docker-default (enforce)\n" }, "docker-default (enforce)"],
		[
			"AppArmor's own when another module has the common file",
			{ current: "", "apparmor/current": "docker-default (enforce)\n" },
			"docker-default (enforce)",
		],
		["none", {}, undefined],
	])("reads the label: %s", (_, files, label) => {
		const attributes = Object.fromEntries(Object.entries(files).map(([name, text]) => [`/proc/7/attr/${name}`, text]));
		expect(observe(attributes)[0].label).toBe(label);
	});
});

describe("observeDetails", () => {
	it.each([
		["available", "capability,landlock,yama,apparmor\n"],
		["unavailable", "capability,yama,landlocked\n"],
	])("says Landlock is %s by the kernel's list of modules", (landlock, modules) => {
		expect(details({ "/sys/kernel/security/lsm": modules }).landlock).toBe(landlock);
	});

	it.each([
		["available", 6],
		["unavailable", -errno.EOPNOTSUPP],
		[new Unknown("landlock_create_ruleset: ENOSYS: this kernel does not have the call, or a seccomp filter hides it"), -errno.ENOSYS],
		[
			new Unknown("landlock_create_ruleset: EPERM: a seccomp filter or a security module does not allow it, or a capability is missing"),
			-errno.EPERM,
		],
	])("says Landlock is %s by the call itself, where the list cannot be read: %i", (landlock, answer) => {
		expect(details({}, { landlockAbi: () => answer as Errno }).landlock).toEqual(landlock);
	});

	it("knows neither limits nor sockets nor environment where nothing can be seen, and says of each why", () => {
		const { limits, privilegedSockets, environment } = details({});
		const missing = "ENOENT: it does not exist, or a directory above it";
		const unknown = new Unknown(`open /proc/7/cgroup: ${missing}`);
		expect({ limits, privilegedSockets, environment }).toEqual({
			limits: { pids: unknown, memory: unknown, cpu: unknown },
			privilegedSockets: new Unknown(`open /proc/7/fd: ${missing}`),
			environment: new Unknown(`open /proc/7/environ: ${missing}`),
		});
	});

	it("tells resource limits by their names", () => {
		const limits = [
			"Limit                     Soft Limit           Hard Limit           Units     ",
			"Max cpu time              unlimited            unlimited            seconds   ",
			"Max file size             1048576              unlimited            bytes     ",
			"Max data size             4096                 4096                 bytes     ",
			"Max stack size            0                    4294967296           bytes     ",
			"",
		].join("\n");
		const { rlimits } = details({ "/proc/7/limits": limits });
		expect(rlimits).toEqual({
			cpu: { soft: "unlimited", hard: "unlimited" },
			fsize: { soft: 1_048_576, hard: "unlimited" },
			data: { soft: 4096, hard: 4096 },
			stack: { soft: 0, hard: 4_294_967_296 },
		});
		expect(details({}).rlimits).toEqual(new Unknown("open /proc/7/limits: ENOENT: it does not exist, or a directory above it"));
		expect(tell(rlimits, resourceLimitsText)).toMatch(
			/^fsize 1 MiB \(at most unlimited\), data 4 KiB, stack 0 bytes \(at most 4 GiB\), the rest unlimited$/,
		);
		expect([resourceLimitsText({}), resourceLimitsText({ as: { soft: "unlimited", hard: "unlimited" } })]).toEqual([
			"none",
			"all unlimited",
		]);
	});

	it("tells the names of the environment, and no value", () => {
		expect(details({ "/proc/7/environ": "PATH=/bin\0DB_PASSWORD=swordfish\0" }).environment).toEqual(["PATH", "DB_PASSWORD"]);
	});
});

describe("a process that /proc does not tell of", () => {
	const seen = (pid: number, files: Record<string, string | object>, overrides: Partial<Host> = {}) => {
		const limits = { getrlimit: () => [1024n, (1n << 64n) - 1n] as [bigint, bigint] };
		const kernel = new FakeKernel({ process: dockerRoot(), files, overrides: { ...limits, ...overrides } });
		const found = observeProcess(kernel.host, pid);
		return typeof found === "string" ? found : withReasons(observeDetails(kernel.host, found));
	};
	const hidden = { "/proc/self/mountinfo": "22 1 0:20 / /proc rw - proc proc rw,hidepid=invisible\n" };

	it("is hidden by hidepid, and its sets are told by capget", () => {
		const found = seen(7, hidden, { capget: (pid) => (pid === 7 ? [1n, 3n, 4n] : [0n, 0n, 0n]) });
		const reason = "open /proc/7/status: ENOENT: /proc is mounted with hidepid=invisible, and SYS_PTRACE is not held";
		expect(JSON.parse(JSON.stringify(found))).toMatchObject({
			uids: null,
			groups: null,
			noNewPrivileges: null,
			seccomp: null,
			label: null,
			arguments: null,
			environment: null,
			privilegedSockets: null,
			limits: { pids: null, memory: null, cpu: null },
			sets: { effective: ["CHOWN"], permitted: ["CHOWN", "DAC_OVERRIDE"], inheritable: ["DAC_READ_SEARCH"], bounding: null, ambient: null },
			unknown: {
				uids: reason,
				groups: reason,
				seccomp: reason,
				"sets.bounding": reason,
				"limits.pids": reason,
				"namespaces.net.id": reason,
			},
		});
	});

	it("is none where the kernel says so", () => {
		expect(seen(7, hidden, { capget: () => -errno.ESRCH })).toBe("/proc/7/status: ENOENT: there is no such process");
	});

	it("is this one, without /proc or with that of another pid namespace: the calls tell", () => {
		const places = [
			{ files: {}, overrides: { fstatfs: () => [0x01021994, 0] as [number, number] } },
			{ files: {}, overrides: {} },
		];
		for (const { files, overrides } of places) {
			const found = seen(1, files, overrides);
			const { uids, gids, groups, sets, noNewPrivileges, seccomp, securebits, parent, label, rlimits } = found as Exclude<
				typeof found,
				string
			>;
			expect(rlimits).toMatchObject({ cpu: { soft: 1024, hard: "unlimited" }, rttime: { soft: 1024, hard: "unlimited" } });
			const { process } = new FakeKernel({ process: dockerRoot() });
			expect(JSON.parse(JSON.stringify({ uids, gids, groups, noNewPrivileges, seccomp, securebits, parent, label }))).toEqual({
				...{ uids: [0, 0, 0], gids: [0, 0, 0], groups: [...process.groups], noNewPrivileges: false },
				...{ seccomp: { mode: "off", filters: 0 }, securebits: [], parent: 0, label: null },
			});
			expect(Object.values(sets).map((set) => (set as CapabilitySet).bits)).toEqual([
				...[process.bounding, process.permitted, process.effective, process.inheritable, process.ambient],
			]);
		}
	});

	it("tells of a kernel that has no such line that it has none, and not that there is nothing", () => {
		const found = seen(7, { "/proc/7/status": "Name:\tapp\nCapEff:\t0000000000000004\n", "/proc/7/stat": stat });
		const { unknown } = found as Exclude<typeof found, string>;
		const lines = { groups: "Groups", uids: "Uid", noNewPrivileges: "NoNewPrivs", seccomp: "Seccomp", "sets.ambient": "CapAmb" };
		for (const [member, line] of Object.entries(lines)) {
			expect(unknown[member]).toBe(`/proc/7/status of this kernel has no line ${line}`);
		}
		expect(unknown["sets.effective"]).toBeUndefined();
	});
});

describe("why a reader is refused", () => {
	const reasonFor = (
		other: string,
		more: Record<string, string | object> = {},
		overrides: Partial<Host> = {},
		own = unprivileged(1000, 1000),
	) => {
		const kernel = new FakeKernel({
			process: own,
			files: { "/proc/7/status": other, "/proc/7/stat": stat, ...more },
			overrides: { readlinkat: () => -errno.EACCES, ...overrides },
		});
		const { host } = kernel;
		return tell((observeProcess(host, 7) as ProcessStatus).namespaces[0]?.id, String).replace("unknown: readlink /proc/7/ns: EACCES: ", "");
	};
	const of = (ids: number, permitted = 0n) =>
		`Uid:\t${`${ids}\t`.repeat(4)}\nGid:\t${`${ids}\t`.repeat(4)}\nCapPrm:\t${permitted.toString(16)}\n`;
	const other = { "/proc/self/uid_map": "0 0 4294967295\n", "/proc/7/uid_map": "0 100000 65536\n" };
	const holding = { capget: () => [1n << 19n, 1n << 19n, 0n] as [bigint, bigint, bigint] };

	it.each([
		["another user", of(0), {}, {}, "it is uid 0 gid 0, this is 1000 1000, and SYS_PTRACE is not held"],
		["another user namespace", of(1000), other, {}, "it is in another user namespace, and SYS_PTRACE is not held"],
		[
			"one that holds more",
			of(1000, 1n << 21n),
			{},
			{},
			"it is permitted SYS_ADMIN, which is not effective here, and SYS_PTRACE is not held",
		],
		[
			"one that is not dumpable",
			of(1000),
			{ "/proc/7/environ": { mode: 0o400, uid: 0 } },
			{},
			"it lets nobody read its memory (PR_SET_DUMPABLE), and SYS_PTRACE is not held",
		],
		[
			"a profile",
			of(1000),
			{ "/proc/7/environ": { mode: 0o400, uid: 1000 }, "/proc/self/attr/current": "docker-default (enforce)\n" },
			{},
			"the security module refuses it to docker-default (enforce), and SYS_PTRACE is not held",
		],
		[
			"SYS_PTRACE in the wrong namespace",
			of(0),
			other,
			holding,
			"it is in another user namespace, where SYS_PTRACE held here counts for nothing",
		],
		["SYS_PTRACE that did not help", of(0), {}, holding, "a security module or a filter refuses it, although SYS_PTRACE is held"],
	])("%s", (_, status, files, overrides, reason) => {
		expect(reasonFor(status, files, overrides)).toBe(reason);
	});
});
