import type { DescriptorPlan } from "../plan/plan.ts";
import { closeOnExec, firstFree } from "../processes/descriptors.ts";
import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import { AT, O, SIG } from "../sys/constants.ts";
import { errnoName } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";

/**
 * Undoes what a careless parent may have left: ignored SIGCHLD, blocked signals, closed or stray descriptors.
 * Returns the signal mask, which the workload gets back.
 */
export function normalise(host: Host, descriptors: DescriptorPlan): bigint {
	must(host, "sigDefault", SIG.CHLD);
	const mask = must(host, "sigmask", 0n) as bigint;
	for (const fd of [0, 1, 2]) {
		ensureOpen(host, fd);
	}
	if (descriptors.pass === "listen") {
		closeOnExec(host);
	}
	return mask;
}

/** A closed 0, 1 or 2 would be taken by the next file that is opened, and written to as output. */
function ensureOpen(host: Host, fd: number): void {
	if (host.getFdFlags(fd) >= 0) {
		return;
	}
	const opened = host.open(AT.FDCWD, "/dev/null", O.RDWR, 0, 0);
	if (opened < 0) {
		fail("INTERNAL", `descriptor ${fd} is closed and /dev/null cannot be opened: ${errnoName(opened)}`);
	}
	const copy = must(host, "dupAbove", opened, firstFree) as number;
	must(host, "dupInherited", copy, fd);
	host.close(copy);
	if (opened !== fd) {
		host.close(opened);
	}
}
