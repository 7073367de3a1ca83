import { typeOf } from "../../files/kind.ts";
import { isFixedPath, lookTrusted, statTrusted } from "../../files/open.ts";
import { removeAbandoned, withTemporaryStage } from "../../files/stage.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno, mayBeAbsent, saysAbsent } from "../../sys/errno.ts";
import type { Errno, Host, Reads, Stat } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import { byDescriptor } from "../../sys/proc.ts";
import type { GivenDevice } from "../step.ts";
import type { Span } from "./block-fields.ts";
import { failLoop } from "./loop-refusal.ts";

/** loop(4), misc.h of the kernel */
const LOOP_MAJOR = 7;
const control = { path: "/dev/loop-control", major: 10, minor: 237 };
const LO_FLAGS = { READ_ONLY: 1, AUTOCLEAR: 4 } as const;
/** Another process may take the number that was free. */
const mostAttempts = 32;

export const loopControl: GivenDevice = { path: control.path, access: "rw", numbers: `c ${control.major}:${control.minor}` };
/** Which is free is not known before. */
export const loopDevices: GivenDevice = { path: "/dev/loop*", access: "rwm", numbers: `b ${LOOP_MAJOR}:*`, isRule: true };

/** What a device is to show. */
export interface Image {
	readonly backing: number;
	readonly span: Span;
	readonly isReadOnly: boolean;
	/** Throws where the workload can write to what lies there. */
	readonly requireUnshaped: (path: string) => void;
}

interface Node {
	readonly fd: number;
	/** The same without writing. */
	readonly reading: number;
	/** Its name for the kernel, where nobody but root can put another. */
	readonly path: string;
	/** What its name goes by. */
	readonly directory?: number;
}

/**
 * With the image as a device, which the kernel frees as soon as nobody has it open or mounted: the flag is set by the call that makes it one, so that
 * nothing is left of a run that is killed, on kernels from 5.8 on. On older ones it takes a second call.
 */
export function withLoop(host: Host, image: Image, use: (device: string) => void): void {
	const node = attach(host, image);
	// Some kernels mount nothing that somebody has open for writing.
	host.close(node.fd);
	try {
		use(node.path);
	} finally {
		host.close(node.reading);
		release(host, node);
	}
}

function release(host: Host, { directory }: Node): void {
	if (directory !== undefined) {
		host.close(directory);
	}
}

function attach(host: Host, image: Image): Node {
	return withDescriptor(host, openControl(host), (fd) => {
		for (let attempt = 0; attempt < mostAttempts; attempt++) {
			const number = host.loopFree(fd);
			if (number < 0) {
				failLoop(host, { at: "loopFree", code: number });
			}
			const node = attachTo(host, number, image);
			if (typeof node !== "number") {
				return node;
			}
			if (node !== -errno.EBUSY) {
				return attachToAny(host, image) ?? failLoop(host, { at: "node", code: node, number });
			}
		}
		return failLoop(host, { at: "busy", code: -errno.EBUSY });
	});
}

/** The numbers of the nodes that are there. */
function numbersInDev(reads: Reads): number[] {
	const dev = lookTrusted(reads, "/dev", O.RDONLY | O.DIRECTORY);
	const names = dev < 0 ? dev : withDescriptor(reads, dev, () => reads.readDirectory(dev));
	return (typeof names === "number" ? [] : names).flatMap((name) => /^loop(\d{1,7})$/.exec(name)?.slice(1).map(Number) ?? []);
}

/** The control and any device, so that no node has to be made. */
export function hasLoopNodes(reads: Reads): boolean {
	return controlFault(reads) === undefined && numbersInDev(reads).length > 0;
}

/** Opening it to read does nothing, and passes the same gates. */
export function controlFault(reads: Reads): Errno | undefined {
	const stat = statTrusted(reads, control.path);
	if (stat === undefined || typeOf(stat) !== S.IFCHR || stat.rdev !== `${control.major}:${control.minor}`) {
		return -errno.ENOENT;
	}
	const fd = reads.openRead(AT.FDCWD, control.path, O.RDONLY | O.NONBLOCK, 0);
	return fd < 0 ? fd : withDescriptor(reads, fd, () => undefined);
}

/** Where the node of the number that is free can neither be found nor made. */
function attachToAny(host: Host, image: Image): Node | undefined {
	for (const number of numbersInDev(host)) {
		const node = attachTo(host, number, image);
		if (typeof node !== "number") {
			return node;
		}
	}
	return undefined;
}

function attachTo(host: Host, number: number, image: Image): Node | Errno {
	const node = openNode(host, number, image);
	if (typeof node === "number") {
		return node;
	}
	const configured = configure(host, node.fd, image);
	if (configured >= 0) {
		return node;
	}
	for (const fd of [node.fd, node.reading]) {
		host.close(fd);
	}
	release(host, node);
	if (configured !== -errno.EBUSY) {
		throw new SyscallError("loopConfigure", configured);
	}
	return configured;
}

function configure(host: Host, device: number, { backing, span, isReadOnly }: Image): number | Errno {
	const part = [span.offset, span.size, LO_FLAGS.AUTOCLEAR | (isReadOnly ? LO_FLAGS.READ_ONLY : 0)] as const;
	const configured = host.loopConfigure(device, backing, ...part);
	if (configured !== -errno.EINVAL) {
		return configured;
	}
	// What a kernel before 5.8 says of a call that it does not know.
	const set = host.loopSetFile(device, backing);
	return set < 0 ? set : host.loopSetStatus(device, ...part);
}

/** The node that the runtime has made, or one of our own. */
function openControl(host: Host): number {
	const found = openDevice(host, control.path, O.RDWR, S.IFCHR, `${control.major}:${control.minor}`);
	if (!saysAbsent(found)) {
		return found < 0 ? failLoop(host, { at: "control", code: found }) : found;
	}
	const made = withOwnNode(host, { type: S.IFCHR, ...control }, (directory, name) => host.open(directory, name, O.RDWR, 0, 0));
	return made < 0 ? failLoop(host, { at: "control", code: made }) : made;
}

/** A container has the nodes that were there when it was started, if any. */
function openNode(host: Host, number: number, { isReadOnly, requireUnshaped }: Image): Node | Errno {
	const path = `/dev/loop${number}`;
	const flags = isReadOnly ? O.RDONLY : O.RDWR;
	const rdev = `${LOOP_MAJOR}:${number}`;
	const fd = openDevice(host, path, flags, S.IFBLK, rdev);
	if (fd < 0) {
		return saysAbsent(fd) ? ownNode(host, number, flags) : fd;
	}
	requireUnshaped(path);
	const reading = openDevice(host, path, O.RDONLY, S.IFBLK, rdev);
	return reading < 0 ? reading : { fd, reading, path: isFixedPath(host, path) ? path : byDescriptor(host, reading) };
}

function ownNode(host: Host, minor: number, flags: number): Node | Errno {
	return withOwnNode(host, { type: S.IFBLK, major: LOOP_MAJOR, minor }, (directory, name, isNowhere): Node | Errno => {
		const [fd, reading] = [flags, O.RDONLY].map((each) => host.open(directory, name, each | O.NONBLOCK, 0, 0)) as [number, number];
		if (fd < 0 || reading < 0) {
			host.close(Math.max(fd, reading));
			return Math.min(fd, reading);
		}
		const held = isNowhere ? host.dupAbove(directory, 3) : -1;
		return held < 0
			? { fd, reading, path: byDescriptor(host, reading) }
			: { fd, reading, path: `${byDescriptor(host, held)}/${name}`, directory: held };
	});
}

/** Under its own name and by root's links alone, and only what has these numbers; what is something else is as good as absent. */
function openDevice(host: Host, path: string, flags: number, type: number, rdev: string): number | Errno {
	const isIt = (stat: Stat | Errno | undefined) => typeof stat === "object" && typeOf(stat) === type && stat.rdev === rdev;
	if (!isIt(statTrusted(host, path))) {
		return -errno.ENOENT;
	}
	const fd = host.open(AT.FDCWD, path, flags | O.NONBLOCK | O.NOFOLLOW, 0, 0);
	if (fd >= 0 && !isIt(host.fstat(fd))) {
		host.close(fd);
		return -errno.ENOENT;
	}
	return fd;
}

interface Numbers {
	readonly type: number;
	readonly major: number;
	readonly minor: number;
}

/**
 * With a node where nobody else can find it: in a tmpfs that is mounted nowhere, and gone with its last descriptor; without the calls for that, in a
 * directory of our own.
 */
function withOwnNode<T>(
	host: Host,
	{ type, major, minor }: Numbers,
	use: (directory: number, name: string, isNowhere: boolean) => T | Errno,
): T | Errno {
	// btrfs shows its device by this name alone.
	const name = `loop${minor}`;
	const make = (directory: number, isNowhere: boolean): T | Errno => {
		const made = host.mknodat(directory, name, type | 0o600, major, minor);
		return made < 0 ? made : use(directory, name, isNowhere);
	};
	const nowhere = emptyTmpfs(host);
	if (!mayBeAbsent(nowhere)) {
		return nowhere < 0 ? nowhere : withDescriptor(host, nowhere, () => make(nowhere, true));
	}
	const dev = lookTrusted(host, "/dev", O.PATH | O.DIRECTORY);
	if (dev < 0) {
		return dev;
	}
	return withDescriptor(host, dev, () => {
		removeAbandoned(host, dev);
		return withTemporaryStage(host, dev, (stage) => make(stage, false));
	});
}

function emptyTmpfs(host: Host): number | Errno {
	const context = host.fsopen("tmpfs");
	if (context < 0) {
		return context;
	}
	return withDescriptor(host, context, () => {
		const created = host.fsconfigCreate(context);
		return created < 0 ? created : host.fsmount(context, 0);
	});
}
