import { splitPath } from "../files/path-text.ts";
import { quoted } from "../report/text.ts";
import { givenFor } from "../steps/facts.ts";
import { madeBy } from "../steps/index.ts";
import type { Obstacle } from "../steps/step.ts";
import { AT, O } from "../sys/constants.ts";
import { saysAbsent } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { isKernelsMagic } from "../sys/proc.ts";
import { isTouched } from "./made.ts";
import type { PlannedStep } from "./plan.ts";

/** What it would make in proc or sysfs, where nobody makes anything. */
export function inKernelsPlace({ action }: PlannedStep, before: readonly PlannedStep[], reads: Reads): Obstacle[] {
	const mounted = before.filter((each) => givenFor(each.action, reads).mounts !== undefined).flatMap((each) => madeBy(each.action));
	return madeBy(action)
		.filter(({ path, isTree }) => isTree !== true && isOfKernel(path, reads) && !isTouched(path, mounted, reads))
		.map(({ path }) => ({ message: `${quoted(path)} cannot be made: what is there is the kernel's alone` }));
}

function isOfKernel(path: string, reads: Reads): boolean {
	const { parent } = splitPath(path);
	const isMissing = typeof reads.statat(AT.FDCWD, path, 0) === "number";
	const fd = isMissing ? reads.openRead(AT.FDCWD, parent, O.PATH, 0) : -1;
	if (fd < 0) {
		return isMissing && saysAbsent(fd) && parent !== "/" && isOfKernel(parent, reads);
	}
	const system = withDescriptor(reads, fd, () => reads.fstatfs(fd));
	return typeof system !== "number" && isKernelsMagic(system[0]);
}
