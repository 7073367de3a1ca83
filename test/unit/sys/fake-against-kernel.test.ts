import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/sys/native.ts";
import { type FakeEntry, FakeKernel, type FakeProcess, WorkloadStarted } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";
import { buildReplayer, missingForRealKernel, type Replayed, type Replayer, replayLine } from "./real-kernel.ts";

type Step = readonly [keyof Host, ...unknown[]];

const id = fc.constantFrom(0, 1000, 1001, 4_294_967_295);
const realId = fc.constantFrom(0, 1000, 1001);
const interesting = fc.constantFrom(6, 7, 8, 10, 13);
const set = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.array(interesting, { maxLength: 5 }).map((list) => list.reduce((bits, each) => bits | (1n << BigInt(each)), 0n)),
	},
	{ weight: 1, arbitrary: fc.constantFrom((1n << 64n) - 1n, 0x1ff_feff_ffffn) },
);
const securebits = fc.oneof(fc.constantFrom(0xef, 0x2f, 0x05, 0x0f, 0x10, 0x40, 0xc0, 0x30), fc.nat({ max: 0xfff }));
const allIds = (call: "setresuid" | "setresgid") =>
	fc.oneof(
		realId.map((same): Step => [call, same, same, same]),
		fc.tuple(id, id, id).map((ids): Step => [call, ...ids]),
	);

const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 3, arbitrary: allIds("setresuid") },
	allIds("setresgid"),
	fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 4 }).map((groups): Step => ["setgroups", groups]),
	{ weight: 4, arbitrary: fc.tuple(set, set, set).map((sets): Step => ["capset", ...sets]) },
	{ weight: 4, arbitrary: fc.tuple(set, set).map(([sets, inheritable]): Step => ["capset", sets, sets, inheritable]) },
	fc.oneof(interesting, fc.constantFrom(40, 41, 63)).map((each): Step => ["capbsetDrop", each]),
	{ weight: 4, arbitrary: fc.oneof(interesting, fc.constantFrom(40, 41)).map((each): Step => ["capAmbientRaise", each]) },
	fc.constant<Step>(["capAmbientClearAll"]),
	{ weight: 2, arbitrary: securebits.map((bits): Step => ["setSecurebits", bits]) },
	{ weight: 2, arbitrary: fc.constantFrom(0, 1, 1, 2).map((value): Step => ["setKeepCaps", value]) },
	fc.constant<Step>(["setNoNewPrivs"]),
	fc.constantFrom(0, 9, 15, 65).map((signal): Step => ["setParentDeathSignal", signal]),
);

/** The same calls on the fake kernel, from the state the real one began with. */
function replayOnFake(steps: readonly Step[], start: FakeProcess, last: number, entry: Partial<FakeEntry>): Replayed {
	const kernel = new FakeKernel({ process: start, machine: { last }, files: { "/bin/program": entry } });
	const results = steps.map(([name, ...args]) => (kernel.host[name] as (...args: unknown[]) => number)(...args));
	const before = kernel.process;
	let after: FakeProcess | number;
	try {
		after = [kernel.host.execve(["/bin/program"], ["program"], [], [])].flat()[0] as number;
	} catch (error) {
		if (!(error instanceof WorkloadStarted) || kernel.workload === undefined) {
			throw error;
		}
		after = kernel.workload.process;
	}
	return { results, before, after };
}

const missing = missingForRealKernel();

describe.skipIf(missing !== undefined)(`the fake kernel against the real one${missing === undefined ? "" : ` (SKIP: ${missing})`}`, () => {
	let replayer: Replayer;
	let start: FakeProcess;
	let last: number;

	beforeAll(() => {
		replayer = buildReplayer();
		const [idle] = replayer.run([replayLine([], replayer.program)]);
		start = (idle as Replayed).before;
		last = start.bounding.toString(2).length - 1;
	});
	afterAll(() => replayer.remove());

	it.each<[string, Pick<FakeEntry, "mode" | "capabilities">]>([
		["an ordinary program", { mode: 0o755 }],
		["a setuid root program", { mode: 0o4755 }],
		["a setgid program", { mode: 0o2755 }],
		["a program with permitted capabilities", { mode: 0o755, capabilities: { permitted: 0x2000n, inheritable: 0x500n, effective: false } }],
		["a program with effective capabilities", { mode: 0o755, capabilities: { permitted: 0x2400n, inheritable: 0x100n, effective: true } }],
		["a setuid program with capabilities", { mode: 0o4755, capabilities: { permitted: 0x2400n, inheritable: 0n, effective: true } }],
	])("agrees on every result and state of random calls, then exec of %s", (name, entry) => {
		const program = replayer.install(name.replaceAll(" ", "-"), entry);
		const sequences = fc.sample(fc.array(step, { maxLength: 14 }), { numRuns: runs(1000), seed: name.length });
		const real = replayer.run(sequences.map((steps) => replayLine(steps, program)));
		expect(real.length).toBe(sequences.length);
		sequences.forEach((steps, index) => {
			expect({ steps, ...replayOnFake(steps, start, last, entry) }).toEqual({ steps, ...real[index] });
		});
	});

	it("asks questions that have both answers", () => {
		const sequences = fc.sample(fc.array(step, { minLength: 14, maxLength: 14 }), { numRuns: runs(500), seed: 1 });
		const answers = new Map<string, Set<number>>();
		sequences.forEach((steps) => {
			replayOnFake(steps, start, last, { mode: 0o755 }).results.forEach((result, index) => {
				const [name] = steps[index] as Step;
				answers.set(name, (answers.get(name) ?? new Set()).add(result));
			});
		});
		expect(Object.fromEntries([...answers].map(([name, results]) => [name, [...results].sort()]))).toEqual({
			setresuid: [-1, 0],
			setresgid: [-1, 0],
			setgroups: [-1, 0],
			capset: [-1, 0],
			capbsetDrop: [-1, -22, 0],
			capAmbientRaise: [-1, -22, 0],
			capAmbientClearAll: [0],
			setSecurebits: [-1, 0],
			setKeepCaps: [-1, -22, 0],
			setNoNewPrivs: [0],
			setParentDeathSignal: [-22, 0],
		});
	});
});
