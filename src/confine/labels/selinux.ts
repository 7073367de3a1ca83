import { fail } from "../../report/failure.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { mustRead, readSmallFile } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";
import type { Label, LabelStart, SelinuxParts } from "./label.ts";
import { canonicalLevel } from "./level.ts";
import { needProc } from "./need-proc.ts";

const where = "selinux";
const file = "self/attr/exec";

/** The context of the next exec; what policy allows of it, only the policy knows. selinux(8), setexeccon(3) */
export function planSelinux(parts: SelinuxParts, reads: Reads, { isImagined, note }: LabelStart): Label | undefined {
	if (isImagined) {
		const label = contextOf({ user: "*", role: "*", type: "*", ...written(parts) });
		return { label, file, written: label };
	}
	const current = observeOwn(reads);
	const label = contextOf({ ...partsOf(current), ...written(parts) });
	if (label === current) {
		note(`SELinux: the start has the context ${current} already, and the workload keeps it`);
		return undefined;
	}
	if (readSmallFile(reads, "/sys/fs/selinux/enforce") === "0") {
		note("SELinux is in permissive mode, which logs and forbids nothing");
	}
	return { label, file, written: label };
}

function written(parts: SelinuxParts): SelinuxParts {
	return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

function observeOwn(reads: Reads): string {
	needProc(where, reads);
	const answer = readProc(reads, "self/attr/current");
	if (typeof answer !== "string" && answer !== -errno.ENOENT && answer !== -errno.EINVAL) {
		mustRead("reading /proc/self/attr/current", answer as Errno);
	}
	const label = typeof answer === "string" ? answer.replace(/[\0\n]+$/, "") : "";
	// The file is the first module's, and what AppArmor has there is the name of a profile.
	const isOfAnother = typeof readProc(reads, "self/attr/apparmor/current") === "string";
	if (isOfAnother || !/^[^:\s]+:[^:\s]+:[^:\s]+(?::\S+)?$/.test(label)) {
		fail("LABEL_UNAVAILABLE", `SELinux is not active in this kernel${label === "kernel" ? ": it has loaded no policy" : ""}`, {
			where,
			remedy: ["selinux: none, as in selinux: ${TYPE:-none}, or a machine that has it: getenforce says so there"],
		});
	}
	return label;
}

function partsOf(context: string): SelinuxParts {
	const [user, role, type, ...level] = context.split(":");
	return { user, role, type, level: level.length === 0 ? undefined : level.join(":") };
}

function contextOf({ user, role, type, level }: SelinuxParts): string {
	return [user, role, type, ...(level === undefined ? [] : [canonicalLevel(level)])].join(":");
}
