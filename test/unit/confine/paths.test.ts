import { describe, expect, it } from "vitest";
import { targetsIn } from "../../../src/confine/paths/targets.ts";
import { parseMounts } from "../../../src/files/mountinfo.ts";

const rules = {
	masked: ["/proc/kcore", "/proc/scsi", "/sys/firmware", "/sys/devices/system/cpu/cpu*/thermal_throttle", "/etc/secret"],
	readOnly: ["/proc/sys", "/opt"],
	hasReadOnlySystems: true,
	except: [] as readonly string[],
};

/** As `masked /proc/kcore`. */
function targets(lines: readonly (readonly [root: string, point: string, type: string])[], more: Partial<typeof rules> = {}): string[] {
	const table = lines
		.map(([root, point, type], index) => `${index + 20} 1 0:${index} ${root} ${point} rw shared:${index} - ${type} ${type} rw`)
		.join("\n");
	return targetsIn(parseMounts(table), { ...rules, ...more }).map(({ as, path }) => `${as} ${path}`);
}

const ofFiles = ["masked /etc/secret"];

describe("what is to be closed", () => {
	it("is in every mount of proc and sysfs, and each of those of cgroups as a whole", () => {
		expect(
			targets([
				["/", "/", "overlay"],
				["/", "/proc", "proc"],
				["/", "/sys", "sysfs"],
				["/x", "/sys/fs/cgroup", "cgroup2"],
				["/", "/host/proc", "proc"],
			]),
		).toEqual([
			"read-only /proc/sys",
			"read-only /host/proc/sys",
			"read-only /opt",
			"read-only mount /sys",
			"read-only mount /sys/fs/cgroup",
			"masked /proc/kcore",
			"masked /host/proc/kcore",
			"masked /proc/scsi",
			"masked /host/proc/scsi",
			"masked /sys/firmware",
			"masked /sys/devices/system/cpu/cpu*/thermal_throttle",
			...ofFiles,
		]);
	});

	it("is in a part of one, be it the whole of the part", () => {
		expect(
			targets(
				[
					["/sys", "/settings", "proc"],
					["/sys/net", "/net", "proc"],
					["/kcore", "/core", "proc"],
					["/scsi/device_info", "/info", "proc"],
					["/net", "/innocent", "proc"],
					["/systems", "/other", "proc"],
					["/devices", "/devices", "sysfs"],
				],
				{ hasReadOnlySystems: false },
			),
		).toEqual([
			"read-only /settings",
			"read-only /net",
			"read-only /opt",
			"masked /core",
			"masked /info",
			"masked /devices/system/cpu/cpu*/thermal_throttle",
			...ofFiles,
		]);
	});

	it("is not in an exception, nor in what is mounted in it", () => {
		const found = targets(
			[
				["/", "/host/proc", "proc"],
				["/sys", "/host/proc/sys", "proc"],
				["/", "/host/process", "proc"],
			],
			{ except: ["/host/proc"] },
		);
		expect(found).toEqual([
			"read-only /host/process/sys",
			"read-only /opt",
			"masked /host/process/kcore",
			"masked /host/process/scsi",
			...ofFiles,
		]);
	});

	it("is what is mounted in a sysfs, or below a read-only path, as far as it is not read-only", () => {
		const found = targets(
			[
				["/", "/proc", "proc"],
				["/", "/proc/sys/fs/binfmt_misc", "binfmt_misc"],
				["/meminfo", "/proc/meminfo", "fuse.lxcfs"],
				["/", "/sys", "sysfs"],
				["/", "/sys/kernel/security", "securityfs"],
				["/", "/sys/fs/cgroup", "cgroup2"],
				["/", "/system", "debugfs"],
			],
			{ masked: [] },
		);
		expect(found).toEqual([
			"read-only /proc/sys",
			"read-only mount /proc/sys/fs/binfmt_misc",
			"read-only /opt",
			"read-only mount /sys",
			"read-only mount /sys/fs/cgroup",
			"read-only mount /sys/kernel/security",
		]);
		const ofGroups = targets(
			[
				["/", "/sys", "sysfs"],
				["/", "/sys/fs/cgroup", "tmpfs"],
				["/x", "/sys/fs/cgroup/pids", "cgroup"],
			],
			{ masked: [], readOnly: [] },
		);
		expect(ofGroups).toEqual(["read-only mount /sys", "read-only mount /sys/fs/cgroup/pids"]);
		const done = "30 1 0:5 / /sys ro - sysfs sysfs rw\n31 1 0:6 / /sys/a ro - debugfs x rw\n32 1 0:7 / /sys/b rw - tmpfs x ro";
		expect(targetsIn(parseMounts(done), { ...rules, masked: [], readOnly: [] }).map(({ path }) => path)).toEqual(["/sys"]);
	});

	it("is each place once, however often something is mounted there", () => {
		const [one, two] = [1, 2].map((times) => targets(Array.from({ length: times }, () => ["/", "/proc", "proc"] as const)));
		expect(two).toEqual(one);
	});
});
