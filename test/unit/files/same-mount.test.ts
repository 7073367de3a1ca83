import { describe, expect, it } from "vitest";
import { openDirectoryHere } from "../../../src/files/same-mount.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";

const above = 3;
const inner = 4;

interface System {
	/** Of the directory above and of the one in it; none where the kernel does not tell. */
	readonly ids?: readonly [number, number];
	readonly devices: readonly [string, string];
	/** Devices of all that is mounted. */
	readonly table: readonly string[];
	readonly openat2?: number;
}

/** What is opened, and whether it was closed again. */
function open({ ids, devices, table, openat2 = -errno.ENOSYS }: System): readonly [result: number, closed: readonly number[]] {
	const closed: number[] = [];
	const files: Record<string, string> = {
		"/proc/self/mountinfo": table.map((device, index) => `${index} 0 ${device} / /m${index} rw - ext4 none rw\n`).join(""),
		[`/proc/self/fdinfo/${above}`]: `flags:\t00\n${ids === undefined ? "" : `mnt_id:\t${ids[0]}\n`}`,
		[`/proc/self/fdinfo/${inner}`]: `flags:\t00\n${ids === undefined ? "" : `mnt_id:\t${ids[1]}\n`}`,
	};
	const names = Object.keys(files);
	const reads = {
		openRead: (_: number, path: string, __: number, resolve: number) =>
			path === "/proc" ? 50 : path === "name" ? (resolve === 0 ? inner : openat2) : 100 + names.indexOf(path),
		readAll: (fd: number) => files[names[fd - 100] ?? ""],
		fstatfs: () => [0x9fa0, 0],
		fstat: (fd: number) => ({ dev: devices[fd === above ? 0 : 1] }),
		close: (fd: number) => {
			if (fd === inner) {
				closed.push(fd);
			}
			return 0;
		},
	} as unknown as Reads;
	return [openDirectoryHere(reads, above, "name"), closed];
}

describe("a directory on the same mount as the one above", () => {
	it.each<readonly [string, System, number]>([
		["openat2 says so", { openat2: 7, devices: ["8:1", "8:1"], table: [] }, 7],
		["openat2 says that it is not", { openat2: -errno.EXDEV, devices: ["8:1", "8:1"], table: [] }, -errno.EXDEV],
		["the ids are one", { ids: [1, 1], devices: ["8:1", "8:1"], table: ["8:1", "8:1"] }, inner],
		["a filter refuses openat2", { openat2: -errno.EPERM, ids: [1, 1], devices: ["8:1", "8:1"], table: ["8:1"] }, inner],
		["the ids differ, and not the device", { ids: [1, 2], devices: ["8:1", "8:1"], table: ["8:1", "8:1"] }, -errno.EXDEV],
		["without ids, the device is mounted once", { devices: ["8:1", "8:1"], table: ["8:1", "8:2"] }, inner],
		["without ids, the device is mounted twice", { devices: ["8:1", "8:1"], table: ["8:1", "8:1"] }, -errno.ENOSYS],
		["without ids, another device", { devices: ["8:1", "8:2"], table: ["8:1", "8:2"] }, -errno.EXDEV],
		["without ids and without a table", { devices: ["8:1", "8:1"], table: [] }, -errno.ENOSYS],
	])("%s", (_, system, expected) => {
		const isRefusedLate = expected < 0 && (system.openat2 ?? -errno.ENOSYS) !== -errno.EXDEV;
		expect(open(system)).toEqual([expected, isRefusedLate ? [inner] : []]);
	});
});
