import { fail } from "../../report/failure.ts";
import { otherApparmor } from "../../report/other-profile.ts";
import type { Problem } from "../../report/problem.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Errno, Host, Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import type { Obstacle } from "../step.ts";

export const fuseDevice = "/dev/fuse";

/** The ways in which /dev/fuse is refused look alike and have different cures. */
export function openDevice(host: Host): number {
	const fd = host.open(AT.FDCWD, fuseDevice, O.RDWR, 0, 0);
	if (fd < 0) {
		const { message, remedy } = refused(fd);
		fail("STEP_FAILED", message, { remedy });
	}
	return fd;
}

/** Opening it to read does nothing, and passes the same gates. */
export function deviceObstacle(reads: Reads): Obstacle[] {
	const fd = reads.openRead(AT.FDCWD, fuseDevice, O.RDONLY, 0);
	return fd < 0 ? [{ ...refused(fd), at: [fuseDevice] }] : withDescriptor(reads, fd, () => []);
}

const grant = "docker run --device /dev/fuse ... | compose: devices: [/dev/fuse] | kubernetes: a device plugin that offers /dev/fuse";
const load = "load the kernel module on the machine: modprobe fuse";

const reasons: Readonly<Record<number, readonly [reason: string, remedy: string]>> = {
	[errno.ENOENT]: ["there is no such device in this container", grant],
	[errno.EPERM]: ["the device cgroup of the container forbids it", grant],
	[errno.EACCES]: [
		"its mode or a security module refuses it",
		`a profile that allows it: ${otherApparmor} | or before this step: - chmod: {path: /dev/fuse, mode: u+rw}`,
	],
	[errno.ENODEV]: ["the kernel has no FUSE", load],
	[errno.ENXIO]: ["the kernel has no FUSE", load],
};

function refused(fd: Errno): Problem {
	const [reason, ...remedy] = reasons[-fd] ?? [];
	const usual = errnoText("open", fd);
	return reason === undefined
		? { ...usual, message: `open ${fuseDevice}: ${usual.message}` }
		: { message: `open ${fuseDevice}: ${errnoName(fd)}: ${reason}`, remedy };
}
