import { describe, expect, it } from "vitest";
import { capabilityAt } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { carryOut } from "../../../src/departure/depart.ts";
import { compareCalls, prove, stateLines, viewOf } from "../../../src/departure/prove.ts";
import type { Credentials } from "../../../src/identity/credentials.ts";
import { Failure } from "../../../src/report/failure.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Host } from "../../../src/sys/native.ts";
import { FakeKernel, type FakeProcess, privilegedRoot, unprivileged } from "../../fake/index.ts";
import { changed, dropCaseNames, dropCases, home, kernelFor } from "./cases.ts";
import { dropOrder, journeyOf } from "./outcome.ts";

function messageOf(action: () => void): string {
	try {
		action();
	} catch (error) {
		if (error instanceof Failure) {
			return error.message;
		}
		throw error;
	}
	return "nothing was noticed";
}

function dropped() {
	const kernel = kernelFor(dropCases.oneKept);
	carryOut(journeyOf(kernel.host), dropCases.oneKept.plan, dropOrder);
	return kernel;
}

describe("the proof", () => {
	it.each(dropCaseNames)("accepts the planned state and changes nothing: %s", (name) => {
		const kernel = kernelFor(dropCases[name]);
		carryOut(journeyOf(kernel.host), dropCases[name].plan, dropOrder);
		const before = kernel.process;
		prove(kernel.host, dropCases[name].plan);
		expect(kernel.process).toEqual(before);
	});

	const bind = "NET_BIND_SERVICE";
	const tampered: [string, Partial<FakeProcess>, string][] = [
		["real uid", { uids: [0, 1000, 1000] }, "uid: planned 1000 1000 1000, the kernel says 0 1000 1000"],
		["effective uid", { uids: [1000, 0, 1000] }, "uid: planned 1000 1000 1000, the kernel says 1000 0 1000"],
		["saved uid", { uids: [1000, 1000, 0] }, "uid: planned 1000 1000 1000, the kernel says 1000 1000 0"],
		["real gid", { gids: [0, 1000, 1000] }, "gid: planned 1000 1000 1000, the kernel says 0 1000 1000"],
		["effective gid", { gids: [1000, 0, 1000] }, "gid: planned 1000 1000 1000, the kernel says 1000 0 1000"],
		["saved gid", { gids: [1000, 1000, 0] }, "gid: planned 1000 1000 1000, the kernel says 1000 1000 0"],
		["an additional group", { groups: [0, 44, 1000] }, "groups: planned 44 1000, the kernel says 0 44 1000"],
		["a missing group", { groups: [1000] }, "groups: planned 44 1000, the kernel says 1000"],
		["no group", { groups: [] }, "groups: planned 44 1000, the kernel says none"],
		["more bounding", { bounding: 0x2400n }, `bounding: planned ${bind}, the kernel says ${bind},NET_RAW`],
		["no bounding", { bounding: 0n }, `bounding: planned ${bind}, the kernel says none`],
		["more permitted", { permitted: 0x2400n }, `permitted: planned ${bind}, the kernel says ${bind},NET_RAW`],
		["no permitted", { permitted: 0n }, `permitted: planned ${bind}, the kernel says none`],
		["more effective", { effective: 0x2400n }, `effective: planned ${bind}, the kernel says ${bind},NET_RAW`],
		["no effective", { effective: 0n }, `effective: planned ${bind}, the kernel says none`],
		["more inheritable", { inheritable: 0x2400n }, `inheritable: planned ${bind}, the kernel says ${bind},NET_RAW`],
		["no inheritable", { inheritable: 0n }, `inheritable: planned ${bind}, the kernel says none`],
		["more ambient", { ambient: 0x2400n }, `ambient: planned ${bind}, the kernel says ${bind},NET_RAW`],
		["rule 2.4: no ambient", { ambient: 0n }, `ambient: planned ${bind}, the kernel says none`],
		["no new privileges off", { noNewPrivs: false }, "no_new_privileges: planned on, the kernel says off"],
	];

	it.each(tampered)("notices %s", (_, change, message) => {
		const kernel = dropped();
		kernel.process = { ...kernel.process, ...change };
		expect(messageOf(() => prove(kernel.host, dropCases.oneKept.plan))).toBe(message);
	});

	it.each([0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80])("notices the securebit %i", (bit) => {
		const kernel = dropped();
		kernel.process = { ...kernel.process, securebits: kernel.process.securebits ^ bit };
		expect(messageOf(() => prove(kernel.host, dropCases.oneKept.plan))).toMatch(/^securebits: planned noroot,noroot_locked,/);
	});

	/** What the calls say when something hides the truth from them, as AppArmor does from capget(2). */
	const liars: [string, Partial<FakeProcess>, Partial<Host>, string][] = [
		["permitted", { permitted: 0x2400n }, { capget: () => [0x400n, 0x400n, 0x400n] }, "CapPrm"],
		["effective", { effective: 0x2400n }, { capget: () => [0x400n, 0x400n, 0x400n] }, "CapEff"],
		["inheritable", { inheritable: 0x2400n }, { capget: () => [0x400n, 0x400n, 0x400n] }, "CapInh"],
		["bounding", { bounding: 0x2400n }, { capbsetReadAll: () => [0x400n, 40] }, "CapBnd"],
		["ambient", { ambient: 0x2400n }, { capAmbientReadAll: () => 0x400n }, "CapAmb"],
	];

	it.each(liars)("hears the second witness where the first leaves something out: %s", (_, change, lie, line) => {
		const kernel = kernelFor(dropCases.oneKept, lie);
		carryOut(journeyOf(kernel.host), dropCases.oneKept.plan, dropOrder);
		kernel.process = { ...kernel.process, ...change };
		expect(messageOf(() => prove(kernel.host, dropCases.oneKept.plan))).toBe(
			`${line} in /proc/self/status: planned 0000000000000400, the kernel says 0000000000002400`,
		);
	});

	const identities: [Partial<FakeProcess>, Partial<Host>, string][] = [
		[
			{ uids: [1000, 1000, 0] },
			{ getresuid: () => [1000, 1000, 1000] },
			"Uid in /proc/self/status: planned 1000\t1000\t1000\t1000, the kernel says 1000\t1000\t0\t1000",
		],
		[
			{ gids: [0, 1000, 1000] },
			{ getresgid: () => [1000, 1000, 1000] },
			"Gid in /proc/self/status: planned 1000\t1000\t1000\t1000, the kernel says 0\t1000\t1000\t1000",
		],
		[{ groups: [0, 44, 1000] }, { getgroups: () => [44, 1000] }, "Groups in /proc/self/status: planned 44 1000, the kernel says 0 44 1000"],
		[{ noNewPrivs: false }, { getNoNewPrivs: () => 1 }, "NoNewPrivs in /proc/self/status: planned 1, the kernel says 0"],
		[{ groups: [44, 44, 1000] }, {}, "nothing was noticed"],
	];

	it.each(identities)("hears it about identities as well: %j", (change, lie, message) => {
		const kernel = kernelFor(dropCases.oneKept, lie);
		carryOut(journeyOf(kernel.host), dropCases.oneKept.plan, dropOrder);
		kernel.process = { ...kernel.process, ...change };
		expect(messageOf(() => prove(kernel.host, dropCases.oneKept.plan))).toBe(message);
	});

	it.each(["ENFILE", "EACCES", "EIO"] as const)("takes a witness that cannot be asked, by %s, for none that agrees", (code) => {
		for (const path of ["/proc", "/proc/self/status"]) {
			const kernel = dropped();
			const { openRead } = kernel.host;
			const host = Object.assign(Object.create(kernel.host), {
				openRead: (dirfd: number, name: string, flags: number, resolve: number) =>
					name === path ? -errno[code] : openRead(dirfd, name, flags, resolve),
			});
			expect(messageOf(() => prove(host, dropCases.oneKept.plan))).toBe(`/proc/self/status: ${code}, so that it says nothing`);
		}
	});

	it("does without it where there is no /proc, and hears no ordinary directory", () => {
		const lies = { "/proc/self/status": "Name:\tx\nUid:\t0\t0\t0\t0\n" };
		for (const files of [{}, lies]) {
			const { plan, workload } = dropCases.oneKept;
			const kernel = new FakeKernel({ process: workload, proc: false, files });
			expect(messageOf(() => prove(kernel.host, plan))).toBe("nothing was noticed");
		}
	});

	it("wants the lines that every kernel has", () => {
		const { plan, workload } = dropCases.oneKept;
		const kernel = new FakeKernel({ process: workload, overrides: { readAll: () => "Name:\tx\nUid:\t1000\t1000\t1000\t1000\n" } });
		expect(messageOf(() => prove(kernel.host, plan))).toBe(
			[
				["Gid", "1000\t1000\t1000\t1000"],
				["Groups", "44 1000"],
				...["CapInh", "CapPrm", "CapEff", "CapBnd"].map((set) => [set, "0000000000000400"]),
			]
				.map(([name, planned]) => `${name} in /proc/self/status: planned ${planned}, and there is no such line`)
				.join("; "),
		);
	});

	it("names every part that differs, not the first alone", () => {
		const kernel = dropped();
		kernel.process = privilegedRoot(40);
		const parts = messageOf(() => prove(kernel.host, dropCases.oneKept.plan))
			.split("; ")
			.map((part) => part.split(":")[0]);
		expect(parts).toEqual(stateLines({ ...dropCases.oneKept.plan, rows: {} }).map(([name]) => name));
	});

	it("rule 2.5: sees a capability that is newer than its table", () => {
		const kernel = new FakeKernel({ process: unprivileged(1000, 1000, { bounding: 1n << 63n }), machine: { last: 63 } });
		const expected: Credentials = {
			...dropCases.ambientInherited.plan.expected,
			sets: { ...dropCases.nothingKept.plan.expected.sets },
			noNewPrivileges: false,
		};
		expect(messageOf(() => prove(kernel.host, { rows: {}, expected }))).toBe("bounding: planned none, the kernel says cap_63");
	});
});

describe("the attempt to get privilege back", () => {
	const attempts = (kernel: FakeKernel, from: number) => kernel.calls.slice(from).filter(([name]) => /^(set|capset)/.test(name));

	it("tries the ids, the groups, every capability and the locks", () => {
		const kernel = dropped();
		const from = kernel.calls.length;
		prove(kernel.host, dropCases.oneKept.plan);
		expect(attempts(kernel, from)).toEqual([
			["setresuid", 0, 0, 0],
			["setresgid", 0, 0, 0],
			["setgroups", [0]],
			["capset", 0x400n, 0x1ff_ffff_ffffn, 0x400n],
			["setSecurebits", 0],
		]);
	});

	const succeeding: [string, Partial<Host>][] = [
		["setresuid(0, 0, 0)", { setresuid: () => 0 }],
		["setresgid(0, 0, 0)", { setresgid: () => 0 }],
		["setgroups([0])", { setgroups: () => 0 }],
		["capset with every capability permitted", { capset: () => 0 }],
		["PR_SET_SECUREBITS with none", { setSecurebits: () => 0 }],
	];

	it.each(succeeding)("stops when %s works", (name, overrides) => {
		const kernel = new FakeKernel({ process: dropCases.oneKept.workload, overrides });
		expect(messageOf(() => prove(kernel.host, dropCases.oneKept.plan))).toBe(`${name} succeeded although it had to fail`);
	});

	it("does not take another failure for a refusal", () => {
		const kernel = dropped().failOn("setresuid", errno.EAGAIN);
		expect(messageOf(() => prove(kernel.host, dropCases.oneKept.plan))).toBe("setresuid(0, 0, 0) was not refused: EAGAIN");
	});

	it("takes an id that the user namespace lacks for one that cannot be reached", () => {
		const map = [[1000, 1000, 1] as const];
		const kernel = new FakeKernel({ process: { ...dropCases.oneKept.workload, groups: [1000] }, machine: { uidMap: map, gidMap: map } });
		const { groups } = dropCases.ambientInherited.plan.expected;
		prove(kernel.host, { rows: {}, expected: { ...dropCases.oneKept.plan.expected, groups } });
		expect(kernel.host.setresuid(0, 0, 0)).toBe(-errno.EINVAL);
	});

	it("leaves out what the plan allows: SETUID and SETGID kept", () => {
		const kept = CapabilitySet.of("SETUID", "SETGID");
		const kernel = new FakeKernel({
			process: { ...dropCases.oneKept.workload, bounding: 0xc0n, permitted: 0xc0n, effective: 0xc0n, inheritable: 0xc0n, ambient: 0xc0n },
		});
		const { expected } = dropCases.oneKept.plan;
		const sets = { bounding: kept, permitted: kept, effective: kept, inheritable: kept, ambient: kept };
		prove(kernel.host, { rows: {}, expected: { ...expected, sets } });
		expect(attempts(kernel, 0)).toEqual([
			["capset", 0xc0n, 0x1ff_ffff_ffffn, 0xc0n],
			["setSecurebits", 0],
		]);
	});

	it("leaves out what the plan allows: root with everything", () => {
		const all = CapabilitySet.upTo(capabilityAt(40));
		const kernel = new FakeKernel({ process: privilegedRoot() });
		const { expected } = dropCases.rootKept.plan;
		const sets = { bounding: all, permitted: all, effective: all, inheritable: CapabilitySet.empty, ambient: CapabilitySet.empty };
		prove(kernel.host, { rows: {}, expected: { ...expected, sets, securebits: 0, noNewPrivileges: false } });
		expect(attempts(kernel, 0)).toEqual([]);
	});
});

describe("the comparison by calls", () => {
	it("has nothing to say about the same value", () => {
		const kernel = dropped();
		expect(compareCalls(dropCases.oneKept.plan, viewOf(kernel.host))).toEqual([]);
	});

	it("renders every part", () => {
		expect(Object.fromEntries(stateLines({ ...dropCases.oneKept.plan, rows: {} }))).toEqual({
			uid: "1000 1000 1000",
			gid: "1000 1000 1000",
			groups: "44 1000",
			bounding: "NET_BIND_SERVICE",
			permitted: "NET_BIND_SERVICE",
			effective: "NET_BIND_SERVICE",
			inheritable: "NET_BIND_SERVICE",
			ambient: "NET_BIND_SERVICE",
			securebits: "noroot,noroot_locked,no_cap_ambient_raise,no_cap_ambient_raise_locked",
			no_new_privileges: "on",
		});
	});

	it("renders what else the rows do", () => {
		const { plan } = dropCases.oneKept;
		const limit = { name: "nofile", resource: 7, soft: 100n, hard: (1n << 64n) - 1n };
		const more = changed(plan, {
			umask: 0o077,
			nice: 5,
			"oom-score": -5,
			limits: [limit],
			apparmor: dropCases.apparmorAdded.plan.rows.apparmor,
		});
		expect(stateLines(more).slice(stateLines({ ...plan, rows: {} }).length)).toEqual([
			["limits", "nofile=100:unlimited"],
			["oom_score", "-5"],
			["nice", "5"],
			["umask", "0077"],
			["session_keyring", "new"],
			["workdir", home],
			["parent_death_signal", "TERM"],
			["apparmor", "demo, besides outer"],
		]);
	});
});
