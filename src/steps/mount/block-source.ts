import { typeOf } from "../../files/kind.ts";
import { tableOf } from "../../files/mount-facts.ts";
import { isFixedPath, lookTrusted, mustOpenTrusted } from "../../files/open.ts";
import { isSame } from "../../files/trust.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { quoted } from "../../report/text.ts";
import { bytesText } from "../../report/units.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, readSmallFile, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { byDescriptor } from "../../sys/proc.ts";
import { toldBy } from "../common/obstacle.ts";
import { toReach } from "../common/reach.ts";
import { hasMore } from "../programs/shapers.ts";
import { contentShaperOf } from "../programs/taken.ts";
import type { GivenDevice, Need, Obstacle } from "../step.ts";
import type { BlockAction, BlockSource, LoopPart, Span } from "./block-fields.ts";
import { reader } from "./image.ts";
import { hasLoopNodes, loopControl, loopDevices, withLoop } from "./loop-device.ts";
import { partitionSpan } from "./partition.ts";
import { requireNoWriter } from "./writers.ts";

/** Gives `use` the path of the device, and where in the source it begins; nothing is left of it but what is mounted by then. */
export function withBlockDevice(host: Host, action: BlockAction, use: (device: string, offset: number) => void): void {
	const { source, block } = action;
	requireUnshaped(host, source, block);
	const { loop, isReadOnly } = block;
	withDescriptor(host, openSource(host, source, block), (fd) => {
		if (loop === undefined) {
			use(isFixedPath(host, source) ? source : byDescriptor(host, fd), 0);
			return;
		}
		const unlessReadOnly = (path: string): void => (isReadOnly ? undefined : requireUnshaped(host, path, block));
		const span = spanOf(host, fd, source, loop);
		lock(host, fd, span, action);
		withLoop(host, { backing: fd, span, isReadOnly, requireUnshaped: unlessReadOnly }, (device) => use(device, span.offset));
	});
}

/** A loop device of who has just ended is freed a moment later. */
const patienceMs = 2000;
const pauseMs = 20;

/**
 * Two loop devices over the same bytes know nothing of each other, and two writers destroy the file system. The lock is that of the opened file, which
 * the kernel has open for as long as there is the device, and whose container it is does not matter.
 */
function lock(host: Host, fd: number, { offset, size }: Span, { source, block: { isReadOnly } }: BlockAction): void {
	const until = host.clock() + patienceMs;
	let locked = host.lockPart(fd, !isReadOnly, offset, size);
	while (locked === -errno.EAGAIN && host.clock() < until) {
		host.poll([], pauseMs);
		locked = host.lockPart(fd, !isReadOnly, offset, size);
	}
	if (locked === -errno.EAGAIN) {
		fail(
			"STEP_FAILED",
			`mount: ${quoted(source)} is mounted ${isReadOnly ? "writable " : ""}already, by another start or step: two at once would destroy it`,
			{
				remedy: ["a copy for each, or options: ro in all of them", "within one container: mount it once, and bind it"],
			},
		);
	}
	if (locked < 0) {
		throw new SyscallError("fcntl", locked);
	}
}

/** What mounts it, as a program with its power. */
function kernelFor(target: BlockSource["workload"]) {
	return { identity: { uid: 0, gid: 0, groups: [] }, capabilities: ["SYS_ADMIN"], target };
}

function hasLess(workload: BlockSource["workload"]): boolean {
	return hasMore(kernelFor(workload) as never);
}

/** The kernel takes the structures of a file system for true: whoever can change them meanwhile has what the kernel has. */
function requireUnshaped(reads: Reads, source: string, { workload }: BlockSource): void {
	const shaper = hasLess(workload) ? contentShaperOf(reads, source, kernelFor(workload) as never) : undefined;
	if (shaper !== undefined) {
		fail("STEP_FAILED", `${quoted(source)} is not mounted with more than the workload has: ${shaper}`, {
			remedy: ["keep it where only root can write", "or serve it by a FUSE daemon with the workload's own user: the step fuse"],
		});
	}
}

export function shapedImageObstacles(reads: Reads, { source, block }: BlockAction): Obstacle[] {
	try {
		requireUnshaped(reads, source, block);
		return [];
	} catch (error) {
		return toldBy(error, source);
	}
}

/** Opened once, and what was looked at. A device for reading alone: what is opened for writing and closed again is read anew by the udev of its machine. */
function openSource(host: Host, source: string, { loop, isReadOnly, workload }: BlockSource): number {
	return withDescriptor(host, mustOpenTrusted(host, source, O.PATH), (looked) => {
		const stat = mustRead<Stat>("fstat", host.fstat(looked));
		requireKind(source, stat, loop !== undefined);
		if (loop !== undefined && hasLess(workload)) {
			withDescriptor(host, openSame(host, source, stat, O.RDONLY), (fd) => requireNoWriter(host, fd, source, stat, !isReadOnly));
		}
		return openSame(host, source, stat, loop === undefined || isReadOnly ? O.RDONLY : O.RDWR);
	});
}

function openSame(host: Host, source: string, looked: Stat, flags: number): number {
	const fd = host.open(AT.FDCWD, source, flags | O.NONBLOCK | O.NOCTTY, 0, 0);
	if (fd < 0) {
		throw new SyscallError("open", fd);
	}
	const stat = host.fstat(fd);
	if (typeof stat === "number" || !isSame(stat, looked)) {
		host.close(fd);
		fail("STEP_FAILED", `${quoted(source)} was exchanged while it was opened`);
	}
	return fd;
}

function requireKind(source: string, stat: Stat, isLoop: boolean): void {
	const problem = kindProblem(source, stat, isLoop);
	if (problem !== undefined) {
		fail("STEP_FAILED", problem.message, { remedy: problem.remedy ?? [] });
	}
}

export function kindProblem(source: string, stat: Stat, isLoop: boolean): Problem | undefined {
	const kind = typeOf(stat);
	if (kind === (isLoop ? S.IFREG : S.IFBLK)) {
		return undefined;
	}
	const [is, remedy] =
		kind === S.IFREG
			? ["is a file", "loop: true, which shows the kernel a file as a device"]
			: kind === S.IFBLK
				? ["is a block device already", "leave loop out, with offset and partition: a partition has a device of its own, such as /dev/sdb1"]
				: ["is neither a file nor a block device", undefined];
	return { message: `mount: ${quoted(source)} ${is}`, ...(remedy === undefined ? {} : { remedy: [remedy] }) };
}

function spanOf(reads: Reads, fd: number, source: string, part: LoopPart): Span {
	const { size } = mustRead<Stat>("fstat", reads.fstat(fd));
	if ("partition" in part) {
		return partitionSpan(reader(reads, fd), size, part.partition, source);
	}
	if (size === 0) {
		fail("STEP_FAILED", `mount: ${quoted(source)} is empty`, {
			remedy: ["mkfs it first: nothing is formatted here, or name another image"],
		});
	}
	if (part.offset + Math.max(part.size, 1) > size) {
		fail("STEP_FAILED", `mount: ${quoted(source)} has ${bytesText(size)}, and ${bytesText(part.offset + part.size)} are asked for`);
	}
	return part;
}

/** Whether the file system that is mounted at an opened directory is that of the device, or of the part of the image. */
export function showsBlock({ source, block }: BlockAction, reads: Reads, target: number): boolean {
	const point = reads.readlinkat(AT.FDCWD, byDescriptor(reads, target));
	const line = tableOf(reads).findLast((each) => each.point === point);
	const fd = line === undefined ? -1 : lookTrusted(reads, source, O.PATH);
	if (line === undefined || fd < 0) {
		return false;
	}
	return withDescriptor(reads, fd, () => {
		const stat = reads.fstat(fd);
		if (typeof stat === "number" || block.loop === undefined) {
			// btrfs has a number of its own, and its device by name.
			return typeof stat !== "number" && (line.device === stat.rdev || (line.device.startsWith("0:") && line.source === source));
		}
		return showsPart(reads, /(?:^7:|\/loop)(\d+)$/.exec(line.device.startsWith("0:") ? line.source : line.device)?.[1], fd, {
			source,
			loop: block.loop,
		});
	});
}

/** By what the kernel shows of the loop device in /sys, which takes no device to look at. */
function showsPart(
	reads: Reads,
	number: string | undefined,
	image: number,
	{ source, loop }: { readonly source: string; readonly loop: LoopPart },
): boolean {
	const told = (name: string) => readSmallFile(reads, `/sys/dev/block/7:${number}/loop/${name}`);
	const path = reads.readlinkat(AT.FDCWD, byDescriptor(reads, image));
	if (number === undefined || told("backing_file") !== `${path}\n`) {
		return false;
	}
	const fd = lookTrusted(reads, source, O.RDONLY | O.NONBLOCK);
	return (
		fd >= 0 &&
		withDescriptor(reads, fd, () => {
			const { offset, size } = spanOf(reads, fd, source, loop);
			return told("offset") === `${offset}\n` && told("sizelimit") === `${size}\n`;
		})
	);
}

/** Without `reads`, whatever there is. */
export function blockNeeds({ source, block }: BlockAction, reads?: Reads): Need[] {
	const node = "to make the node of the loop device that is free, where /dev has none";
	const certain = reads !== undefined && !hasLoopNodes(reads);
	return [toReach(source), ...(block.loop === undefined ? [] : [{ anyOf: ["MKNOD"], certain, purpose: node } as const])];
}

export function blockDevices({ source, block: { loop, isReadOnly } }: BlockAction): readonly GivenDevice[] {
	return loop === undefined ? [{ path: source, access: isReadOnly ? "r" : "rw" }] : [loopControl, loopDevices];
}
