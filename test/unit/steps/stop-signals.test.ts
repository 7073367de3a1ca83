import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/report/failure.ts";
import { heedingSignals, pause, whileHoldingSignals } from "../../../src/steps/common/stop-signals.ts";
import type { Host } from "../../../src/sys/native.ts";

const bit = (signal: number) => 1n << BigInt(signal - 1);
const held = bit(1) | bit(2) | bit(3) | bit(15);

/** A process to which these signals come as soon as it holds them back, and what becomes of its mask. */
function process(comes: bigint, ignored: readonly number[] = []) {
	const masks: bigint[] = [];
	let now = 0;
	const calls: Partial<Host> = {
		sigmask: (mask) => {
			masks.push(mask);
			return bit(10);
		},
		sigPending: () => comes,
		sigDisposition: (signal) => (ignored.includes(signal) ? 1 : 0),
		clock: () => now,
		poll: (_, ms) => {
			now += ms;
			return [];
		},
	};
	return { host: calls as Host, masks, now: () => now };
}

function outcome(work: () => unknown): unknown {
	try {
		return work();
	} catch (error) {
		return error instanceof Failure ? [error.diagnostics, error.exitStatus] : error;
	}
}

const interrupted = (name: string, signal: number) => [
	[{ code: "INTERRUPTED", message: `told to stop by SIG${name} while waiting`, signal }],
	128 + signal,
];

describe("signals that stop a start", () => {
	it.each([
		["HUP", 1],
		["INT", 2],
		["QUIT", 3],
		["TERM", 15],
	])("SIG%s ends what waits, whatever became of it, and stays blocked", (name, signal) => {
		for (const work of [() => "done", () => expect.fail("the step's own failure")]) {
			const { host, masks } = process(bit(signal));
			expect([outcome(() => whileHoldingSignals(host, work)), masks]).toEqual([interrupted(name, signal), [held]]);
		}
	});

	it("are given back when none has come, and to whoever ignores them", () => {
		const waits = (comes: bigint, ignored: readonly number[]) => {
			const { host, masks, now } = process(comes, ignored);
			return [outcome(() => whileHoldingSignals(host, () => pause(host, 120))), masks, now()];
		};
		expect(waits(bit(12), [])).toEqual([undefined, [held, bit(10)], 120]);
		expect(waits(bit(1), [1])).toEqual([undefined, [held, bit(10)], 120]);
	});

	it("are seen in the middle of a pause", () => {
		const { host, now } = process(bit(15));
		expect([outcome(() => pause(host, 10_000)), now()]).toEqual([interrupted("TERM", 15), 50]);
	});

	it("are not hidden by one that is ignored", () => {
		const { host } = process(bit(1) | bit(15), [1]);
		expect(outcome(() => pause(host, 10))).toEqual(interrupted("TERM", 15));
	});
});

describe("a first process", () => {
	/** The calls of a start as that process, to which the signal has come by the nth look. */
	function first(nth: number, pid = 1) {
		const { host, masks, now } = process(0n);
		let looks = 0;
		const calls: Partial<Host> = {
			...host,
			getpid: () => pid,
			sigPending: () => (++looks >= nth ? bit(15) : 0n),
			readDirectory: () => [],
			ownTree: (_fd, _options, progress) => {
				progress(1024, 0);
				progress(2048, 0);
				return -1;
			},
		};
		return { host: calls as Host, masks, now, looks: () => looks };
	}

	it("looks in the middle of a wait, which has its length otherwise", () => {
		const told = first(4);
		expect([outcome(() => heedingSignals(told.host, ({ host }) => host.poll([], 10_000))), told.now()]).toEqual([
			interrupted("TERM", 15),
			150,
		]);
		const quiet = first(1000);
		expect([outcome(() => heedingSignals(quiet.host, ({ host }) => host.poll([], 120))), quiet.now(), quiet.masks]).toEqual([
			[],
			120,
			[held, bit(10)],
		]);
	});

	it("ends a walk of the host, and what begins a directory, once: then it may put things right", () => {
		const seen: number[] = [];
		const walk = ({ host }: { readonly host: Host }) => host.ownTree(3, {} as never, (count) => void seen.push(count));
		expect([outcome(() => heedingSignals(first(2).host, walk)), seen]).toEqual([interrupted("TERM", 15), [1024]]);
		const right: unknown[] = [];
		const work = ({ host }: { readonly host: Host }) => {
			try {
				host.readDirectory(3);
			} finally {
				right.push(host.readDirectory(3), host.poll([], 20));
			}
		};
		expect([outcome(() => heedingSignals(first(1).host, work)), right]).toEqual([interrupted("TERM", 15), [[], []]]);
	});

	it("is told by a check although a step has passed over it, and keeps the place of an error that says so", () => {
		const hides = ({ host, check }: { readonly host: Host; readonly check: () => void }) => {
			try {
				host.readDirectory(3);
			} catch {
				check();
			}
		};
		expect(outcome(() => heedingSignals(first(1).host, hides))).toEqual(interrupted("TERM", 15));
		const where = new Failure({ code: "INTERRUPTED", message: "told", signal: 15, where: "setup[0]" });
		const told = first(1);
		expect(() =>
			heedingSignals(told.host, () => {
				throw where;
			}),
		).toThrow(where);
		expect(told.masks).toEqual([held]);
	});

	it("alone does so: the kernel ends any other", () => {
		const other = first(1, 7);
		expect([heedingSignals(other.host, ({ host }) => host), other.masks, other.looks()]).toEqual([other.host, [], 0]);
	});
});
