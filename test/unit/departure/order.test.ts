import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { departureOrder } from "../../../src/departure/order.ts";
import { type RowName, rows, table } from "../../../src/departure/rows.ts";
import { type Call, FakeKernel, type FakeProcess, WorkloadStarted } from "../../fake/index.ts";
import { buildReplayer, missingForRealKernel, type Replayed, type Replayer, replayLine } from "../sys/real-kernel.ts";
import { type DropCaseName, dropCaseNames, dropCases, home } from "./cases.ts";
import { before, callsOf, dropOrder, outcome, swapped, without } from "./outcome.ts";

const names = dropOrder;
const pairs = names.slice(1).map((name, index) => [index, names[index] as RowName, name] as const);

/** The cases that end otherwise than they should when the drop has these rows: a refusal, a failed verification or another workload. */
function casesThatNotice(order: readonly RowName[]): DropCaseName[] {
	return dropCaseNames.filter((name) => {
		const found = outcome(dropCases[name], order);
		return (
			"failed" in found ||
			!isDeepStrictEqual(found, { workload: { process: dropCases[name].workload, workdir: dropCases[name].plan.rows.workdir } })
		);
	});
}

describe("the order of the drop", () => {
	it("is this one", () => {
		expect(names).toEqual([
			"authority",
			"bounding",
			"keep-capabilities-on",
			"groups",
			"gid",
			"uid",
			"session-keyring",
			"keep-capabilities-off",
			"transition",
			"ambient-clear",
			"ambient-raise",
			"securebits",
			"sets",
			"workdir",
			"no-new-privileges",
			"init",
			"placement",
			"default-signals",
			"parent-death-signal",
			"apparmor",
			"selinux",
			"landlock",
			"init-ready",
		]);
	});

	it("leaves nothing to notice as it is", () => {
		expect(casesThatNotice(dropOrder)).toEqual([]);
	});

	it.each(names)("cannot do without %s", (name) => {
		expect(casesThatNotice(without(dropOrder, name))).not.toEqual([]);
	});

	it("may be swapped, for all the kernel cares, only between these neighbours", () => {
		const harmless = pairs.filter(([index]) => casesThatNotice(swapped(dropOrder, index)).length === 0);
		expect(harmless.map(([, first, second]) => `${first} / ${second}`)).toEqual([
			"bounding / keep-capabilities-on",
			"keep-capabilities-on / groups",
			"groups / gid",
			"session-keyring / keep-capabilities-off",
			"keep-capabilities-off / transition",
			"transition / ambient-clear",
			"sets / workdir",
			"workdir / no-new-privileges",
			"placement / default-signals",
			"default-signals / parent-death-signal",
			"parent-death-signal / apparmor",
			"apparmor / selinux",
			"selinux / landlock",
			"landlock / init-ready",
		]);
	});

	/** Of a start that has both rows; no kernel has both modules. */
	const shown = pairs.flatMap(([index, ...both]) => {
		const found = dropCaseNames.find((name) => both.every((row) => dropCases[name].plan.rows[row] !== undefined));
		return found === undefined ? [] : [[index, ...both, found] as const];
	});
	/** To wait for the init is to read, and changes nothing. */
	const changing = shown.filter(([, , second]) => second !== "init-ready");

	it("has a start for every two rows but these", () => {
		expect(pairs.filter(([index]) => shown.every(([other]) => other !== index)).map(([, ...both]) => both)).toEqual([
			["apparmor", "selinux"],
		]);
	});

	it.each(changing)("shows a swap of rows %i, %s and %s, in the calls of %s", (index, _first, _second, name) => {
		expect(callsOf(dropCases[name], swapped(dropOrder, index))).not.toEqual(callsOf(dropCases[name], dropOrder));
	});
});

describe("the pairs that rows name", () => {
	const named = table.flatMap(({ name, after }) => Object.keys(after).map((other) => [name, other as RowName] as const));

	it.each(named)("%s stands after %s, in the same act or a later one", (name, other) => {
		expect(Object.keys(rows)).toContain(other);
		expect(departureOrder.indexOf(name)).toBeGreaterThan(departureOrder.indexOf(other));
	});

	it.each(named.filter(([name]) => dropOrder.includes(name)))("%s before %s is noticed", (name, other) => {
		expect(casesThatNotice(before(dropOrder, name, other))).not.toEqual([]);
	});
});

const missing = missingForRealKernel();

/** Every drop of this file, right and mutated, as calls alone: what the fake said of them, the real kernel must say too. */
describe.skipIf(missing !== undefined)(`the order on the real kernel${missing === undefined ? "" : ` (SKIP: ${missing})`}`, () => {
	let replayer: Replayer;
	let start: FakeProcess;

	beforeAll(() => {
		replayer = buildReplayer();
		start = (replayer.run([replayLine([], replayer.program)])[0] as Replayed).before;
	});
	afterAll(() => replayer.remove());

	const mutants: [string, readonly RowName[]][] = [
		["as it is", dropOrder],
		...names.map((name): [string, RowName[]] => [`without ${name}`, without(dropOrder, name)]),
		...pairs.map(([index, first, second]): [string, RowName[]] => [`${first} / ${second} swapped`, swapped(dropOrder, index)]),
	];

	/** This kernel may have another security module, or none; and the replay is one process. */
	const withoutLabels = dropCaseNames.filter((name) => !("securityModule" in dropCases[name]) && name !== "withInit");

	it.each(mutants)("%s", (_, order) => {
		const all = withoutLabels.map((name) => [...callsTo(dropCases[name].start, start), ...callsOf(dropCases[name], order).map(inReplayer)]);
		expect(all.map((calls) => replayOnFake(calls))).toEqual(replayer.run(all.map((calls) => replayLine(calls, replayer.program))));
	});

	function inReplayer(call: Call): Call {
		return call[0] === "chdir" && call[1] === home ? ["chdir", replayer.home] : call;
	}

	function replayOnFake(calls: readonly Call[]): Replayed {
		const kernel = new FakeKernel({
			process: start,
			machine: { last: start.bounding.toString(2).length - 1 },
			files: { "/bin/program": { mode: 0o755 }, [replayer.home]: { kind: "directory", uid: 1000, gid: 1000, mode: 0o700 } },
		});
		const perform = ([name, ...args]: Call) => (kernel.host[name] as (...args: unknown[]) => number)(...args);
		// What is no refusal is 0 in the replay, and so is a descriptor.
		const results = calls.map((call) => Math.min(0, perform(call)));
		const before = kernel.process;
		try {
			return { results, before, after: [kernel.host.execve(["/bin/program"], ["program"], [], [])].flat()[0] as number };
		} catch (error) {
			if (!(error instanceof WorkloadStarted) || kernel.workload === undefined) {
				throw error;
			}
			return { results, before, after: kernel.workload.process };
		}
	}
});

/** The calls that make a process like `wanted` of a root that has at least as much. */
function callsTo(wanted: FakeProcess, from: FakeProcess): Call[] {
	const excess = from.bounding & ~wanted.bounding;
	const ambient = wanted.ambient.toString(2).length - 1;
	return [
		...[...excess.toString(2)].reverse().flatMap((digit, index): Call[] => (digit === "1" ? [["capbsetDrop", index]] : [])),
		["setgroups", wanted.groups],
		["setKeepCaps", 1],
		["setSecurebits", wanted.securebits | 0x10],
		["setresgid", ...wanted.gids],
		["setresuid", ...wanted.uids],
		["setKeepCaps", 0],
		["capset", wanted.effective, wanted.permitted, wanted.inheritable],
		...(wanted.ambient === 0n ? [] : ([["capAmbientRaise", ambient]] satisfies Call[])),
		["setParentDeathSignal", wanted.parentDeathSignal],
	];
}
