import { isDevice, typeOf } from "../../files/kind.ts";
import { octal } from "../../files/permissions.ts";
import { S } from "../../sys/constants.ts";
import type { Stat } from "../../sys/native.ts";

/** A character or block device, by its name. */
export interface DeviceNode {
	readonly path: string;
	/** As mknod(1) and the device cgroup have it. */
	readonly type: "c" | "b";
	/** `major:minor` */
	readonly rdev: string;
	/** The permission bits. */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
}

/** What Docker and OCI give to every container. */
export const usualNodes: readonly DeviceNode[] = (
	[
		["null", "1:3"],
		["zero", "1:5"],
		["full", "1:7"],
		["random", "1:8"],
		["urandom", "1:9"],
		["tty", "5:0"],
	] as const
).map(([name, rdev]) => ({ path: `/dev/${name}`, type: "c", rdev, mode: 0o666, uid: 0, gid: 0 }));

const usual: ReadonlySet<string> = new Set([...usualNodes.map(({ rdev }) => rdev), "5:2"]);

/** Whether a node of any name is one that every container has: of the set, the maker of terminals, or a terminal that was made by it. */
export function isUsual({ type, rdev }: Pick<DeviceNode, "type" | "rdev">): boolean {
	return type === "c" && (usual.has(rdev) || isTerminal(rdev));
}

/** A terminal of devpts. */
export function isTerminal(rdev: string): boolean {
	const major = Number(rdev.split(":", 1)[0]);
	return major >= 136 && major <= 143;
}

export function nodeOf(path: string, stat: Stat): DeviceNode | undefined {
	const { mode, uid, gid, rdev } = stat;
	return isDevice(stat) ? { path, type: typeOf(stat) === S.IFCHR ? "c" : "b", rdev, mode: mode & 0o7777, uid, gid } : undefined;
}

/** All of it in one word; the owner of a terminal is who writes to it. */
export function nodeText({ path, type, rdev, mode, uid, gid }: DeviceNode): string {
	return type === "c" && isTerminal(rdev) ? `${path}=terminal` : `${path}=${type}${rdev},${octal(mode)},${uid}:${gid}`;
}

/** Of a list, in an order of its own. */
export function nodesText(nodes: readonly DeviceNode[], late: readonly string[]): string {
	const words = nodes.map((node) => (late.includes(node.path) ? `${node.path}=as the setup leaves it` : nodeText(node)));
	return [...words].sort().join(" ");
}

/** Whether `devices` can name it: what lies in memory and what is a terminal come with their file systems. */
export function isNameable({ path }: Pick<DeviceNode, "path">): boolean {
	return !/^\/dev\/(?:pts|shm|mqueue)\//.test(path);
}
