import { deviceDirectory, findNodes } from "../confine/devices/look.ts";
import { machinesElsewhere, openBelow } from "../confine/devices/mounts.ts";
import { type DeviceNode, isUsual, nodesText, nodeText } from "../confine/devices/node.ts";
import type { DevicesPart } from "../confine/devices/part.ts";
import { mountIdOf, tableOf } from "../files/mount-facts.ts";
import type { MountLine } from "../files/mountinfo.ts";
import { MOUNT_ATTR, mayUnmountLazily, restrictMount } from "../files/mounting.ts";
import { withTemporaryStage } from "../files/stage.ts";
import { fail } from "../report/failure.ts";
import { printable } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { AT, O, S, ST } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host, Reads } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { fillDevices } from "./device-directory.ts";
import { requireNothingLeft } from "./left-open.ts";
import { type Attachment, attachTree, newTree } from "./mount-tree.ts";

/** The work of the row `devices`: a new /dev is put together where nobody sees it, and put over the old one by one call. */
export function applyDevices(part: DevicesPart, host: Host): void {
	if (!part.builds) {
		requireNone(part, host);
		return;
	}
	const old = openDirectory(host);
	withDescriptor(host, old, () => {
		// A node on a file system without devices opens nothing; binds have what they had.
		const makes = part.nodes.some(({ by }) => by === "mknod");
		const attributes = MOUNT_ATTR.NOSUID | MOUNT_ATTR.NOEXEC | (makes ? 0 : MOUNT_ATTR.NODEV);
		const made = newTree(host, { mode: "755", size: "65536k" }, attributes);
		withDescriptor(host, made, () => {
			if (part.kept !== undefined && makes) {
				requireClosed(host, made, part.kept);
			}
			replace(host, part, old, made);
		});
	});
	const table = tableOf(host);
	for (const mount of [...machinesElsewhere(table), ...openBelow(table, part.nodes)]) {
		closeNodes(host, mount);
	}
}

/** For a start that cannot take it away again. */
function requireNone(part: DevicesPart, host: Host): void {
	const found = nodesThere(part, host, false);
	if (found !== noneBeside) {
		fail("CONFINE_REFUSED", `a step has made what devices does not name: ${printable(found)}`, {
			where: "drop devices",
			remedy: ["name it: devices: [PATH], or let it be taken away: docker run --cap-add SYS_ADMIN ..."],
		});
	}
	if (part.kept !== undefined) {
		const { kept } = part;
		withDescriptor(host, openPlace(host), (directory) => withTemporaryStage(host, directory, (stage) => requireClosed(host, stage, kept)));
	}
}

/** Where a node that is made opens what it is, if the device cgroup lets it. */
function openPlace(host: Host): number {
	for (const path of ["/dev", "/", "/run", "/tmp"]) {
		const fd = host.openRead(AT.FDCWD, path, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0);
		const system = fd < 0 ? fd : host.fstatfs(fd);
		if (typeof system !== "number" && (system[1] & (ST.NODEV | ST.RDONLY)) === 0) {
			return fd;
		}
		if (fd >= 0) {
			host.close(fd);
		}
	}
	return fail("CONFINE_REFUSED", "MKNOD is kept, and there is no directory in which it could be tried what the device cgroup refuses", {
		where: "drop devices",
		remedy: ["leave MKNOD out of what capabilities keeps, or let /dev be writable"],
	});
}

function replace(host: Host, part: DevicesPart, old: number, made: number): void {
	const attached: Attachment[] = [];
	const mask = host.umask(0);
	try {
		fillDevices(host, part, { old, made, attach: (tree, target) => void attached.push({ tree, target }) });
		attachTree(host, made, (attach) => inPlaceOf(host, old, attach), attached);
	} finally {
		host.umask(mask);
		for (const { tree, target } of attached) {
			host.close(tree);
			host.close(target);
		}
	}
}

/**
 * Whoever keeps SYS_ADMIN could take the new one off, and would find the old one below: it goes, where it is a mount that may be taken away.
 * Nothing but one more open lies between.
 */
function inPlaceOf(host: Host, old: number, attach: (over: number) => void): void {
	if (!mayUnmountLazily(host, old)) {
		attach(old);
		return;
	}
	withDescriptor(host, openDirectory(host), (next) => inPlaceOf(host, next, attach));
}

function openDirectory(host: Host): number {
	return must(host, "open", AT.FDCWD, deviceDirectory, O.PATH | O.DIRECTORY | O.NOFOLLOW, 0, 0) as number;
}

/**
 * No driver has this number, in a range that is there on every machine: so an open of it tells whether the device cgroup would have refused it, and does
 * nothing else. mknod(2), open(2)
 */
function requireClosed(host: Host, directory: number, kept: string): void {
	const name = "try";
	const made = host.mknodat(directory, name, S.IFCHR | 0o600, 1, 255);
	if (made === -errno.EPERM) {
		return;
	}
	mustRead("mknodat", made);
	const opened = host.openRead(directory, name, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	must(host, "unlinkat", directory, name, 0);
	if (opened >= 0 || opened === -errno.ENXIO) {
		fail("CONFINE_REFUSED", `${kept} is kept, and this container's device cgroup refuses no device: the workload could open any`, {
			where: "drop devices",
			remedy: keptRemedy(kept),
		});
	}
}

export function keptRemedy(kept: string): string[] {
	return [
		`leave ${kept} out of what capabilities keeps, or write devices: none`,
		"or start the container without --privileged: docker run --cap-add NAME --device PATH ... | compose: cap_add, devices | kubernetes: securityContext.capabilities.add",
	];
}

/** What is there is not hidden, since the setup may have made something of it; but it opens no device any more. */
function closeNodes(host: Host, { point, id }: MountLine): void {
	const fd = mustRead<number>("open", host.openRead(AT.FDCWD, point, O.PATH | O.NOFOLLOW, 0));
	withDescriptor(host, fd, () => {
		if (mountIdOf(host, fd) !== id) {
			// Hidden below another.
			return;
		}
		restrictMount(host, fd, MOUNT_ATTR.NODEV);
	});
}

/** In the words of the plan. */
export function foundDevices(part: DevicesPart, reads: Reads): string {
	if (part.builds) {
		const isWanted = ({ type, rdev }: DeviceNode) => part.nodes.some((each) => each.type === type && each.rdev === rdev);
		requireNothingLeft(reads, "drop devices", {
			ofSystem: false,
			paths: [],
			isForeign: (node) => !isUsual(node) && !isWanted(node) && node.rdev !== fuse,
		});
	}
	return nodesThere(part, reads, true);
}

/** The connection of a server of files, which a mount goes by: a new one takes SYS_ADMIN or fusermount. */
const fuse = "10:229";

function nodesThere({ builds, nodes, late }: DevicesPart, reads: Reads, byWorkload: boolean): string {
	const found = findNodes(reads, byWorkload);
	if (builds) {
		return nodesText(found, late);
	}
	const foreign = found.filter((node) => !isUsual(node) && !nodes.some(({ type, rdev }) => node.type === type && node.rdev === rdev));
	return foreign.length === 0 ? noneBeside : foreign.map(nodeText).join(" ");
}

export const noneBeside = "none beside those that are wanted";
