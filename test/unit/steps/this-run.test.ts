import { describe, expect, it } from "vitest";
import { isOlder, observeThisRun } from "../../../src/steps/trees/this-run.ts";
import { CLOCK } from "../../../src/sys/constants.ts";
import type { Stat } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { refusalOf } from "./context.ts";

/** The machine was booted at 1,000,000 and has run for 50,000 seconds. */
const now = 1_050_000;
const clocks = { [CLOCK.REALTIME]: now * 1000, [CLOCK.BOOTTIME]: 50_000_000 };

/** A start in seconds since boot, and the lines of its control groups. */
type Process = readonly [start: number, groups: string];

function processes(each: Readonly<Record<string, Process>>, proc = true) {
	const files = Object.entries(each).flatMap(([pid, [start, groups]]) => [
		[`/proc/${pid}/stat`, `${pid} (a ) 1 2 (b) S${" 0".repeat(18)} ${start * 100} 0 0\n`],
		[`/proc/${pid}/cgroup`, groups],
	]);
	const clockGettime = (clock: number) => clocks[clock as keyof typeof clocks];
	return new FakeKernel({ process: dockerRoot(), files: Object.fromEntries(files), proc, overrides: { clockGettime } }).host;
}

describe("the start of this container", () => {
	const own: Process = [40_000, "0::/\n"];
	it.each<[string, Record<string, Process>, number]>([
		["its PID 1", { self: own, "1": own }, 40_000],
		["an init of its own", { self: own, "1": [39_999, "0::/\n"], "7": own }, 39_999],
		["the main process, seen by one that entered", { self: [45_000, "0::/\n"], "1": [40_000, "0::/\n"], "90": [45_000, "0::/\n"] }, 40_000],
		["its first, beside a pause container", { self: own, "1": [100, "0::/../pause\n"], "7": own, "8": [300, "0::/../other\n"] }, 40_000],
		[
			"its first, on the machine",
			{ self: [9, "0::/docker/a\n"], "1": [0, "0::/init.scope\n"], "2": [0, "0::/\n"], "3": [5, "0::/docker/ab\n"] },
			9,
		],
		["one that has moved further down", { self: [9, "0::/docker/a\n"], "1": [0, "0::/\n"], "3": [5, "0::/docker/a/init\n"] }, 5],
		[
			"with several hierarchies",
			{
				self: [9, "2:cpu,cpuacct:/a\n1:name=systemd:/a:b\n0::/\n"],
				"1": [0, "2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n"],
				"3": [5, "2:cpu,cpuacct:/a\n1:name=systemd:/a:b\n0::/\n"],
			},
			5,
		],
		["PID 1 without control groups", { self: [40_000, ""], "1": [39_000, ""], "7": [40_000, ""] }, 39_000],
	])("is that of %s", (_, all, start) => {
		const kernel = processes(all);
		expect(observeThisRun(kernel)).toEqual({ start: 1_000_000 + start - 0.01, now });
	});

	it("is not known without /proc", () => {
		expect(refusalOf(() => observeThisRun(processes({}, false)))).toBe(
			"STEP_FAILED: older_than_boot needs /proc, to know when this container was started",
		);
	});
});

describe("what is older than a run from 500 to 600", () => {
	const run = { start: 500, now: 600 };
	it.each([
		["left alone since", { mtime: 400, ctime: 400 }, true],
		["of a time just before", { mtime: 499.999, ctime: 499.999 }, true],
		["made at its start", { mtime: 500, ctime: 500 }, false],
		["dated ahead long ago", { mtime: 9999, ctime: 400 }, true],
		["dated ahead in this run", { mtime: 9999, ctime: 550 }, false],
		["that only got another owner", { mtime: 400, ctime: 550 }, true],
		["from before the clock was set back", { mtime: 700, ctime: 700 }, true],
		["made just now", { mtime: 600, ctime: 600 }, false],
	])("a file %s", (_, times, expected) => {
		expect(isOlder(times as Stat, run)).toBe(expected);
	});
});
