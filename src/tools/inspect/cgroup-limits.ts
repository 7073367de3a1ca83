import { hierarchies } from "../../confine/cgroup/levels.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";
import { observeProc, readProc } from "../../sys/proc.ts";
import { isKnown, type Known, Unknown } from "./unknown.ts";

export type Limit = Known<number | "unlimited">;

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
		return found === undefined
			? new Unknown(whyNotSeen(reads, pid))
			: found.levels.map((level) => limitAt(reads, found.version, controller, level)).reduce(smaller);
	};
	return { pids: limit("pids"), memory: limit("memory"), cpu: limit("cpu") };
}

function whyNotSeen(reads: Reads, pid: number): string {
	const membership = readProc(reads, `${pid}/cgroup`);
	return typeof membership === "string"
		? "its cgroup is in nothing of the kind that is mounted here (/proc/self/mountinfo)"
		: observeProc(reads) === false
			? "the kernel's /proc is not mounted"
			: `open /proc/${pid}/cgroup: ${errnoText("open", membership ?? -errno.ENOENT).message}`;
}

/** A missing file is no limit: the topmost cgroup has none, nor has one without the controller. */
function limitAt(reads: Reads, version: 1 | 2, controller: Controller, level: string): Limit {
	const texts = files[version][controller].map((name) => ({ path: `${level}/${name}`, text: readSmallFile(reads, `${level}/${name}`) }));
	for (const { path, text } of texts) {
		if (typeof text === "number") {
			return text === -errno.ENOENT ? "unlimited" : new Unknown(`open ${path}: ${errnoText("open", text).message}`);
		}
	}
	const text = texts.map((each) => each.text).join(" ");
	const [amount = "", period] = text.trim().split(/\s+/);
	const value = (amount === "" ? Number.NaN : Number(amount)) / (period === undefined ? 1 : Number(period));
	if (amount === "max" || value < 0 || value > mostMemory) {
		return "unlimited";
	}
	return Number.isNaN(value) ? new Unknown(`${texts[0]?.path} holds no number`) : value;
}

/** One that is not known may be the smallest. */
function smaller(left: Limit, right: Limit): Limit {
	if (!isKnown(left) || !isKnown(right)) {
		return isKnown(left) ? right : left;
	}
	return left === "unlimited" ? right : right === "unlimited" ? left : Math.min(left, right);
}
