import { capability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { ownUsersRefuse } from "./own-users.ts";

/** What a container needs beside SYS_ADMIN and MKNOD. */
const loopRemedy = [
	"docker run --device /dev/loop-control --device-cgroup-rule 'b 7:* rwm' --cap-add MKNOD ... | compose: devices: [/dev/loop-control], device_cgroup_rules: ['b 7:* rwm'], cap_add: [MKNOD] | kubernetes: a privileged container, since no device plugin knows which loop device is free",
];

export const missingControl: Problem = { message: "mount: /dev/loop-control is not there", remedy: loopRemedy };
export const closedControl: Problem = { message: "mount: /dev/loop-control: the device cgroup refuses it", remedy: loopRemedy };
export const idleControl: Problem = {
	message: "mount: /dev/loop-control: no driver answers for it",
	remedy: ["modprobe loop, on the machine"],
};

interface LoopRefusal {
	readonly at: "control" | "loopFree" | "node" | "busy";
	readonly code: Errno;
	readonly number?: number;
}

/** Why there is no loop device to be had. */
export function failLoop(reads: Reads, refused: LoopRefusal): never {
	const isRefused = refused.code === -errno.EPERM || refused.code === -errno.EACCES;
	const { message, remedy } = (isRefused ? ownUsersRefuse(reads) : undefined) ?? loopProblem(reads, refused);
	fail("STEP_FAILED", `mount: ${message}`, { remedy });
}

function loopProblem(reads: Reads, { at, code, number }: LoopRefusal): Problem {
	const path = at === "node" ? `/dev/loop${number}` : "/dev/loop-control";
	if (at === "busy") {
		return { message: "every loop device that was free was taken by somebody else meanwhile", remedy: ["start it again"] };
	}
	switch (code) {
		case -errno.ENOENT:
			return { message: `${path} is not there`, remedy: loopRemedy };
		case -errno.EPERM:
			return { message: `${path} is not there, and no node of it can be made or opened: ${whyNoNode(reads)}`, remedy: loopRemedy };
		case -errno.ENXIO:
		case -errno.ENODEV:
			return { ...idleControl, message: `${path}: no driver answers for it` };
		case -errno.EACCES:
			return { message: `${path}: a mount that is nodev or a security module refuses it`, remedy: loopRemedy };
		default:
			return { message: `${path}: ${errnoText("open", code).message}` };
	}
}

function whyNoNode(reads: Reads): string {
	const sets = reads.capget(0);
	return typeof sets !== "number" && !CapabilitySet.fromBits(sets[0]).has(capability("MKNOD"))
		? "CAP_MKNOD is not held"
		: "CAP_MKNOD is held, so the device cgroup or a seccomp filter refuses it";
}
