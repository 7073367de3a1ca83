import { usualNodes } from "../../../confine/devices/node.ts";
import { isDevice, isDirectory } from "../../../files/kind.ts";
import { bitsFor } from "../../../files/permissions.ts";
import { AT, O } from "../../../sys/constants.ts";
import type { Reads } from "../../../sys/native.ts";
import { withDescriptor } from "../../../sys/observe.ts";
import type { Page } from "./page.ts";

/** Those that every container has: terminals besides. */
const usual: readonly string[] = [
	...usualNodes.map(({ path }) => path),
	"/dev/console",
	"/dev/ptmx",
	"/dev/pts",
	"/dev/shm",
	"/dev/mqueue",
];
const readOrWrite = 6;

/** Nodes that are there now and let the workload read or write, by their modes; a new /dev, which is told elsewhere, has none of them. */
export function openDevices({ plan, reads }: Page): string[] {
	const among = (directory: string, depth: number): string[] =>
		namesIn(reads, directory).flatMap((name) => {
			const path = `${directory}/${name}`;
			const stat = usual.includes(path) ? -1 : reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
			if (typeof stat === "number") {
				return [];
			}
			const isOpen = isDevice(stat) && (bitsFor(stat, "none", plan.identity) & readOrWrite) !== 0;
			return isDirectory(stat) && depth > 0 ? among(path, depth - 1) : isOpen ? [path] : [];
		});
	return plan.departure.rows.devices === undefined ? among("/dev", 1) : [];
}

/** None of what cannot be read. */
export function namesIn(reads: Reads, directory: string): readonly string[] {
	const fd = reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return typeof names === "number" ? [] : names;
}
