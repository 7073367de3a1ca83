import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { errno, mayBeAbsent } from "../sys/errno.ts";
import type { Errno, Host, Reads } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { byDescriptor, observeProc } from "../sys/proc.ts";
import { tableOf } from "./mount-facts.ts";
import { mustOpenTrusted } from "./open.ts";

/** mount_setattr(2); the first four are ST_ and MS_ flags as well. */
export const MOUNT_ATTR = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, NOATIME: 0x10 } as const;

/** mount(2) */
const MS = { REMOUNT: 32, NOATIME: 1024, BIND: 4096, REC: 16_384, SLAVE: 0x8_0000, SHARED: 0x10_0000 } as const;
const OPEN_TREE_CLONE = 1;
const AT_RECURSIVE = 0x8000;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

export interface NewMount {
	readonly type: string;
	readonly source: string;
	/** `key` or `key=value`. */
	readonly parameters: readonly string[];
	readonly attributes: number;
	/** The file system itself, not this mount of it alone: with mount(2) `attributes` say both. */
	readonly isReadOnly?: boolean;
}

/** Makes a file system and attaches it to an open directory, so that no path is looked up a second time. fsopen(2) */
export function makeMount(host: Host, { type, source, parameters, attributes, isReadOnly = false }: NewMount, target: number): void {
	// The subtype of `fuse.sshfs` is a parameter of its own.
	const [system = type, subtype] = type.split(".", 2);
	const context = openContext(host, system, source);
	if (context === undefined) {
		if (parameters.some((each) => each.includes(","))) {
			throw new SyscallError("mount", errno.EINVAL, "an option with a comma takes fsconfig(2), which is missing here or filtered");
		}
		must(host, "mount", [source, byDescriptor(host, target), type, parameters.join(",")], classicFlags(attributes));
		return;
	}
	withDescriptor(host, context, () => {
		for (const parameter of subtype === undefined ? parameters : [...parameters, `subtype=${subtype}`]) {
			configure(host, context, parameter);
		}
		if (isReadOnly) {
			configured(host, context, "fsconfig ro", host.fsconfigFlag(context, "ro"));
		}
		configured(host, context, "fsconfigCreate", host.fsconfigCreate(context));
		const made = must(host, "fsmount", context, attributes) as number;
		withDescriptor(host, made, () => must(host, "moveMount", made, target));
	});
}

/**
 * With its source; `undefined` where one of the calls for it may be missing. What takes the last of them is asked for with what they cannot
 * take: a device of FUSE that has been mounted once is not mounted again.
 */
function openContext(host: Host, system: string, source: string): number | undefined {
	const context = host.fsopen(system);
	if (mayBeAbsent(context)) {
		return undefined;
	}
	const results = [succeeded("fsopen", context), host.fsmount(context, 0), host.moveMount(context, context)];
	const named = host.fsconfigString(context, "source", source);
	if ([...results, named].some(mayBeAbsent)) {
		host.close(context);
		return undefined;
	}
	succeeded("fsconfigString", named);
	return context;
}

export interface BindOptions {
	readonly attributes: number;
	readonly recursive: boolean;
}

/** The mount at an opened place, or a file of it, once more and mounted nowhere; `recursive` with all that is mounted below. open_tree(2) */
export function cloneTree(host: Host, fd: number, recursive: boolean): number | Errno {
	return host.openTree(fd, "", OPEN_TREE_CLONE | AT.EMPTY_PATH | (recursive ? AT_RECURSIVE : 0));
}

/** Binds one open directory or file onto another, which lies at `path`. */
export function bindMount(host: Host, from: number, target: number, path: string, options: BindOptions): void {
	const { attributes, recursive } = options;
	const tree = cloneTree(host, from, recursive);
	if (mayBeAbsent(tree)) {
		bindClassically(host, from, target, path, options);
		return;
	}
	withDescriptor(host, succeeded("openTree", tree), () => {
		const set = attributes === 0 ? 0 : host.mountSetattr(tree, BigInt(attributes), 0n, 0n, recursive);
		const moved = set < 0 ? set : host.moveMount(tree, target);
		if (mayBeAbsent(moved)) {
			bindClassically(host, from, target, path, options);
			return;
		}
		succeeded(set < 0 ? "mountSetattr" : "moveMount", moved);
	});
}

/** For a mount at whose top the descriptor is. mount_setattr(2) */
export function restrictMount(host: Host, fd: number, attributes: number): void {
	const set = host.mountSetattr(fd, BigInt(attributes), 0n, 0n, false);
	if (mayBeAbsent(set)) {
		restrict(host, fd, attributes);
	} else {
		succeeded("mountSetattr", set);
	}
}

/** mount(2) binds first and takes attributes afterwards, those of one mount at a time. */
function bindClassically(host: Host, from: number, target: number, path: string, { attributes, recursive }: BindOptions): void {
	must(host, "mount", [byDescriptor(host, from), byDescriptor(host, target), "", ""], MS.BIND | (recursive ? MS.REC : 0));
	if (attributes === 0) {
		return;
	}
	withDescriptor(host, mustOpenTrusted(host, path, O.PATH), (mounted) => {
		restrict(host, mounted, attributes);
		for (const point of recursive ? pointsBelow(host, mounted) : []) {
			withDescriptor(host, mustOpenTrusted(host, point, O.PATH), (each) => restrict(host, each, attributes));
		}
	});
}

/** Adds attributes to the mount at an opened place. What is there stays, as with the new calls. EINVAL for what is no mount. */
function restrict(host: Host, mounted: number, attributes: number): void {
	const [, inherited] = mustRead("fstatfs", host.fstatfs(mounted)) as [number, number];
	must(host, "mount", ["", byDescriptor(host, mounted), "", ""], MS.REMOUNT | MS.BIND | classicFlags(attributes | (inherited & 0xf)));
}

function pointsBelow(reads: Reads, fd: number): readonly string[] {
	const top = mustRead<string>("readlinkat", reads.readlinkat(AT.FDCWD, byDescriptor(reads, fd)));
	return tableOf(reads).flatMap(({ point }) => (point.startsWith(`${top}/`) ? [point] : []));
}

/** From now on, mounts from outside this namespace may still appear in it, and those made in it stay in it. mount_namespaces(7) */
export function receiveMounts(host: Host): void {
	must(host, "mount", ["", "/", "", ""], MS.REC | MS.SLAVE);
}

/** From now on, what is mounted appears in the namespaces that are made of this one, and what is mounted there here. mount_namespaces(7) */
export function shareMounts(host: Host): void {
	must(host, "mount", ["", "/", "", ""], MS.REC | MS.SHARED);
	isApart = true;
}

let isApart = false;

/** In a mount namespace of one's own, what is shared is shared with nobody outside, which the table of mounts does not tell. */
export function mountsStayInside(): boolean {
	return isApart;
}

/** Takes the mount at an opened directory away at once; whoever still uses it keeps a dead view. umount2(2) */
export function unmountLazily(host: Host, fd: number, path: string): void {
	const isNamed = mustRead("open", observeProc(host));
	must(host, "umount", isNamed ? byDescriptor(host, fd) : path, isNamed ? MNT_DETACH : MNT_DETACH | UMOUNT_NOFOLLOW);
}

/** The same; false where it may not be: it is no mount, an outer user namespace has locked it, or a profile refuses. */
export function mayUnmountLazily(host: Host, fd: number): boolean {
	const result = host.umount(byDescriptor(host, fd), MNT_DETACH);
	if (result === -errno.EINVAL || result === -errno.EACCES || mayBeAbsent(result)) {
		return false;
	}
	succeeded("umount", result);
	return true;
}

function configure(host: Host, context: number, parameter: string): void {
	const equals = parameter.indexOf("=");
	const [key, value] = equals < 0 ? [parameter] : [parameter.slice(0, equals), parameter.slice(equals + 1)];
	const result = value === undefined ? host.fsconfigFlag(context, key) : host.fsconfigString(context, key, value);
	configured(host, context, `fsconfig ${key === "password" ? key : parameter}`, result);
}

/** The context of a new mount keeps the kernel's own words about what was wrong, one message a read. fsopen(2) */
function configured(host: Host, context: number, call: string, result: number): void {
	if (result < 0) {
		const words = host.read(context, 1024);
		throw new SyscallError(call, result, typeof words === "string" ? /^[ew] (.*?)\s*$/.exec(words)?.[1] : undefined);
	}
}

function succeeded(call: string, result: number): number {
	if (result < 0) {
		throw new SyscallError(call, result);
	}
	return result;
}

function classicFlags(attributes: number): number {
	return (attributes & 0xf) | ((attributes & MOUNT_ATTR.NOATIME) === 0 ? 0 : MS.NOATIME);
}
