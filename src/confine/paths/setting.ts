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

/** As data of the plan. */
export interface PathsPart {
	/** By the names that the first proc and sysfs give them; every other is treated alike. */
	readonly masked: readonly string[];
	readonly readOnly: readonly string[];
	/** Whether each sysfs, and what shows cgroups, is read-only as a whole. */
	readonly hasReadOnlySystems: boolean;
	readonly except: readonly string[];
	/** What is open in this start, and takes SYS_ADMIN. */
	readonly lacking: readonly string[];
	/** Whether something is asked for that no ordinary container has. */
	readonly isOfDocker: boolean;
}
