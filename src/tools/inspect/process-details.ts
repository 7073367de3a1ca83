import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";
import { type CgroupLimits, observeLimits } from "./cgroup-limits.ts";
import type { ProcessStatus } from "./process-status.ts";
import { observeSockets, type PrivilegedSocket } from "./sockets.ts";

/** What takes more than a look at one process's own files, and so is not asked for a table of all. */
export interface ProcessDetails extends ProcessStatus {
	readonly limits: CgroupLimits;
	/** `undefined` when its descriptors may not be read. */
	readonly privilegedSockets: readonly PrivilegedSocket[] | undefined;
	/** The kernel shows nobody which process is in a Landlock domain, only whether there can be any; `undefined` when not even that. */
	readonly landlock: "available" | "unavailable" | undefined;
}

export function observeDetails(reads: Reads, status: ProcessStatus): ProcessDetails {
	return {
		...status,
		limits: observeLimits(reads, status.pid),
		privilegedSockets: observeSockets(reads, status.pid),
		landlock: observeLandlock(reads),
	};
}

/** A container seldom has the list; there the call itself answers, unless it is missing, which may be a filter's word for the kernel. */
function observeLandlock(reads: Reads): ProcessDetails["landlock"] {
	const modules = readSmallFile(reads, "/sys/kernel/security/lsm");
	if (typeof modules === "string") {
		return modules.trim().split(",").includes("landlock") ? "available" : "unavailable";
	}
	const abi = reads.landlockAbi();
	return abi > 0 ? "available" : abi === -errno.EOPNOTSUPP ? "unavailable" : undefined;
}
