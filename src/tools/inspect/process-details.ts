import { nameOfEntry } from "../../sys/environ.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";
import { type CgroupLimits, observeLimits } from "./cgroup-limits.ts";
import { type ProcessStatus, readList } from "./process-status.ts";
import { observeResourceLimits, type ResourceLimits } from "./rlimits.ts";
import { observeSockets, type PrivilegedSocket } from "./sockets.ts";
import { fromKnown, isKnown, type Known, Unknown } from "./unknown.ts";

/** What takes more than a look at one process's own files, and so is not asked for a table of all. */
export interface ProcessDetails extends ProcessStatus {
	/** Of its cgroups. */
	readonly limits: CgroupLimits;
	readonly rlimits: Known<ResourceLimits>;
	readonly privilegedSockets: Known<readonly PrivilegedSocket[]>;
	/** The kernel shows nobody which process is in a Landlock domain, only whether there can be any. */
	readonly landlock: Known<"available" | "unavailable">;
	/** The names of the variables that its program was started with; values may be secrets. */
	readonly environment: Known<readonly string[]>;
}

export function observeDetails(reads: Reads, status: ProcessStatus): ProcessDetails {
	const { pid, state } = status;
	// Of one that /proc does not show nothing else there is to be asked.
	const shown = <T>(look: () => Known<T>): Known<T> => (isKnown(state) ? look() : state);
	const limits = shown(() => observeLimits(reads, pid));
	return {
		...status,
		limits: isKnown(limits) ? limits : { pids: limits, memory: limits, cpu: limits },
		// What /proc does not tell of this process, a call does.
		rlimits: pid === reads.getpid() ? observeResourceLimits(reads, pid) : shown(() => observeResourceLimits(reads, pid)),
		privilegedSockets: shown(() => observeSockets(reads, pid)),
		landlock: observeLandlock(reads),
		environment:
			pid === reads.getpid()
				? reads.environ().map(nameOfEntry)
				: // Without memory there is none.
					shown(() => (state === "alive" ? fromKnown(readList(reads, pid, "environ"), (entries) => entries.map(nameOfEntry)) : [])),
	};
}

/** A container seldom has the list; there the call itself answers, unless it is missing, which may be a filter's word for the kernel. */
function observeLandlock(reads: Reads): ProcessDetails["landlock"] {
	const modules = readSmallFile(reads, "/sys/kernel/security/lsm");
	if (typeof modules === "string") {
		return modules.trim().split(",").includes("landlock") ? "available" : "unavailable";
	}
	const abi = reads.landlockAbi();
	return abi > 0
		? "available"
		: abi === -errno.EOPNOTSUPP
			? "unavailable"
			: new Unknown(`landlock_create_ruleset: ${errnoText("landlock_create_ruleset", abi).message}`);
}
