import { fail } from "../report/failure.ts";
import { AT, O } from "../sys/constants.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Errno, Host, Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import type { Obstacle } from "./step.ts";

export const fuseDevice = "/dev/fuse";

const remedy = ["docker run --device /dev/fuse ... | kubernetes: a device plugin that offers /dev/fuse"];

/** The ways in which /dev/fuse is refused look alike and have different cures. */
export function openDevice(host: Host): number {
	const fd = host.open(AT.FDCWD, fuseDevice, O.RDWR, 0, 0);
	return fd >= 0 ? fd : fail("STEP_FAILED", refused(fd), { remedy });
}

/** Opening it to read does nothing, and passes the same gates. */
export function deviceObstacle(reads: Reads): Obstacle[] {
	const fd = reads.openRead(AT.FDCWD, fuseDevice, O.RDONLY, 0);
	return fd < 0 ? [{ message: refused(fd), remedy }] : withDescriptor(reads, fd, () => []);
}

function refused(fd: Errno): string {
	const reasons: Readonly<Record<number, string>> = {
		[errno.ENOENT]: "there is no such device in this container",
		[errno.EPERM]: "the device cgroup of the container forbids it",
		[errno.EACCES]: "the mode of the device or a security module refuses it",
		[errno.ENODEV]: "the kernel has no FUSE: the module fuse is not loaded",
		[errno.ENXIO]: "the kernel has no FUSE: the module fuse is not loaded",
	};
	const reason = reasons[-fd];
	return `open ${fuseDevice}: ${errnoName(fd)}${reason === undefined ? "" : `: ${reason}`}`;
}
