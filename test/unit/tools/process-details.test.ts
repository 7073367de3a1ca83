import { describe, expect, it } from "vitest";
import { errno } from "../../../src/sys/errno.ts";
import type { Errno, Host } from "../../../src/sys/native.ts";
import { observeDetails } from "../../../src/tools/inspect/process-details.ts";
import { observeProcess, type ProcessStatus } from "../../../src/tools/inspect/process-status.ts";
import { processRows } from "../../../src/tools/inspect/text.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

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

const details = (files: Record<string, string>, overrides: Partial<Host> = {}) => {
	const [found, kernel] = observe(files, overrides);
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
			...{ noNewPrivileges: true, seccomp: { mode: "filter", filters: 3 }, securebits: undefined },
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
			["uts", undefined, true],
		]);
	});

	it("summarises them by what can be read, and says of PID 1 nothing about itself", () => {
		const all = { ipc: 4026531839, mnt: 4026532100 };
		const line = (pid: number, links: Record<string, object>) => {
			const files = { [`/proc/${pid}/status`]: status, ...links };
			const { host } = new FakeKernel({ process: dockerRoot(), files });
			const found = observeProcess(host, pid) as ProcessStatus;
			return processRows(observeDetails(host, found)).find(([title]) => title === "namespaces")?.[1];
		};
		const [ofFirst, ofOther] = [namespaceLinks(1, all), namespaceLinks(7, { ...all, mnt: 4026532300 })];
		expect([line(7, { ...ofFirst, ...ofOther }), line(7, ofOther), line(7, ofFirst), line(1, ofFirst)]).toEqual([
			"shared with PID 1: ipc",
			"those of PID 1 are not readable",
			"not readable without SYS_PTRACE",
			"of PID 1 itself: ipc mnt",
		]);
	});

	it.each([
		["6.17.9", undefined],
		["5.10.0-30-amd64", undefined],
		["6.18.0", false],
		["7.0.1", false],
	])("knows on Linux %s whether another mount or network namespace is the machine's first", (release, initial) => {
		const [{ namespaces }] = observe(namespaceLinks(7, { mnt: 4026532100, net: 4026531992, ipc: 4026532101 }), {
			uname: () => ["Linux", "box", release, "#1", "x86_64"],
		});
		const known = namespaces.filter(({ id }) => id !== undefined).map(({ kind, initial: is }) => [kind, is]);
		expect(known).toEqual([
			["ipc", false],
			["mnt", initial],
			["net", initial],
		]);
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
		[undefined, -errno.ENOSYS],
		[undefined, -errno.EPERM],
	])("says Landlock is %s by the call itself, where the list cannot be read: %i", (landlock, answer) => {
		expect(details({}, { landlockAbi: () => answer as Errno }).landlock).toBe(landlock);
	});

	it("says nothing of Landlock, limits and sockets where nothing can be seen", () => {
		const { landlock, limits, privilegedSockets } = details({}, { landlockAbi: () => -errno.ENOSYS as Errno });
		expect({ landlock, limits, privilegedSockets }).toEqual({ limits: { pids: undefined, memory: undefined, cpu: undefined } });
	});
});
