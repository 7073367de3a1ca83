import { type CgroupMount, cgroupMounts } from "../../files/mountinfo.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { readProc } from "../../sys/proc.ts";

/** As version 2 names them. */
export type Controller = "pids" | "memory" | "cpu" | "io";

/** Where a process is in one hierarchy. */
export interface Hierarchy {
	readonly version: 1 | 2;
	/** What is mounted. */
	readonly mount: CgroupMount;
	/** The directories from its cgroup up to the topmost that can be seen. */
	readonly levels: readonly [own: string, ...above: string[]];
}

/** Its names in version 1, where it has another. */
const formerNames: Readonly<Partial<Record<Controller, string>>> = { io: "blkio" };

/** The hierarchies of a process: a controller belongs to one of version 1 that names it, and else to version 2. cgroups(7) */
export function hierarchies(reads: Reads, pid: number | "self"): (controller: Controller) => Hierarchy | undefined {
	const membership = readProc(reads, `${pid}/cgroup`);
	const mounts = cgroupMounts(reads);
	const parts = typeof membership === "string" ? membership.split("\n").map((line) => /^[0-9]+:([^:]*):(.*)$/.exec(line)) : [];
	return (controller) => {
		const name = formerNames[controller] ?? controller;
		const first = parts.find((part) => part?.[1]?.split(",").includes(name));
		const own = first ?? parts.find((part) => part?.[1] === "");
		const version = first == null ? 2 : 1;
		const found = mounts
			.filter((each) => each.version === version && (version === 2 || each.options.includes(name)))
			.flatMap((mount): Hierarchy[] => {
				const levels = levelsBetween(mount, own?.[2] ?? "/..");
				return levels === undefined ? [] : [{ version, mount, levels }];
			})
			// In a namespace of cgroups the mount of the one above lies below one's own.
			.at(-1);
		return found === undefined || typeof reads.statat(AT.FDCWD, found.levels[0], 0) === "number" ? undefined : found;
	};
}

/** The directories from the cgroup up to what is mounted; `undefined` when it lies outside of that. */
function levelsBetween({ root, path }: CgroupMount, cgroup: string): Hierarchy["levels"] | undefined {
	const top = root === "/" ? "" : root;
	if (cgroup.startsWith("/..") || !`${cgroup}/`.startsWith(`${top}/`)) {
		return undefined;
	}
	const names = cgroup
		.slice(top.length)
		.split("/")
		.filter((name) => name !== "");
	return [...names.keys(), names.length].reverse().map((count) => [path, ...names.slice(0, count)].join("/")) as [string, ...string[]];
}
