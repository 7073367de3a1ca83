import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/report/failure.ts";
import { pause, whileHoldingSignals } from "../../../src/steps/common/stop-signals.ts";
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
