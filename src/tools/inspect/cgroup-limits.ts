import { type CgroupMount, cgroupMounts } from "../../files/mountinfo.ts";
import { AT } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";

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
	const membership = readProc(reads, `${pid}/cgroup`);
	const mounts = cgroupMounts(reads);
	const limit = (controller: Controller) =>
		typeof membership !== "string" ? undefined : limitOf(reads, controller, membership.split("\n"), mounts);
	return { pids: limit("pids"), memory: limit("memory"), cpu: limit("cpu") };
}

/** A controller belongs to a hierarchy of version 1 that names it, and else to version 2. */
function limitOf(reads: Reads, controller: Controller, membership: readonly string[], mounts: readonly CgroupMount[]): Limit {
	const parts = membership.map((line) => /^[0-9]+:([^:]*):(.*)$/.exec(line));
	const first = parts.find((part) => part?.[1]?.split(",").includes(controller));
	const own = first ?? parts.find((part) => part?.[1] === "");
	const version = first == null ? 2 : 1;
	const mount = mounts.find((each) => each.version === version && (version === 2 || each.options.includes(controller)));
	const levels = mount === undefined ? undefined : levelsBetween(mount, own?.[2] ?? "/..");
	if (levels === undefined || typeof reads.statat(AT.FDCWD, levels[0] ?? "", 0) === "number") {
		return undefined;
	}
	return levels.map((level) => limitAt(reads, version, controller, level)).reduce(smaller);
}

/** The directories from the cgroup up to what is mounted; `undefined` when it lies outside of that. */
function levelsBetween({ root, path }: CgroupMount, cgroup: string): string[] | undefined {
	const top = root === "/" ? "" : root;
	if (cgroup.startsWith("/..") || !`${cgroup}/`.startsWith(`${top}/`)) {
		return undefined;
	}
	const names = cgroup
		.slice(top.length)
		.split("/")
		.filter((name) => name !== "");
	return [...names.keys(), names.length].reverse().map((count) => [path, ...names.slice(0, count)].join("/"));
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
