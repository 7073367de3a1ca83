import { planApparmor } from "../confine/labels/apparmor.ts";
import type { Label, SelinuxParts } from "../confine/labels/label.ts";
import { requireOneModule } from "../confine/labels/one-module.ts";
import { whyRefused } from "../confine/labels/refusal.ts";
import { planSelinux } from "../confine/labels/selinux.ts";
import { fail } from "../report/failure.ts";
import { printable } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { mustRead, readSmallFile, withDescriptor } from "../sys/observe.ts";
import { procPath } from "../sys/proc.ts";
import type { LabelAsk, LabelRow, WallJourney } from "./walls.ts";

/** The work of the rows `apparmor` and `selinux`. */

export function planLabel(name: LabelRow, { request, reads, setting, start, note }: LabelAsk): Label | undefined {
	const from = { noNewPrivileges: request.noNewPrivileges, isImagined: start.isImagined === true, note };
	if (name === "apparmor") {
		return planApparmor(setting as string, reads, from);
	}
	requireOneModule(request.ofWorkload?.settings ?? {});
	return planSelinux(setting as SelinuxParts, reads, from);
}

/** The opener has to be the process whose exec it is. Read back, since a policy may have other names for what is written. proc_pid_attr(5) */
export function applyLabel(name: LabelRow, { label, file, written }: Label, { host, warn }: WallJourney): void {
	const where = `drop ${name}`;
	const path = procPath(host, file);
	const fd = must(host, "open", AT.FDCWD, path, O.WRONLY, 0, 0) as number;
	const result = withDescriptor(host, fd, () => host.write(fd, written));
	if (result < 0) {
		const { message, remedy } = whyRefused(name, result);
		fail("LABEL_REFUSED", `${printable(label)} cannot be the label of the workload: ${message}`, { where, remedy });
	}
	const found = mustRead(`reading /proc/${file}`, readSmallFile(host, path)).replace(/[\0\n]+$/, "");
	const [, bare = found, mode] = /^(.*) \(([a-z]+)\)$/.exec(found) ?? [];
	if (bare !== label) {
		fail("VERIFY_FAILED", `${name}: planned ${printable(label)}, the kernel says ${printable(found)}`, {
			where,
			remedy: ["write it as the kernel says it, if that is what was meant"],
		});
	}
	if (mode === "complain" || mode === "mixed") {
		warn?.(`the AppArmor profile ${printable(label)} is in complain mode, which logs and forbids nothing: aa-enforce on the machine`);
	}
}
