import { describe, expect, it } from "vitest";
import { limits } from "../../../src/departure/rows/limits.ts";
import { Failure } from "../../../src/report/failure.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

function planned(hard: bigint, isHeld: boolean, whenUnprivileged: "fail" | "skip", { soft = hard, uid = 0 } = {}): unknown {
	const told: unknown[] = [];
	const reads = new FakeKernel({
		process: dockerRoot(),
		files: { "/proc/sys/fs/nr_open": "1048576\n" },
		overrides: { getrlimit: () => [1024n, 524_288n] },
	}).host;
	const ask = {
		request: { whenUnprivileged, ofWorkload: { warn: (message: string, remedy: string[]) => told.push({ message, remedy }) } },
		start: { credentials: { uids: { real: uid }, sets: { permitted: { has: () => isHeld } } } },
		reads,
		setting: [{ name: "nofile", resource: 7, soft, hard }],
		note: (text: string) => told.push(text),
	};
	try {
		return [limits.plan?.(ask as never), ...told];
	} catch (error) {
		return error instanceof Failure ? error.diagnostics.map(({ message, remedy }) => [message, remedy]) : error;
	}
}

describe("a limit of open files", () => {
	const words = "nofile 4000000 is above fs.nr_open of the machine, 1048576, and nobody goes beyond";
	const to = (value: bigint, soft = value) => [{ name: "nofile", resource: 7, soft, hard: value }];
	const warned = (used: number, own = used) => ({
		message: `${words}: ${used} is used`,
		remedy: [`limits: {nofile: ${own}}, or sysctl -w fs.nr_open=N on the machine`],
	});

	it("is not raised above what the kernel allows anybody", () => {
		expect(planned(4_000_000n, true, "fail")).toEqual([[words, ["limits: {nofile: 1048576}, or sysctl -w fs.nr_open=N on the machine"]]]);
		expect(planned(4_000_000n, false, "fail")).toEqual([[words, ["limits: {nofile: 524288}, or sysctl -w fs.nr_open=N on the machine"]]]);
		expect(planned(4_000_000n, true, "skip")).toEqual([to(1_048_576n), warned(1_048_576)]);
		expect(planned(4_000_000n, false, "skip")).toEqual([to(524_288n), warned(524_288)]);
	});

	it("is raised up to there by who may", () => {
		expect(planned(1_048_576n, true, "fail")).toEqual([to(1_048_576n)]);
	});

	it("is told at every start where the workload gets less than is written, with what raises it for this start", () => {
		const message = "nofile 600000 is above the hard limit 524288, and SYS_RESOURCE is not held: 524288 is used";
		const flag = "docker run --ulimit nofile=600000";
		expect(planned(600_000n, false, "skip")).toEqual([
			to(524_288n),
			{ message, remedy: [flag, expect.stringContaining("or to raise it here: docker run --cap-add SYS_RESOURCE ...")] },
		]);
		expect(planned(600_000n, false, "skip", { uid: 1000 })).toEqual([to(524_288n), { message, remedy: [flag] }]);
		expect(planned(600_000n, false, "skip", { soft: 1024n })).toEqual([to(524_288n, 1024n), message]);
	});
});
