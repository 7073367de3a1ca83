import type { CapabilityName } from "../../capability/names.ts";

/** What stands at `paths`, a list by a list. */
export interface PathsSetting {
	readonly masked: PathList;
	readonly readOnly: PathList;
	/** Where a second proc or sysfs is mounted that stays as it is. */
	readonly except: readonly string[];
}

export interface PathList {
	/** Those that Docker masks, or mounts read-only. */
	readonly isDefault: boolean;
	/** As they are written. */
	readonly paths: readonly string[];
}

/** A place that is to be closed. */
export interface Target {
	readonly path: string;
	readonly as: "masked" | "read-only" | "read-only mount";
	/** The path of the list that asks for it; that of the mount, where it is one as a whole. */
	readonly rule: string;
}

/** As data of the plan. */
export interface PathsPart {
	/** By the names that the first proc and sysfs give them; every other is treated alike. */
	readonly masked: readonly string[];
	readonly readOnly: readonly string[];
	/** Whether each sysfs, and what shows cgroups, is read-only as a whole. */
	readonly hasReadOnlySystems: boolean;
	readonly except: readonly string[];
	/** Rules of either list that are of no default: that there is such a path is not to be taken for granted. */
	readonly named: readonly string[];
	/** Of them what is not there when the start is planned. */
	readonly absent: readonly string[];
	/** With none of them nothing is closed, and only proved to be. */
	readonly needs: readonly CapabilityName[];
	/** What is open in this start. */
	readonly open: readonly Target[];
	/** Whether a start could not do without closing some of it. */
	readonly isLacking: boolean;
	/** Whether something is asked for that no ordinary container has. */
	readonly isOfDocker: boolean;
}
