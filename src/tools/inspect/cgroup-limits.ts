import { hierarchies } from "../../confine/cgroup/levels.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";

/** `undefined` when the controller's files cannot be seen from here. */
type Limit = number | "unlimited" | undefined;

/** What the cgroups of a process and those above them allow, the smallest on the way counting. cgroups(7) */
export interface CgroupLimits {
	readonly pids: Limit;
	/** Bytes. */
	readonly memory: Limit;
	/** Processors, 0.5 for half the time of one. */
	readonly cpu: Limit;
}

type Controller = keyof CgroupLimits;

/** Version 1 says "none" as -1 or as the largest number of pages. */
const mostMemory = 0x4000_0000_0000_0000;

/** A level's limit from what its file holds, in version 2 and 1. */
const files: Readonly<Record<1 | 2, Readonly<Record<Controller, readonly string[]>>>> = {
	1: { pids: ["pids.max"], memory: ["memory.limit_in_bytes"], cpu: ["cpu.cfs_quota_us", "cpu.cfs_period_us"] },
	2: { pids: ["pids.max"], memory: ["memory.max"], cpu: ["cpu.max"] },
};

export function observeLimits(reads: Reads, pid: number): CgroupLimits {
	const hierarchyOf = hierarchies(reads, pid);
	const limit = (controller: Controller): Limit => {
		const found = hierarchyOf(controller);
		return found?.levels.map((level) => limitAt(reads, found.version, controller, level)).reduce(smaller);
	};
	return { pids: limit("pids"), memory: limit("memory"), cpu: limit("cpu") };
}

/** A missing file is no limit: the topmost cgroup has none, nor has one without the controller. */
function limitAt(reads: Reads, version: 1 | 2, controller: Controller, level: string): Limit {
	const texts = files[version][controller].map((name) => readSmallFile(reads, `${level}/${name}`));
	const failed = texts.find((text) => typeof text === "number");
	if (failed !== undefined) {
		return failed === -errno.ENOENT ? "unlimited" : undefined;
	}
	const [amount = "", period] = texts.join(" ").trim().split(/\s+/);
	const value = (amount === "" ? Number.NaN : Number(amount)) / (period === undefined ? 1 : Number(period));
	if (amount === "max" || value < 0 || value > mostMemory) {
		return "unlimited";
	}
	return Number.isNaN(value) ? undefined : value;
}

function smaller(left: Limit, right: Limit): Limit {
	if (left === undefined || right === undefined) {
		return undefined;
	}
	return left === "unlimited" ? right : right === "unlimited" ? left : Math.min(left, right);
}
