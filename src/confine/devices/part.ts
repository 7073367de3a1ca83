import type { CapabilityName } from "../../capability/names.ts";
import type { DeviceNode } from "./node.ts";

/** A node of the new /dev. */
export interface PlannedNode extends DeviceNode {
	/** A bind of the old one, or made by mknod(2). */
	readonly by: "bind" | "mknod";
}

/** What is known of the wall `devices` before it stands. */
export interface DevicesPart {
	/** Whether a new /dev is put up; else what is there is only proved to be as wanted, because a step could change it. */
	readonly builds: boolean;
	/** Those of the new /dev; of one that stays, those of no default set that are wanted. */
	readonly nodes: readonly PlannedNode[];
	/** Paths of those that a step may make or change: they are bound as they are then. */
	readonly late: readonly string[];
	/** /dev is the machine's own, with its terminals: a new instance of devpts is mounted, and nothing is carried over that is no mount. */
	readonly isMachines: boolean;
	/** Kept capabilities with which the workload could open any device where the device cgroup refuses none: that is tried. */
	readonly kept?: string | undefined;
	readonly needs: readonly CapabilityName[];
	/** What is there is not what is wanted: without the wall it would not do. */
	readonly isLacking: boolean;
	/** A device that is named takes a node of its own, also in an ordinary container. */
	readonly makesNamed: boolean;
	/** What the proof has to find. */
	readonly found: string;
}
