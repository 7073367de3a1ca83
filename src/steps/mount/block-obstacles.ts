import { capability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { statTrusted } from "../../files/open.ts";
import type { Problem } from "../../report/problem.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import type { Obstacle } from "../step.ts";
import type { BlockAction } from "./block-fields.ts";
import { kindProblem, shapedImageObstacles } from "./block-source.ts";
import { controlFault } from "./loop-device.ts";
import { closedControl, idleControl, missingControl } from "./loop-refusal.ts";
import { ownUsersRefuse } from "./own-users.ts";

/** What the step would say, as far as it can be seen without a change. What is not there yet may be another step's to make. */
export function blockObstacles(reads: Reads, action: BlockAction, isClose: boolean): Obstacle[] {
	const ofOwnUsers = ownUsersRefuse(reads);
	if (ofOwnUsers !== undefined) {
		return [{ ...ofOwnUsers, isLasting: true }];
	}
	const { source, block } = action;
	const stat = statTrusted(reads, source);
	// Whose it is, a step before may change.
	const ofKind = stat && kindProblem(source, stat, block.loop !== undefined);
	const ofControl = ofKind === undefined && block.loop ? controlObstacle(reads) : undefined;
	return [
		...(ofKind === undefined ? [] : [{ ...ofKind, at: [source] }]),
		...(isClose && stat !== undefined && ofKind === undefined ? shapedImageObstacles(reads, action) : []),
		...(ofControl === undefined ? [] : [{ ...ofControl, at: ["/dev/loop-control"] }]),
	];
}

function controlObstacle(reads: Reads): Problem | undefined {
	switch (controlFault(reads)) {
		case -errno.ENOENT:
			// Whether the device cgroup lets a node be made is seen by trying alone; where the start is refused anyway, all is told at once.
			return isHeld(reads, "MKNOD") && isHeld(reads, "SYS_ADMIN") ? undefined : missingControl;
		case -errno.EPERM:
			return closedControl;
		case -errno.ENXIO:
		case -errno.ENODEV:
			return idleControl;
		default:
			return undefined;
	}
}

function isHeld(reads: Reads, name: "MKNOD" | "SYS_ADMIN"): boolean {
	const sets = reads.capget(0);
	return typeof sets === "number" || CapabilitySet.fromBits(sets[1]).has(capability(name));
}
