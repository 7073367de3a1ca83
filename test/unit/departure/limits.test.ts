import { describe, expect, it } from "vitest";
import { limits } from "../../../src/departure/rows/limits.ts";
import { Failure } from "../../../src/report/failure.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

function planned(hard: bigint, isHeld: boolean, whenUnprivileged: "fail" | "skip"): unknown {
	const notes: string[] = [];
	const reads = new FakeKernel({
		process: dockerRoot(),
		files: { "/proc/sys/fs/nr_open": "1048576\n" },
		overrides: { getrlimit: () => [1024n, 524_288n] },
	}).host;
	const ask = {
		request: { whenUnprivileged },
		start: { credentials: { sets: { permitted: { has: () => isHeld } } } },
		reads,
		setting: [{ name: "nofile", resource: 7, soft: hard, hard }],
		note: (text: string) => notes.push(text),
	};
	try {
		return [limits.plan?.(ask as never), ...notes];
	} catch (error) {
		return error instanceof Failure ? error.diagnostics.map(({ message, remedy }) => [message, remedy]) : error;
	}
}

describe("a limit of open files", () => {
	const words = "nofile 4000000 is above fs.nr_open of the machine, 1048576, and nobody goes beyond";
	const to = (value: bigint) => [{ name: "nofile", resource: 7, soft: value, hard: value }];

	it("is not raised above what the kernel allows anybody", () => {
		expect(planned(4_000_000n, true, "fail")).toEqual([[words, ["limits: {nofile: 1048576}, or sysctl -w fs.nr_open=N on the machine"]]]);
		expect(planned(4_000_000n, false, "fail")).toEqual([[words, ["limits: {nofile: 524288}, or sysctl -w fs.nr_open=N on the machine"]]]);
		expect(planned(4_000_000n, true, "skip")).toEqual([to(1_048_576n), `${words}: 1048576 is used`]);
		expect(planned(4_000_000n, false, "skip")).toEqual([to(524_288n), `${words}: 524288 is used`]);
	});

	it("is raised up to there by who may", () => {
		expect(planned(1_048_576n, true, "fail")).toEqual([to(1_048_576n)]);
	});
});
