import { expect, it } from "vitest";
import type { Departing } from "../../../src/departure/departure.ts";
import type { FilterPlanner } from "../../../src/departure/request.ts";
import { observeStart } from "../../../src/departure/start.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { observeUserNamespace } from "../../../src/identity/user-namespace.ts";
import { planChild } from "../../../src/plan/children.ts";
import type { ChildRequest } from "../../../src/steps/step.ts";
import { capDropAll, dockerRoot, FakeKernel, type FakeProcess, type Machine, rootlessRoot } from "../../fake/index.ts";

const idsOf = (id: number) => ({ uid: toUid(id), gid: toGid(id), groups: [toGid(id)] });

function plan(process: FakeProcess, id: number, machine: Partial<Machine> = {}) {
	const { host } = new FakeKernel({ process, machine });
	return planChild(
		{ identity: idsOf(id), capabilities: ["NET_RAW"], workdir: "/tmp" },
		{ start: observeStart(host), reads: host, namespace: observeUserNamespace(host) },
	);
}

it("plans a program with what it names, and a look with nothing", () => {
	const { departure, bare } = plan(dockerRoot(), 1000) as Departing;
	const summary = [departure, bare].map(({ rows, expected: { uids, sets } }) => [uids.saved, sets.permitted.toString(), rows.workdir]);
	expect(summary).toEqual([
		[1000, "NET_RAW", "/tmp"],
		[1000, "none", "/"],
	]);
});

const codeOf = (planned: ReturnType<typeof plan>) => ("refused" in planned ? planned.refused.map(({ code }) => code) : "planned");

it("plans the refusal of what the start, or its user namespace, cannot make", () => {
	const { process, machine } = rootlessRoot();
	expect([
		codeOf(plan(capDropAll(), 1000)),
		codeOf(plan(process, 1000, machine)),
		codeOf(plan(dockerRoot(), 1000, { uidMap: [[0, 100_000, 2000]], gidMap: [[0, 100_000, 2000]] })),
		codeOf(plan(dockerRoot(), 3000, { uidMap: [[0, 100_000, 2000]], gidMap: [[0, 100_000, 2000]] })),
	]).toEqual([["CAPABILITY_MISSING"], ["ID_UNMAPPED"], "planned", ["ID_UNMAPPED"]]);
});

it("plans a filter for what stays, by its own capabilities, and for nothing that only looks", () => {
	const { host } = new FakeKernel({ process: dockerRoot() });
	const planFilter: FilterPlanner = () => (_, bounding) => ({
		profile: "p",
		program: "",
		flags: 0,
		optionalFlags: 0,
		summary: `${bounding}`,
		explains: true,
	});
	const beginning = { start: observeStart(host), reads: host, namespace: observeUserNamespace(host), planFilter };
	const filters = (more: Pick<ChildRequest, "capabilities" | "stays">) => {
		const { departure, bare } = planChild({ identity: idsOf(1000), ...more }, beginning) as Departing;
		return [departure, bare].map(({ rows }) => rows.seccomp?.summary);
	};
	expect(filters({ capabilities: ["NET_RAW"], stays: true })).toEqual(["NET_RAW", undefined]);
	expect(filters({ capabilities: [], stays: true })).toEqual(["none", undefined]);
	expect(filters({ capabilities: ["NET_RAW"] })).toEqual([undefined, undefined]);
});
