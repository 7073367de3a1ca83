/** Of one block device; what is not there is not limited. */
export interface IoLimit {
	readonly device: string;
	/** Bytes in a second. */
	readonly readBps?: number | undefined;
	readonly writeBps?: number | undefined;
	/** Operations in a second. */
	readonly readIops?: number | undefined;
	readonly writeIops?: number | undefined;
}

/** What stands at `cgroup`. */
export interface CgroupSetting {
	readonly pids?: number | undefined;
	/** Bytes. */
	readonly memory?: number | undefined;
	/** Thousandths of a processor. */
	readonly cpu?: number | undefined;
	readonly io: readonly IoLimit[];
}
