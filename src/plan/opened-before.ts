import { ownedBySystem } from "../confine/paths/systems.ts";
import { isDirectory } from "../files/kind.ts";
import { fail } from "../report/failure.ts";
import { AT, O } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";

/** What the workload finds open leads past every mask: a directory to all that is beside it, and a file of the kernel's to itself. */
export function refuseOpenedBefore(pass: "all" | readonly number[], reads: Reads): void {
	const found = pass === "all" ? everyDescriptor(reads) : [0, 1, 2, ...pass];
	for (const fd of found) {
		const [stat, system] = [reads.fstat(fd), reads.fstatfs(fd)];
		const what =
			typeof stat !== "number" && isDirectory(stat)
				? "a directory"
				: typeof system !== "number" && ownedBySystem(system[0])
					? "a file of /proc, /sys or a cgroup"
					: undefined;
		if (what !== undefined) {
			fail("CONFINE_REFUSED", `descriptor ${fd}, which the workload gets, is ${what} that was opened before anything is masked`, {
				where: pass === "all" ? "fds" : "paths",
				remedy: ["leave fds: inherit out, or let the caller close it: 3<&-, </dev/null"],
			});
		}
	}
}

function everyDescriptor(reads: Reads): number[] {
	const opened = reads.openRead(AT.FDCWD, "/proc/self/fd", O.RDONLY | O.DIRECTORY, 0);
	const names = opened < 0 ? opened : withDescriptor(reads, opened, () => reads.readDirectory(opened));
	if (typeof names === "number") {
		fail("CONFINE_REFUSED", "/proc/self/fd cannot be read, so that it is not known what the workload would find open", { where: "fds" });
	}
	return names.map(Number).filter((fd) => fd !== opened);
}
