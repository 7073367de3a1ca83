import { fail } from "../../report/failure.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { observeProc } from "../../sys/proc.ts";

/** There is no system call for it before Linux 6.8, and none of that for the next exec. lsm_set_self_attr(2) */
export function needProc(where: "apparmor" | "selinux", reads: Reads): void {
	if (!mustRead("open", observeProc(reads))) {
		fail("LABEL_UNAVAILABLE", "a label is given by way of /proc/self/attr, and the kernel's /proc is not mounted", {
			where,
			remedy: ["mount /proc: every container runtime does unless told otherwise"],
		});
	}
}
