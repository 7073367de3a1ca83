import type { LandlockScope, LandlockSetting } from "./setting.ts";

/** By the names of linux/landlock.h without LANDLOCK_ACCESS_FS_. landlock(7) */
export const right = {
	EXECUTE: 1 << 0,
	WRITE_FILE: 1 << 1,
	READ_FILE: 1 << 2,
	READ_DIR: 1 << 3,
	REMOVE_DIR: 1 << 4,
	REMOVE_FILE: 1 << 5,
	MAKE_CHAR: 1 << 6,
	MAKE_DIR: 1 << 7,
	MAKE_REG: 1 << 8,
	MAKE_SOCK: 1 << 9,
	MAKE_FIFO: 1 << 10,
	MAKE_BLOCK: 1 << 11,
	MAKE_SYM: 1 << 12,
	REFER: 1 << 13,
	TRUNCATE: 1 << 14,
	IOCTL_DEV: 1 << 15,
} as const;

export type PathKey = "read" | "execute" | "write";
export const pathKeys: readonly PathKey[] = ["read", "execute", "write"];

const read = right.READ_FILE | right.READ_DIR;

/** What each key grants. No device is made where data is written: with MKNOD kept, a node would lead to any disk. */
export const granted: Readonly<Record<PathKey, number>> = {
	read,
	execute: read | right.EXECUTE,
	write:
		read |
		right.WRITE_FILE |
		right.REMOVE_DIR |
		right.REMOVE_FILE |
		right.MAKE_DIR |
		right.MAKE_REG |
		right.MAKE_SOCK |
		right.MAKE_FIFO |
		right.MAKE_SYM |
		right.REFER |
		right.TRUNCATE |
		right.IOCTL_DEV,
};

/** The kernel refuses a rule on a file with any other. */
export const ofFiles = right.EXECUTE | right.WRITE_FILE | right.READ_FILE | right.TRUNCATE | right.IOCTL_DEV;

/** LANDLOCK_ACCESS_NET_ */
export const port = { bind: 1 << 0, connect: 1 << 1 } as const;

/** LANDLOCK_SCOPE_ */
export const scope: Readonly<Record<LandlockScope, number>> = { abstract_sockets: 1 << 0, signals: 1 << 1 };

const since = { files: 1, REFER: 2, TRUNCATE: 3, ports: 4, IOCTL_DEV: 5, scopes: 6 } as const;

/** The Linux in which each version came. */
export const linuxOf: Readonly<Record<number, string>> = { 1: "5.13", 2: "5.19", 3: "6.2", 4: "6.7", 5: "6.10", 6: "6.12" };

const young = ["REFER", "TRUNCATE", "IOCTL_DEV"] as const;
const all = (right.IOCTL_DEV << 1) - 1;

/** The rights on files that a kernel has. */
export function filesOf(abi: number): number {
	return abi < since.files ? 0 : young.reduce((rights, each) => (abi < since[each] ? rights & ~right[each] : rights), all);
}

export function portsOf(abi: number): number {
	return abi < since.ports ? 0 : port.bind | port.connect;
}

export function scopesOf(abi: number): number {
	return abi < since.scopes ? 0 : scope.abstract_sockets | scope.signals;
}

/** Why a version is demanded, as the rest of "takes ABI 3, for …". */
export interface Demand {
	readonly abi: number;
	readonly because: string;
}

/**
 * The least version that can express what is written. Without TRUNCATE, files beside what may be written could be emptied; REFER is older,
 * and its lack only refuses more. IOCTL_DEV is demanded where a device is to be read and no more.
 */
export function demandOf({ scope: scopes, connect, bind }: LandlockSetting, readDevice: string | undefined): Demand {
	if (scopes !== undefined) {
		return { abi: since.scopes, because: "scope" };
	}
	if (readDevice !== undefined) {
		return { abi: since.IOCTL_DEV, because: `the device ${readDevice}, which is to be read without ioctl(2)` };
	}
	if (connect !== undefined || bind !== undefined) {
		return { abi: since.ports, because: connect === undefined ? "bind" : "connect" };
	}
	return { abi: since.TRUNCATE, because: "truncate(2) outside of what may be written" };
}

/** What of a setting a kernel leaves open, or refuses although it is granted: one phrase each. */
export function unenforced(setting: LandlockSetting, abi: number): string[] {
	const hasFiles = wallsFiles(setting);
	const lacks: readonly (readonly [isMissing: boolean, phrase: string])[] = [
		[hasFiles && abi < since.files, "the file system stays open"],
		[
			hasFiles && abi >= since.files && abi < since.REFER,
			"renames and links between directories fail with EXDEV, where they are granted too",
		],
		[hasFiles && abi >= since.files && abi < since.TRUNCATE, "truncate(2) is not refused anywhere"],
		[hasFiles && abi >= since.files && abi < since.IOCTL_DEV, "ioctl(2) on devices is not refused"],
		[(setting.connect ?? setting.bind) !== undefined && abi < since.ports, "TCP ports stay open"],
		[setting.scope !== undefined && abi < since.scopes, `${setting.scope?.join(" and ")} stay open`],
	];
	return lacks.flatMap(([isMissing, phrase]) => (isMissing ? [phrase] : []));
}

/** Whether any key is about files: then all files are walled. */
export function wallsFiles(setting: LandlockSetting): boolean {
	return pathKeys.some((key) => setting[key] !== undefined);
}
