import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observeLimits } from "../../../src/tools/inspect/cgroup-limits.ts";
import { Unknown } from "../../../src/tools/inspect/unknown.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

const unified = "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n";
const separate = (root: string) =>
	["pids", "memory", "cpu,cpuacct"]
		.map((name, n) => `3${n} 22 0:2${n} ${root} /sys/fs/cgroup/${name} ro - cgroup cgroup rw,${name}\n`)
		.join("");
const directory = { kind: "directory" } as const;

function limitsOf(files: ConstructorParameters<typeof FakeKernel>[0]["files"]) {
	const kernel = new FakeKernel({ process: dockerRoot(), files: files ?? {} });
	const limits = observeLimits(kernel.host, 7);
	expect(kernel.files.openCount).toBe(0);
	return limits;
}

describe("observeLimits", () => {
	it("takes the smallest limit of version 2 on the way up", () => {
		expect(
			limitsOf({
				"/proc/7/cgroup": "0::/pod/app\n",
				"/proc/self/mountinfo": unified,
				"/sys/fs/cgroup/pod/app/pids.max": "64\n",
				"/sys/fs/cgroup/pod/app/memory.max": "max\n",
				"/sys/fs/cgroup/pod/app/cpu.max": "max 100000\n",
				"/sys/fs/cgroup/pod/pids.max": "100\n",
				"/sys/fs/cgroup/pod/memory.max": "67108864\n",
				"/sys/fs/cgroup/pod/cpu.max": "50000 100000\n",
			}),
		).toEqual({ pids: 64, memory: 67_108_864, cpu: 0.5 });
	});

	it("reads version 1 below the cgroup that is mounted, and knows its ways to say none", () => {
		expect(
			limitsOf({
				"/proc/7/cgroup": "8:pids:/docker/1\n4:memory:/docker/1\n2:cpu,cpuacct:/docker/1/sub\n0::/\n",
				"/proc/self/mountinfo": separate("/docker/1"),
				"/sys/fs/cgroup/pids/pids.max": "max\n",
				"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
				"/sys/fs/cgroup/cpu,cpuacct/sub/cpu.cfs_quota_us": "-1\n",
				"/sys/fs/cgroup/cpu,cpuacct/sub/cpu.cfs_period_us": "100000\n",
				"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "150000\n",
				"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
			}),
		).toEqual({ pids: "unlimited", memory: "unlimited", cpu: 1.5 });
	});

	it("takes version 2 for a controller that no hierarchy of version 1 has", () => {
		expect(
			limitsOf({
				"/proc/7/cgroup": "4:memory:/\n0::/app\n",
				"/proc/self/mountinfo": `${separate("/")}${unified.replace("/sys/fs/cgroup ", "/sys/fs/cgroup/unified ")}`,
				"/sys/fs/cgroup/memory": directory,
				"/sys/fs/cgroup/unified/app/pids.max": "9\n",
			}),
		).toEqual({ pids: 9, memory: "unlimited", cpu: "unlimited" });
	});

	const unseen = "its cgroup is in nothing of the kind that is mounted here (/proc/self/mountinfo)";
	const gone = "open /proc/7/cgroup: ENOENT: it does not exist, or a directory above it";

	it.each([
		["a cgroup outside of what is seen", { "/proc/7/cgroup": "0::/../other\n", "/proc/self/mountinfo": unified }, unseen],
		[
			"a cgroup next to the one mounted",
			{ "/proc/7/cgroup": "8:pids:/docker/12\n", "/proc/self/mountinfo": separate("/docker/1") },
			unseen,
		],
		["a cgroup that is gone", { "/proc/7/cgroup": "0::/gone\n", "/proc/self/mountinfo": unified }, unseen],
		["no hierarchy mounted", { "/proc/7/cgroup": "0::/\n", "/proc/self/mountinfo": "22 1 0:20 / / rw - overlay overlay rw\n" }, unseen],
		["no file that says its cgroup", { "/proc/self/mountinfo": unified }, gone],
	] as const)("does not know the limits with %s", (_, files, reason) => {
		const unknown = new Unknown(reason);
		expect(limitsOf(files)).toEqual({ pids: unknown, memory: unknown, cpu: unknown });
	});

	it("rule 8.3: of garbage are not known, or numbers that can be limits", () => {
		const amount = fc.oneof(
			fc.constantFrom("max", "-1", "0", "", " ", "1e9", "0x10", "NaN", "100000 0", "0 0", "max x", "5 -5"),
			fc.string(),
			fc.nat().map(String),
		);
		const membership = fc.array(fc.constantFrom("0::/a", "0::/..", "8:pids:/a", "4:memory,cpu:/", ":", "", "x:y:z", "0::/a/b/c"), {
			maxLength: 4,
		});
		fc.assert(
			fc.property(membership, amount, amount, amount, (lines, pids, memory, cpu) => {
				const { pids: first, ...others } = limitsOf({
					"/proc/7/cgroup": lines.join("\n"),
					"/proc/self/mountinfo": unified,
					"/sys/fs/cgroup/a": directory,
					"/sys/fs/cgroup/a/pids.max": pids,
					"/sys/fs/cgroup/a/memory.max": memory,
					"/sys/fs/cgroup/a/cpu.max": cpu,
				});
				const isLimit = (limit: unknown) =>
					limit instanceof Unknown || limit === "unlimited" || (Number.isFinite(limit) && Number(limit) >= 0);
				expect([first, ...Object.values(others)].filter((each) => !isLimit(each))).toEqual([]);
			}),
			{ numRuns: runs(1000) },
		);
	});
});
