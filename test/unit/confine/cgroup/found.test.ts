import { describe, expect, it } from "vitest";
import { isLimited } from "../../../../src/confine/cgroup/found.ts";
import { hierarchies } from "../../../../src/confine/cgroup/levels.ts";
import { limitsOf } from "../../../../src/confine/cgroup/limits.ts";
import { dockerRoot, FakeKernel } from "../../../fake/index.ts";

const wanted = limitsOf(
	{ pids: 20, memory: 64 * 1024 * 1024 + 5, cpu: 1500, io: [{ device: "/dev/sda", readBps: 1000, writeIops: 7 }] },
	() => "8:0",
);

function limited(texts: Readonly<Record<string, string>>, system = 0x6367_7270): string[] {
	const files = Object.fromEntries(
		Object.entries(texts).map(([path, content]) => [path, path.startsWith("/sys/fs/cgroup/") ? { content, system } : content]),
	);
	const kernel = new FakeKernel({ process: dockerRoot(), files });
	const hierarchyOf = hierarchies(kernel.host, "self");
	return wanted.flatMap((limit) => (isLimited(kernel.host, limit, hierarchyOf(limit.controller)) ? [limit.controller] : []));
}

const unified = (files: Readonly<Record<string, string>>) => ({
	"/proc/self/cgroup": "0::/pod/app\n",
	"/proc/self/mountinfo": "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n",
	"/sys/fs/cgroup/pod/app/cgroup.procs": "1\n",
	...files,
});

describe("limits that are there", () => {
	it("are written as the kernel shows them, in whole pages", () => {
		expect(wanted.map(({ file, text }) => [file, text])).toEqual([
			["pids.max", "20"],
			["memory.max", "67108864"],
			["cpu.max", "150000 100000"],
			["io.max", "8:0 rbps=1000 wbps=max riops=max wiops=7"],
		]);
	});

	it.each<[string, Record<string, string>, string[]]>([
		["none", {}, []],
		[
			"none that is wider",
			{
				"/sys/fs/cgroup/pod/app/pids.max": "21\n",
				"/sys/fs/cgroup/pod/app/memory.max": "67108865\n",
				"/sys/fs/cgroup/pod/app/cpu.max": "151000 100000\n",
				"/sys/fs/cgroup/pod/app/io.max": "8:0 rbps=1001 wbps=1 riops=1 wiops=7\n",
			},
			[],
		],
		[
			"none without a number, or for another device",
			{
				"/sys/fs/cgroup/pod/app/pids.max": "max\n",
				"/sys/fs/cgroup/pod/app/memory.max": "\n",
				"/sys/fs/cgroup/pod/app/cpu.max": "max 100000\n",
				"/sys/fs/cgroup/pod/app/io.max": "8:01 rbps=1000 wbps=max riops=max wiops=7\n8:0 rbps=1000 wbps=max riops=max wiops=max\n",
			},
			[],
		],
		[
			"of the group above too",
			{
				"/sys/fs/cgroup/pod/app/pids.max": "max\n",
				"/sys/fs/cgroup/pod/pids.max": "20\n",
				"/sys/fs/cgroup/pod/app/memory.max": "67108864\n",
				"/sys/fs/cgroup/pod/app/cpu.max": "75000 50000\n",
				"/sys/fs/cgroup/pod/io.max": "7:0 rbps=max wbps=max riops=max wiops=max\n8:0 rbps=999 wbps=max riops=max wiops=6\n",
			},
			["pids", "memory", "cpu", "io"],
		],
	])("%s", (_, files, found) => {
		expect(limited(unified(files))).toEqual(found);
	});

	it("are those of the kernel's own files, and of none that a volume has put there", () => {
		const files = unified({ "/sys/fs/cgroup/pod/app/pids.max": "20\n" });
		expect([limited(files), limited(files, 0x0102_1994)]).toEqual([["pids"], []]);
	});

	it("of version 1 count as well", () => {
		const names = ["pids", "memory", "cpu,cpuacct", "blkio"];
		const separate = names.map((name, n) => `3${n} 22 0:2${n} /docker/1 /sys/fs/cgroup/${name} ro - cgroup cgroup rw,${name}\n`).join("");
		const membership = names.map((name, n) => `${n}:${name}:/docker/1\n`).join("");
		const files = (rate: string, quota: string) => ({
			"/proc/self/cgroup": membership,
			"/proc/self/mountinfo": separate,
			"/sys/fs/cgroup/pids/pids.max": "20\n",
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": `${quota}\n`,
			"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
			"/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device": "8:0 1000\n",
			"/sys/fs/cgroup/blkio/blkio.throttle.write_iops_device": rate,
		});
		expect(limited(files("8:0 7\n", "150000"), 0x27_e0eb)).toEqual(["pids", "cpu", "io"]);
		expect(limited(files("", "-1"))).toEqual(["pids"]);
	});
});
