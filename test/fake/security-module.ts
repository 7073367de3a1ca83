import { errno } from "../../src/sys/errno.ts";
import type { Errno } from "../../src/sys/native.ts";
import type { FakeProcess, Outcome } from "./process.ts";

/** AppArmor or SELinux of a machine, as far as the label of an exec goes; what is said of them was tried in emulated machines. */
export interface SecurityModule {
	readonly kind: "apparmor" | "selinux";
	/** Profiles with their modes, or the contexts that the policy knows. */
	readonly known: Readonly<Record<string, string>>;
	/** Which of them processes with a label may choose for their exec. Who is not confined may choose all. */
	readonly mayChoose?: Readonly<Record<string, readonly string[]>>;
	/** Before Linux 5.8 AppArmor had no files of its own. */
	readonly isOlder?: true;
}

const between = "//&";

/** The files that it has below /proc. */
export function labelFiles({ kind, isOlder }: SecurityModule): Readonly<Record<string, "current" | "exec">> {
	const shared = { "/proc/self/attr/current": "current", "/proc/self/attr/exec": "exec" } as const;
	const own = { "/proc/self/attr/apparmor/current": "current", "/proc/self/attr/apparmor/exec": "exec" } as const;
	return kind === "apparmor" && isOlder !== true ? { ...shared, ...own } : shared;
}

export function readLabel({ kind, known }: SecurityModule, { label, onExec }: FakeProcess, which: "current" | "exec"): string | Errno {
	const asked = which === "current" ? (label ?? "unconfined") : onExec?.label;
	if (kind === "selinux") {
		return asked === undefined ? "" : `${asked}\0`;
	}
	if (asked === undefined) {
		return -errno.EINVAL;
	}
	const modes = new Set(asked.split(between).map((name) => known[name]));
	return asked === "unconfined" ? "unconfined\n" : `${asked} (${modes.size > 1 ? "mixed" : [...modes][0]})\n`;
}

/** A write to the file of the next exec. */
export function chooseLabel({ kind, known, mayChoose = {} }: SecurityModule, process: FakeProcess, text: string): Outcome {
	const [, command, target = text] = kind === "selinux" ? [] : (/^(exec|stack) (.+)$/.exec(text) ?? []);
	const wanted = kind === "selinux" ? [text] : target.split(between).sort();
	const now = process.label ?? "unconfined";
	if (kind === "apparmor" && command === undefined) {
		return -errno.EINVAL;
	}
	if (wanted.some((name) => known[name] === undefined)) {
		return kind === "selinux" ? -errno.EINVAL : -errno.ENOENT;
	}
	if (now !== "unconfined" && mayChoose[now]?.includes(target) !== true) {
		return -errno.EACCES;
	}
	const isLeft = kind === "apparmor" && now !== "unconfined" && command === "exec" && !wanted.includes(now);
	return process.noNewPrivs && isLeft
		? -errno.EPERM
		: { ...process, onExec: { label: wanted.join(between), isAdded: command === "stack" } };
}

/** What the exec makes of it. */
export function labelOfExec({ onExec, ...process }: FakeProcess): FakeProcess {
	if (onExec === undefined) {
		return process;
	}
	const { label, isAdded } = onExec;
	return { ...process, label: isAdded ? [label, process.label ?? "unconfined"].sort().join(between) : label };
}
