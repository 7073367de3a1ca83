import { type DeviceNode, isUsual, nodeOf } from "../confine/devices/node.ts";
import { ownedBySystem } from "../confine/paths/systems.ts";
import { isDirectory, typeOf } from "../files/kind.ts";
import { fail } from "../report/failure.ts";
import { AT, O, S } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";

/** What the workload finds open leads past every mask: a directory to all that is beside it, and a file of the kernel's to itself. */
export function refuseOpenedBefore(pass: "all" | readonly number[], reads: Reads): void {
	for (const fd of passed(pass, reads)) {
		const [stat, system] = [reads.fstat(fd), reads.fstatfs(fd)];
		const what =
			typeof stat !== "number" && isDirectory(stat)
				? "a directory"
				: typeof system !== "number" && ownedBySystem(system[0])
					? "a file of /proc, /sys or a cgroup"
					: typeof system !== "number" && system[0] === nsfsMagic
						? "a namespace"
						: undefined;
		if (what !== undefined) {
			fail("CONFINE_REFUSED", `descriptor ${fd}, which the workload gets, is ${what} that was opened before anything is masked`, {
				where: pass === "all" ? "fds" : "paths",
				remedy: ["leave fds: inherit out, or let the caller close it: 3<&-, </dev/null"],
			});
		}
	}
}

/** statfs(2) */
const nsfsMagic = 0x6e73_6673;

/** A device that is open stays open, whatever becomes of /dev. 0 to 2 may be a terminal of the machine's, as a virtual machine's console is. */
export function refuseOpenedDevices(pass: "all" | readonly number[], isWanted: (node: DeviceNode) => boolean, reads: Reads): void {
	for (const fd of passed(pass, reads)) {
		const stat = reads.fstat(fd);
		const node = typeof stat === "number" ? undefined : nodeOf(`descriptor ${fd}`, stat);
		if (node === undefined || (fd < 3 && isConsole(node)) || isUsual(node) || isWanted(node)) {
			continue;
		}
		fail(
			"CONFINE_REFUSED",
			`descriptor ${fd}, which the workload gets, is a device that devices does not name: ${node.type} ${node.rdev}`,
			{
				where: pass === "all" ? "fds" : "devices",
				remedy: ["leave fds: inherit out, or let the caller close it: 3<&-, </dev/null", "or name the device: devices: [PATH]"],
			},
		);
	}
}

/** Consoles, serial lines, and those of hypervisors. Documentation/admin-guide/devices.txt */
const terminals: readonly string[] = ["4", "5", "188", "204", "229"];

function isConsole({ type, rdev }: DeviceNode): boolean {
	return type === "c" && terminals.includes(rdev.split(":", 1)[0] as string);
}

/** Through a socket of whose other end nobody here knows anything, descriptors may come later. unix(7) */
export function socketsPassed(pass: "all" | readonly number[], reads: Reads): number[] {
	return passed(pass, reads).filter((fd) => {
		const stat = fd < 3 ? 0 : reads.fstat(fd);
		return typeof stat !== "number" && typeOf(stat) === S.IFSOCK;
	});
}

function passed(pass: "all" | readonly number[], reads: Reads): number[] {
	return pass === "all" ? everyDescriptor(reads) : [0, 1, 2, ...pass];
}

function everyDescriptor(reads: Reads): number[] {
	const opened = reads.openRead(AT.FDCWD, "/proc/self/fd", O.RDONLY | O.DIRECTORY, 0);
	const names = opened < 0 ? opened : withDescriptor(reads, opened, () => reads.readDirectory(opened));
	if (typeof names === "number") {
		fail("CONFINE_REFUSED", "/proc/self/fd cannot be read, so that it is not known what the workload would find open", { where: "fds" });
	}
	return names.map(Number).filter((fd) => fd !== opened);
}
