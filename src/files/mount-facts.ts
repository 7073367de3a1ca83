import { AT, O, ST } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";
import { ownedByKernel, ownedByKernelMagic } from "./file-systems.ts";
import { isReadOnlyLine, type MountLine, parseMounts, unescapeField } from "./mountinfo.ts";
import { isWithin } from "./path-text.ts";

/** What is to be known of the mount that an opened place lies on before anything there is believed. */
export interface MountFacts {
	/** `ext4`, `fuse.sshfs`; a number where only statfs(2) could be asked. */
	readonly type: string;
	/**
	 * Who owns what there is this kernel's own word: the file system that holds / is the image, whatever its type; any other counts when
	 * no server answers for it, be it a machine, a daemon or a program of the workload. On a mount with mapped ids nobody does: what is the
	 * workload's on disk may be shown as root's.
	 */
	readonly isVouchedFor: boolean;
	/** A server answers for it, or may do so, and perhaps never. */
	readonly isServed: boolean;
	/** Not writable through this mount; through another it may be. */
	readonly isReadOnly: boolean;
	/** Whether this container has a mount through which the same place can be written to; what is not known counts as yes. */
	isWritableElsewhere(): boolean;
}

/** The image. Whether it is read-only does not matter. */
export const imageFacts: MountFacts = {
	type: "/",
	isVouchedFor: true,
	isServed: false,
	isReadOnly: false,
	isWritableElsewhere: () => true,
};

const tableLimit = 4 * 1024 * 1024;

/** By the tables of /proc, which ask no server; without them by statfs(2). `root` is a descriptor of /, `path` where the walk has found it. */
export function factsOf(reads: Reads, fd: number, root: number, path: string): MountFacts {
	const table = tableOf(reads);
	const [mount, image] = [fd, root].map((each) => lineOf(reads, table, each));
	if (mount === undefined || image === undefined) {
		return isOfImage(reads, table, [fd, root], path) ? imageFacts : factsWithoutProc(reads, fd);
	}
	const isKept = mount.device === image.device || ownedByKernel(mount.type);
	const layers = isKept || mount.type !== "overlay" ? undefined : layersOf(reads, mount, table, root);
	const isServed = !isKept && layers !== "kept" && layers !== "mapped";
	return {
		type: mount.type,
		isVouchedFor: !isServed && layers !== "mapped" && (mount.id === image.id || !isMapped(reads, mount)),
		isServed,
		isReadOnly: isReadOnlyLine(mount),
		isWritableElsewhere: () => table.some((other) => other !== mount && !isReadOnlyLine(other) && shows(other, mount)),
	};
}

/**
 * gVisor does not tell the mount of a descriptor, and the files of its image have other device numbers than the directories. There the
 * table has to say so of the path, which was gone without a link, and the kernel that it is the same kind of file system.
 */
function isOfImage(reads: Reads, table: readonly MountLine[], both: readonly [fd: number, root: number], path: string): boolean {
	const nearest = table.reduce<string | undefined>(
		(found = "", { point }) => (isWithin(path, point) && point.length >= found.length ? point : found),
		undefined,
	);
	const [info] = both.map((each) => readProc(reads, `self/fdinfo/${each}`));
	if (typeof info !== "string" || mountIdIn(info) !== undefined) {
		// What cannot be read is not what is not told.
		return false;
	}
	const [here, image] = both.map((each) => reads.fstatfs(each));
	return nearest === "/" && typeof here === "object" && typeof image === "object" && here[0] === image[0];
}

/** As this kernel was told to show it. In a user namespace apart that was the runtime: what is mapped there cannot be mapped from within. */
function isMapped(reads: Reads, { flags }: MountLine): boolean {
	return flags.includes("idmapped") && isMachinesNamespace(reads);
}

/** user_namespaces(7) */
function isMachinesNamespace(reads: Reads): boolean {
	const map = readProc(reads, "self/uid_map");
	return typeof map !== "string" || /^\s*0\s+0\s+4294967295\s*$/.test(map);
}

/** By its mount or its file system; false where it cannot be told. */
export function isReadOnly(reads: Reads, fd: number): boolean {
	const found = reads.fstatfs(fd);
	return typeof found !== "number" && (found[1] & ST.RDONLY) !== 0;
}

/** What maps a mount takes /proc, so that none of this container's own is among these. */
function factsWithoutProc(reads: Reads, fd: number): MountFacts {
	const found = reads.fstatfs(fd);
	const [magic, flags] = typeof found === "number" ? [0, 0] : found;
	const isVouchedFor = ownedByKernelMagic(magic);
	return {
		type: `0x${magic.toString(16)}`,
		isVouchedFor,
		isServed: !isVouchedFor,
		isReadOnly: (flags & ST.RDONLY) !== 0,
		isWritableElsewhere: () => true,
	};
}

/** Why the owners there are not believed, as the rest of a sentence that begins with the path. */
export function whyNotVouchedFor({ type, isServed }: MountFacts): string {
	return `lies on ${type}, ${isServed ? "where a server says whom it belongs to" : "mounted with mapped ids, which are not those on disk"}`;
}

/** Every mount of this container, as far as they are to be had, and as a process sees them. */
export function tableOf(reads: Reads, pid = "self"): MountLine[] {
	const text = readProc(reads, `${pid}/mountinfo`, tableLimit);
	return typeof text === "string" ? parseMounts(text) : [];
}

/** A descriptor tells its mount, where a path would be looked up again. proc_pid_fdinfo(5) */
export function mountIdOf(reads: Reads, fd: number): string | undefined {
	const info = readProc(reads, `self/fdinfo/${fd}`);
	return typeof info === "string" ? mountIdIn(info) : undefined;
}

/** Whether it is on another mount than `/`: what a runtime mounts read-only is meant to be, and a root that is so lacks a volume there. */
export function isMountedApart(reads: Reads, fd: number): boolean {
	const root = reads.openRead(AT.FDCWD, "/", O.PATH, 0);
	const ofRoot = root < 0 ? undefined : withDescriptor(reads, root, () => mountIdOf(reads, root));
	return ofRoot !== undefined && mountIdOf(reads, fd) !== ofRoot;
}

function mountIdIn(info: string): string | undefined {
	return /^mnt_id:\s+(\d+)$/m.exec(info)?.[1];
}

function lineOf(reads: Reads, table: readonly MountLine[], fd: number): MountLine | undefined {
	const id = mountIdOf(reads, fd);
	return id === undefined ? undefined : table.find((each) => each.id === id);
}

/** Whether a mount reaches what another one shows, or a part of it. */
function shows(other: MountLine, mount: MountLine): boolean {
	return other.device === mount.device && (isWithin(mount.root, other.root) || isWithin(other.root, mount.root));
}

const layerOptions = /^(?:lowerdir|upperdir|datadir)\+?=(.*)$/;

/**
 * An overlay says of its files what its layers say. Those that the runtime took lie outside of this container and cannot be seen; one
 * that can be seen is looked at, and one that was given by descriptor lay where somebody else could lead its path.
 */
function layersOf(reads: Reads, mount: MountLine, table: readonly MountLine[], root: number): "kept" | "mapped" | "unknown" {
	const layers = mount.options
		.split(",")
		.map(unescapeField)
		.flatMap((each) => layerOptions.exec(each)?.[1]?.split(/(?<!\\):/) ?? [])
		.filter((each) => each.startsWith("/"));
	const found = layers.map((layer) => {
		if (layer.startsWith("/proc/")) {
			return "unknown";
		}
		const fd = reads.openRead(root, `.${layer.replaceAll(/\\(.)/g, "$1")}`, O.PATH | O.DIRECTORY, 0);
		if (fd < 0) {
			return "kept";
		}
		const [below, image] = [fd, root].map((each) => lineOf(reads, table, each));
		reads.close(fd);
		if (below === undefined || !(below.device === image?.device || ownedByKernel(below.type))) {
			return "unknown";
		}
		return below.id !== image?.id && isMapped(reads, below) ? "mapped" : "kept";
	});
	return found.find((each) => each === "unknown") ?? found.find((each) => each === "mapped") ?? "kept";
}
