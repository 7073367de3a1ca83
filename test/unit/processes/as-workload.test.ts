import { describe, expect, it } from "vitest";
import { asWorkload } from "../../../src/processes/as-workload.ts";
import { Failure } from "../../../src/report/failure.ts";
import type { Host } from "../../../src/sys/native.ts";
import type { FakeProcess } from "../../fake/index.ts";
import { type DropCase, type DropCaseName, dropCaseNames, dropCases, kernelFor } from "../departure/cases.ts";

/** Whoever is not root is the user already, and who raises nothing for its rows is no workload of a configuration. */
const ofRoot = dropCaseNames.filter((name) => dropCases[name].start.uids[1] === 0 && "authority" in dropCases[name].plan.rows);
const [answers, answer] = [10, 11];

/** The child's side of the fork, while a step's capabilities are effective: what it is when the work begins, and what it writes. */
function child(name: DropCaseName, work: (host: Host) => { readonly state: "ok"; readonly detail: string }) {
	const dropCase: DropCase = dropCases[name];
	const ends: number[] = [];
	const written: string[] = [];
	const closed: (readonly [number, number])[] = [];
	const kernel = kernelFor(
		{ ...dropCase, start: { ...dropCase.start, effective: 0x3n } },
		{
			pipe: () => [answers, answer],
			fork: () => 0,
			closeRange: (from, to) => closed.push([from, to]) * 0,
			write: (fd, text) => {
				written.push(`${fd}: ${text}`);
				return 0;
			},
			exit: (code) => {
				ends.push(code);
				throw new Error("gone");
			},
		},
	);
	let seen: FakeProcess | undefined;
	const run = () =>
		asWorkload(kernel.host, dropCase.plan, (host) => {
			seen = kernel.process;
			return work(host);
		});
	expect(run).toThrow("gone");
	return { seen, end: ends[0], written, closed, workload: dropCase.workload };
}

describe("work as the workload", () => {
	it.each(ofRoot)("is done with no more than the workload will hold: %s", (name) => {
		const { seen, end, written, closed, workload } = child(name, () => ({ state: "ok", detail: "already there" }));
		// What comes after this act is about an exec, which there is none of.
		expect(seen).toEqual({
			...workload,
			noNewPrivs: false,
			isWalled: false,
			parentDeathSignal: 9,
			label: dropCases[name].start.label,
			forked: undefined,
		});
		expect(end).toBe(0);
		expect(written).toEqual([`${answer}: ok\nalready there`]);
		expect(closed).toEqual([
			[3, answer - 1],
			[answer + 1, 0x7fff_ffff],
		]);
	});

	it.each<[string, string, object | string]>([
		["its outcome", "changed\nmade\nof two lines", { state: "changed", detail: "made\nof two lines" }],
		["what went wrong", "failed\nopen: EACCES", "open: EACCES"],
		["that it was ended", "", "the process that did it as the user was ended"],
		["nothing that it does not know", "done\nall", "all"],
	])("tells the parent %s", (_, text, expected) => {
		const calls: Partial<Host> = {
			pipe: () => [answers, answer],
			fork: () => 77,
			close: () => 0,
			poll: () => [16],
			readAll: () => text,
			waitpid: () => [77, 0],
		};
		const told = () => {
			try {
				return asWorkload(calls as Host, { rows: {}, expected: {} } as never, () => ({ state: "ok", detail: "the child's" }));
			} catch (error) {
				return error instanceof Failure ? error.message : error;
			}
		};
		expect(told()).toEqual(expected);
	});

	it("does not go on waiting for it when the start is told to stop", () => {
		const calls: Partial<Host> = {
			pipe: () => [answers, answer],
			fork: () => 77,
			close: () => 0,
			poll: (fds, timeoutMs) => {
				throw new Error(`told to stop: ${JSON.stringify([fds, timeoutMs])}`);
			},
		};
		expect(() => asWorkload(calls as Host, { rows: {}, expected: {} } as never, () => ({ state: "ok", detail: "" }))).toThrow(
			new Error(`told to stop: [[[${answers},1]],-1]`),
		);
	});
});
