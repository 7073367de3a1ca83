import { describe, expect, it } from "vitest";
import { grantRemedy } from "../../../src/capability/grant.ts";
import { Authority } from "../../../src/departure/authority.ts";
import { carryOut } from "../../../src/departure/depart.ts";
import { prove } from "../../../src/departure/prove.ts";
import type { ThreeSets } from "../../../src/departure/request.ts";
import { rows } from "../../../src/departure/rows.ts";
import { observeCredentials } from "../../../src/identity/credentials.ts";
import { Failure } from "../../../src/report/failure.ts";
import { errno } from "../../../src/sys/errno.ts";
import { refusedCall } from "../../../src/sys/filter.ts";
import { SyscallError } from "../../../src/sys/observe.ts";
import { type Call, capDropAll, type FakeProcess, ProcessExited, rootlessRoot, WorkloadStarted } from "../../fake/index.ts";
import { changed, closedWorkdir, dropCaseNames, dropCases, home, kernelFor, program } from "./cases.ts";
import { callsOf, drop, dropOrder, journeyOf, outcome } from "./outcome.ts";

const bit = (...numbers: number[]) => numbers.reduce((bits, each) => bits | (1n << BigInt(each)), 0n);
const [SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, docker] = [6, 7, 8, 10, 0xa804_25fbn];

const walled: readonly Call[] = [
	["landlockCreateRuleset", 0, 2, 0],
	["landlockAddPort", 900, 443, 2],
	["landlockRestrictSelf", 900],
	["loadFilter", "060000000000ff7f", 4],
];

describe("the drop", () => {
	it("rule 2.1: makes exactly these calls for uid 1000 with NET_BIND_SERVICE kept", () => {
		expect(callsOf(dropCases.oneKept, dropOrder)).toEqual<Call[]>([
			["capset", bit(SETGID, SETUID, SETPCAP), docker, 0n],
			["capbsetDrop", 0],
			["capbsetDrop", 1],
			["capbsetDrop", 3],
			["capbsetDrop", 4],
			["capbsetDrop", 5],
			["capbsetDrop", 6],
			["capbsetDrop", 7],
			["capbsetDrop", 8],
			["capbsetDrop", 13],
			["capbsetDrop", 18],
			["capbsetDrop", 27],
			["capbsetDrop", 29],
			["capbsetDrop", 31],
			["setKeepCaps", 1],
			["setgroups", [44, 1000]],
			["setresgid", 1000, 1000, 1000],
			["setresuid", 1000, 1000, 1000],
			["joinSessionKeyring"],
			["setKeepCaps", 0],
			["capset", bit(SETPCAP, NET_BIND_SERVICE), bit(SETPCAP, NET_BIND_SERVICE), bit(NET_BIND_SERVICE)],
			["capAmbientClearAll"],
			["capAmbientRaise", NET_BIND_SERVICE],
			["setSecurebits", 0xc3],
			["capset", bit(NET_BIND_SERVICE), bit(NET_BIND_SERVICE), bit(NET_BIND_SERVICE)],
			["chdir", home],
			["setNoNewPrivs"],
			["setParentDeathSignal", 15],
			...walled,
		]);
	});

	it.each(dropCaseNames)("%s: works as the user with the final sets, and before the walls", (name) => {
		const { plan, workload } = dropCases[name];
		const kernel = kernelFor(dropCases[name]);
		const before = kernel.process.noNewPrivs;
		let seen: unknown;
		let after = -1;
		drop(kernel.host, plan, {
			"as the user": () => {
				seen = kernel.process;
				after = kernel.changes.length;
			},
		});
		// Who plans no sets has those that are expected of the kernel.
		const { effective, permitted, inheritable }: ThreeSets = plan.rows.sets ?? plan.expected.sets;
		expect(seen).toEqual({
			...kernel.process,
			effective: effective.bits,
			permitted: permitted.bits,
			inheritable: inheritable.bits,
			noNewPrivs: before,
			isWalled: false,
			// Set when all is proved.
			parentDeathSignal: (seen as FakeProcess).parentDeathSignal,
			onExec: undefined,
			forked: undefined,
		});
		const later = kernel.changes.slice(after);
		expect(later[0]?.[0] === "setNoNewPrivs").toBe(plan.rows["no-new-privileges"] === true);
		const signal = plan.rows["parent-death-signal"];
		expect(later.filter(([call]) => call === "setParentDeathSignal")).toEqual(
			signal === undefined ? [] : [["setParentDeathSignal", signal]],
		);
		if (signal !== undefined) {
			const last = workload.isWalled ? "loadFilter" : "setParentDeathSignal";
			expect(later.filter(([call]) => call !== "open" && call !== "write").at(-1)?.[0]).toBe(last);
		}
		expect(kernel.process.noNewPrivs).toBe(workload.noNewPrivs);
	});

	it("raises no wall when the work as the user fails", () => {
		const kernel = kernelFor(dropCases.oneKept);
		const stop = new Error("stop");
		expect(() =>
			drop(kernel.host, dropCases.oneKept.plan, {
				"as the user": () => {
					throw stop;
				},
			}),
		).toThrow(stop);
		expect(kernel.calls.at(-1)).toEqual(["chdir", home]);
	});

	it("makes exactly these calls when nothing is kept", () => {
		expect(callsOf(dropCases.nothingKept, dropOrder)).toEqual<Call[]>([
			["capset", bit(SETGID, SETUID, SETPCAP), docker, 0n],
			...[0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31].map((each): Call => ["capbsetDrop", each]),
			["setKeepCaps", 1],
			["setgroups", [44, 1000]],
			["setresgid", 1000, 1000, 1000],
			["setresuid", 1000, 1000, 1000],
			["setKeepCaps", 0],
			["capset", bit(SETPCAP), bit(SETPCAP), 0n],
			["capAmbientClearAll"],
			["setSecurebits", 0xc3],
			["capset", 0n, 0n, 0n],
			["chdir", home],
			["setNoNewPrivs"],
			["setParentDeathSignal", 15],
			...walled,
		]);
	});

	it("changes no id when the process is the user already", () => {
		expect(callsOf(dropCases.ambientInherited, dropOrder)).toEqual<Call[]>([
			["capset", 0n, bit(13), bit(13)],
			["capset", bit(13), bit(13), bit(13)],
			["capAmbientClearAll"],
			["capset", bit(13), bit(13), bit(13)],
			["chdir", home],
			["setNoNewPrivs"],
			["setParentDeathSignal", 15],
			...walled,
		]);
	});

	it.each(dropCaseNames)("starts the workload in exactly the planned state: %s", (name) => {
		const { plan, workload } = dropCases[name];
		expect(outcome(dropCases[name], dropOrder)).toEqual({ workload: { process: workload, workdir: plan.rows.workdir } });
	});

	it("rule 2.2: without NOROOT an exec as uid 0 refills the emptied sets from the bounding set", () => {
		const { start, plan } = dropCases.rootWithoutNoNewPrivileges;
		const weak = changed(plan, { securebits: undefined }, { securebits: 0 });
		const found = outcome({ start, plan: weak, workload: start }, dropOrder);
		expect("workload" in found && found.workload.process.permitted).toBe(bit(NET_BIND_SERVICE, 13));
	});

	it("rule 4.6: enters the working directory as the user, whatever root could enter", () => {
		expect(outcome(closedWorkdir, dropOrder)).toEqual({ failed: "drop workdir" });
	});

	it("says which row failed, why it stands there and what the kernel said", () => {
		const kernel = kernelFor({ ...dropCases.oneKept, start: capDropAll({ permitted: 0n }) });
		expect(() => drop(kernel.host, changed(dropCases.oneKept.plan, { authority: undefined }))).toThrow(
			new Failure({
				code: "DROP_FAILED",
				message: `capbsetDrop: EPERM: a seccomp filter or a security module does not allow it (${rows.bounding.reason})`,
				where: "drop bounding",
				refused: { call: "capbsetDrop", code: errno.EPERM },
				remedy: refusedCall(new SyscallError("capbsetDrop", errno.EPERM)).remedy,
			}),
		);
	});

	it("says what a row before the drop lacks, and names the directory that cannot be entered", () => {
		const overrides = { setpriority: () => -errno.EACCES };
		const kernel = kernelFor({ ...dropCases.oneKept, start: capDropAll() }, overrides);
		const { effective, permitted, inheritable } = observeCredentials(kernel.host).sets;
		const sets = { effective, permitted, inheritable, bounding: permitted, ambient: permitted };
		const journey = { ...journeyOf(kernel.host), authority: new Authority(kernel.host, sets) };
		expect(() => carryOut(journey, changed(dropCases.oneKept.plan, { nice: -5 }), ["nice"])).toThrow(
			new Failure({
				code: "DROP_FAILED",
				message: "setpriority: EACCES: SYS_NICE is not held",
				where: "drop nice",
				remedy: grantRemedy(["SYS_NICE"]),
			}),
		);
		const nowhere = changed(dropCases.oneKept.plan, { workdir: "/nowhere" });
		expect(() => carryOut(journey, nowhere, ["workdir"])).toThrow(
			new Failure({
				code: "DROP_FAILED",
				message: 'chdir to "/nowhere" as the user: ENOENT: it does not exist',
				where: "drop workdir",
				remedy: ['make it in the image or by a step: mkdir: "/nowhere"'],
			}),
		);
	});

	it("never runs as root instead: every call of a root without SETUID and SETGID ends in a failure", () => {
		const start = capDropAll();
		const plan = changed(dropCases.nothingKept.plan, {
			authority: undefined,
			bounding: undefined,
			"keep-capabilities-on": undefined,
			"keep-capabilities-off": undefined,
		});
		expect(outcome({ start, plan, workload: start }, dropOrder)).toEqual({ failed: "drop groups" });
	});
});

describe("a call that fails", () => {
	/** Looks are among them where a row has some; a close that fails is nobody's loss. */
	const faults = dropCaseNames.flatMap((name) => {
		const quiet = kernelFor(dropCases[name]);
		carryOut(journeyOf(quiet.host), dropCases[name].plan, dropOrder);
		return quiet.calls.flatMap(([call], index) =>
			call === "close" ? [] : (["EPERM", "ENOMEM"] as const).map((code) => [name, index, call, code] as const),
		);
	});

	it.each(faults)("%s: call %i (%s) with %s never lets the drop return", (name, index, call, code) => {
		const kernel = kernelFor(dropCases[name]).failOn(index, errno[code]);
		expect(() => carryOut(journeyOf(kernel.host), dropCases[name].plan, dropOrder)).toThrow(Failure);
		expect(kernel.calls[index]?.[0]).toBe(call);
		expect(kernel.calls.slice(index + 1).filter(([later]) => later !== "close")).toEqual([]);
	});

	it.each(dropCaseNames)("%s: a reading that fails never lets the verification return", (name) => {
		const { plan } = dropCases[name];
		const quiet = kernelFor(dropCases[name]);
		carryOut(journeyOf(quiet.host), plan, dropOrder);
		const first = quiet.calls.length;
		prove(quiet.host, plan);
		const readings = quiet.calls
			.slice(first)
			.flatMap(([call], index) => (/^(get(groups|Secure|NoNew)|cap(get|bsetReadAll|AmbientReadAll))/.test(call) ? [first + index] : []));
		expect(readings.length).toBe(6);
		for (const index of readings) {
			const kernel = kernelFor(dropCases[name]).failOn(index, errno.ENOMEM);
			carryOut(journeyOf(kernel.host), plan, dropOrder);
			expect(() => prove(kernel.host, plan)).toThrow(/: ENOMEM$/);
		}
	});
});

describe("a user namespace of one id", () => {
	it("refuses setgroups and foreign ids, and has root as its only user", () => {
		const { process, machine } = rootlessRoot();
		const kernel = kernelFor({ ...dropCases.rootKept, start: process });
		Object.assign(kernel.machine, machine);
		expect(kernel.host.setgroups([0])).toBe(-errno.EPERM);
		expect(kernel.host.setresgid(1000, 1000, 1000)).toBe(-errno.EINVAL);
		expect(kernel.host.setresuid(1000, 1000, 1000)).toBe(-errno.EINVAL);
		expect(kernel.host.setresuid(0, 0, 0)).toBe(0);
		expect(kernel.process).toEqual(process);
	});
});

describe("the fake's ends of a process", () => {
	it("does not return from execve and exit", () => {
		const kernel = kernelFor(dropCases.oneKept);
		expect(() => kernel.host.execve([program], ["workload"], ["A=b"], [])).toThrow(WorkloadStarted);
		expect(kernel.workload).toMatchObject({ path: program, argv: ["workload"], environment: ["A=b"], workdir: "/" });
		expect(() => kernel.host.exit(125)).toThrow(new ProcessExited(125));
	});
});
