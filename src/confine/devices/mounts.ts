import type { MountLine } from "../../files/mountinfo.ts";
import { isWithin } from "../../files/path-text.ts";
import { deviceDirectory } from "./look.ts";

const below = `${deviceDirectory}/`;

/** Whether /dev is the file system in which the kernel has a node for every device of the machine. */
export function isMachines(table: readonly MountLine[]): boolean {
	return table.findLast(({ point }) => point === deviceDirectory)?.type === "devtmpfs";
}

/** Where else the nodes of the machine, or its terminals with them, are mounted and can be opened. */
export function machinesElsewhere(table: readonly MountLine[]): MountLine[] {
	const outside = table.filter(({ point }) => point !== deviceDirectory && !point.startsWith(below));
	// Those of the container itself are no others, by whatever name; where the machine's are at /dev/pts, they are replaced there.
	const own = isMachines(table) ? undefined : table.findLast(({ point }) => point === `${below}pts`)?.device;
	return outside.filter(({ type, flags, device }) => {
		const isTerminals = type === "devpts" && device !== own;
		return (type === "devtmpfs" || isTerminals) && !flags.includes("nodev");
	});
}

/** What is carried over from below /dev and could have nodes in it, which others have made there: not terminals, nor where a wanted node is. */
export function openBelow(table: readonly MountLine[], wanted: readonly { readonly path: string }[]): MountLine[] {
	const isFree = (point: string) => !wanted.some(({ path }) => isWithin(path, point));
	return table.filter(
		({ point, type, flags }) =>
			point.startsWith(below) && !["devpts", "mqueue"].includes(type) && !flags.includes("nodev") && isFree(point),
	);
}

/** The uppermost mounts below /dev: each takes with it what is mounted further down. Some may lie hidden below others. */
export function mountsBelow(table: readonly MountLine[]): MountLine[] {
	const mounts = table.filter(({ point }) => point.startsWith(below));
	return mounts.filter(({ point }) => !mounts.some((other) => point.startsWith(`${other.point}/`)));
}
