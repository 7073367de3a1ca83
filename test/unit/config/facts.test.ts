import { describe, expect, it } from "vitest";
import { observeFacts } from "../../../src/config/facts.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const meminfo = "MemTotal:        2048 kB\nMemFree:         1024 kB\n";
const quota = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us";
const period = "/sys/fs/cgroup/cpu/cpu.cfs_period_us";

function facts(files: Readonly<Record<string, string>>, processors = 4) {
	return observeFacts(new FakeKernel({ process: dockerRoot(), files, overrides: { cpuCount: () => processors } }).host);
}

describe("@cpus", () => {
	it.each<[string, Readonly<Record<string, string>>, string]>([
		["the affinity without cgroups", {}, "4"],
		["the affinity without a quota", { "/sys/fs/cgroup/cpu.max": "max 100000\n" }, "4"],
		["a quota", { "/sys/fs/cgroup/cpu.max": "200000 100000\n" }, "2"],
		["a quota, rounded up", { "/sys/fs/cgroup/cpu.max": "150000 100000\n" }, "2"],
		["at least one", { "/sys/fs/cgroup/cpu.max": "1000 100000\n" }, "1"],
		["never more than the affinity", { "/sys/fs/cgroup/cpu.max": "900000 100000\n" }, "4"],
		["a quota of cgroup v1", { [quota]: "250000\n", [period]: "100000\n" }, "3"],
		["the affinity without a quota of cgroup v1", { [quota]: "-1\n", [period]: "100000\n" }, "4"],
		["the affinity when the file says nothing sensible", { "/sys/fs/cgroup/cpu.max": "1 0\n" }, "4"],
	])("is %s", (_, files, expected) => {
		expect(facts(files).cpus()).toBe(expected);
	});
});

describe("@memory", () => {
	it.each<[string, Readonly<Record<string, string>>, string]>([
		["the machine's without cgroups", { "/proc/meminfo": meminfo }, "2097152"],
		["the machine's without a limit", { "/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": "max\n" }, "2097152"],
		["the limit", { "/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": "1048576\n" }, "1048576"],
		["never more than the machine's", { "/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": "4194304\n" }, "2097152"],
		["the limit where there is no /proc", { "/sys/fs/cgroup/memory.max": "1048576\n" }, "1048576"],
		["what cgroup v1 limits", { "/proc/meminfo": meminfo, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1048576\n" }, "1048576"],
		[
			"the machine's where cgroup v1 has its way of no limit",
			{ "/proc/meminfo": meminfo, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" },
			"2097152",
		],
	])("is %s", (_, files, expected) => {
		expect(facts(files).memory()).toBe(expected);
	});
});

it("nothing is looked at before it is asked for", () => {
	const { host, calls } = new FakeKernel({ process: dockerRoot() });
	const { hostname } = observeFacts(host);
	expect(calls).toEqual([]);
	expect([hostname(), calls]).toEqual(["fake", [["uname"]]]);
});
