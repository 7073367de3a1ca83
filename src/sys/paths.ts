import { AT, O, RESOLVE, S } from "./constants.ts";
import { errno } from "./errno.ts";
import type { Errno, Reads, Stat } from "./native.ts";
import { SyscallError, withDescriptor } from "./observe.ts";

const mostLinks = 16;
const othersMayWrite = 0o022;

/** A link on the way that somebody other than root could have made or replaced. */
export class UntrustedLink extends Error {
	readonly link: string;

	constructor(link: string) {
		super(`${link} is a symbolic link that is not root's alone; it is not followed`);
		this.name = "UntrustedLink";
		this.link = link;
	}
}

/**
 * Opens an existing path for a privileged step, without following any link that the workload could have made. Images do
 * have links of their own (/var/run to /run): one is followed when it and the directory it lies in belong to root alone.
 * The flags are those of open(2); writing flags are refused. Throws UntrustedLink; every other failure is an errno.
 */
export function openTrusted(reads: Reads, path: string, flags: number): number | Errno {
	const direct = reads.openRead(AT.FDCWD, path, flags, RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS);
	return mayHaveLinks(direct) ? walkTrusted(reads, path, flags) : direct;
}

/** As `openTrusted`, but the last component is never followed: with O_PATH the descriptor may be that of a link. */
export function openTrustedEntry(reads: Reads, path: string, flags: number): number | Errno {
	const direct = reads.openRead(AT.FDCWD, path, flags | O.NOFOLLOW, RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS);
	return mayHaveLinks(direct) ? walkTrusted(reads, path, flags, { followLast: false }) : direct;
}

/** What an old kernel or a sandbox without openat2(2) answers also leads to the walk. */
function mayHaveLinks(result: number | Errno): boolean {
	return result === -errno.ELOOP || result === -errno.ENOSYS || result === -errno.EPERM;
}

/** As `openTrusted`, but a failure is thrown. */
export function mustOpenTrusted(reads: Reads, path: string, flags: number): number {
	return mustOpen(openTrusted(reads, path, flags));
}

export function mustOpenTrustedEntry(reads: Reads, path: string, flags: number): number {
	return mustOpen(openTrustedEntry(reads, path, flags));
}

/**
 * As `mustOpenTrusted`, for a file that is only read. Root's links in a sticky directory are followed as well, as Kubernetes has
 * them in the mounts of secrets: nobody else can exchange one.
 */
export function mustOpenTrustedSource(reads: Reads, path: string, flags: number): number {
	const direct = reads.openRead(AT.FDCWD, path, flags, RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS);
	return mustOpen(mayHaveLinks(direct) ? walkTrusted(reads, path, flags, { trustSticky: true }) : direct);
}

function mustOpen(fd: number | Errno): number {
	if (fd < 0) {
		throw new SyscallError("open", fd);
	}
	return fd;
}

/** The state of an entry, links not followed; `undefined` when it cannot be reached in a way that is trusted. */
export function statTrustedEntry(reads: Reads, path: string): Stat | undefined {
	return statOpened(reads, () => openTrustedEntry(reads, path, O.PATH));
}

/** As `statTrustedEntry`, through links that are root's alone. */
export function statTrusted(reads: Reads, path: string): Stat | undefined {
	return statOpened(reads, () => openTrusted(reads, path, O.PATH));
}

function statOpened(reads: Reads, open: () => number | Errno): Stat | undefined {
	try {
		const fd = open();
		const stat = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.fstat(fd));
		return typeof stat === "number" ? undefined : stat;
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return undefined;
		}
		throw error;
	}
}

export function splitPath(path: string): { readonly parent: string; readonly name: string } {
	const trimmed = path.replace(/\/+$/, "");
	const slash = trimmed.lastIndexOf("/");
	return { parent: slash <= 0 ? "/" : trimmed.slice(0, slash), name: trimmed.slice(slash + 1) };
}

/** A path without `//`, `.`, `..` and a last `/`; one that is relative counts from the working directory. */
export function absolutePath(path: string, workdir: string): string {
	const joined = path.startsWith("/") ? path : `${workdir}/${path}`;
	const names: string[] = [];
	for (const name of joined.split("/")) {
		if (name === "..") {
			names.pop();
		} else if (name !== "" && name !== ".") {
			names.push(name);
		}
	}
	return `/${names.join("/")}`;
}

interface Place {
	/** An O_PATH descriptor. */
	readonly fd: number;
	readonly path: string;
}

interface Walk {
	/** From / down to where the walk stands. */
	readonly held: [Place, ...Place[]];
	/** Components still to go. */
	readonly names: string[];
	links: number;
}

export interface WalkOptions {
	readonly followLast?: boolean;
	/** Follows root's links in a directory that others can write to, when its sticky bit keeps them from exchanging one. */
	readonly trustSticky?: boolean;
	/** Sees the root, every directory on the way and the entry itself, not the links that are followed. */
	readonly visit?: (stat: Stat, path: string) => void;
}

/** The way of `openTrusted`, one component after the other by descriptor. */
export function walkTrusted(
	reads: Reads,
	path: string,
	flags: number,
	{ followLast = true, trustSticky = false, visit = () => {} }: WalkOptions = {},
): number | Errno {
	const root = reads.openRead(AT.FDCWD, "/", O.PATH | O.DIRECTORY, 0);
	if (root < 0) {
		return root;
	}
	const walk: Walk = { held: [{ fd: root, path: "/" }], names: components(path), links: 0 };
	try {
		visitOpened(reads, walk.held[0], visit);
		for (let name = walk.names.shift(); name !== undefined; name = walk.names.shift()) {
			const result = step(reads, walk, name, flags, { followLast, trustSticky, visit });
			if (result !== undefined) {
				return result;
			}
		}
		return reads.openRead(standing(walk).fd, ".", flags, 0);
	} finally {
		for (const { fd } of walk.held) {
			reads.close(fd);
		}
	}
}

function components(path: string): string[] {
	return path.split("/").filter((name) => name !== "" && name !== ".");
}

function standing({ held }: Walk): Place {
	return held.at(-1) as Place;
}

function visitOpened(reads: Reads, { fd, path }: Place, visit: Required<WalkOptions>["visit"]): void {
	const stat = reads.fstat(fd);
	if (typeof stat !== "number") {
		visit(stat, path);
	}
}

/** One component further. A descriptor or an errno ends the walk. */
function step(
	reads: Reads,
	walk: Walk,
	name: string,
	flags: number,
	{ followLast, trustSticky, visit }: Required<WalkOptions>,
): number | Errno | undefined {
	if (name === "..") {
		leave(reads, walk, 1);
		return undefined;
	}
	const { fd: directory, path: above } = standing(walk);
	const isLast = walk.names.length === 0;
	const path = `${above === "/" ? "" : above}/${name}`;
	const fd = reads.openRead(directory, name, O.PATH | O.NOFOLLOW, 0);
	if (fd < 0) {
		return fd;
	}
	const stat = reads.fstat(fd);
	const isLink = typeof stat !== "number" && (stat.mode & S.IFMT) === S.IFLNK;
	if (isLink && (followLast || !isLast)) {
		return withDescriptor(reads, fd, () => follow(reads, walk, { fd, path }, stat, trustSticky));
	}
	if (typeof stat !== "number") {
		visit(stat, path);
	}
	if (isLast) {
		// Opened anew with the flags wanted; should it have become a link meanwhile, that is not followed.
		return withDescriptor(reads, fd, () => reads.openRead(directory, name, flags | O.NOFOLLOW, 0));
	}
	walk.held.push({ fd, path });
	return undefined;
}

function follow(reads: Reads, walk: Walk, { fd, path }: Place, link: Stat, trustSticky: boolean): Errno | undefined {
	const directory = reads.fstat(standing(walk).fd);
	const isGuarded =
		typeof directory !== "number" &&
		directory.uid === 0 &&
		((directory.mode & othersMayWrite) === 0 || (trustSticky && (directory.mode & S.ISVTX) !== 0));
	if (link.uid !== 0 || !isGuarded) {
		throw new UntrustedLink(path);
	}
	const target = reads.readlinkat(fd, "");
	if (typeof target === "number") {
		return target;
	}
	if (++walk.links > mostLinks) {
		return -errno.ELOOP;
	}
	if (target.startsWith("/")) {
		leave(reads, walk, walk.held.length - 1);
	}
	walk.names.unshift(...components(target));
	return undefined;
}

/** Up by some directories; / is its own parent. */
function leave(reads: Reads, { held }: Walk, count: number): void {
	for (let rest = count; rest > 0 && held.length > 1; rest--) {
		reads.close((held.pop() as Place).fd);
	}
}

/**
 * Whether a path leads to the same directory whenever it is looked up: all directories above it are root's alone. Its own owner can
 * still change what is in it.
 */
export function isFixedPath(reads: Reads, directory: string): boolean {
	const way: Stat[] = [];
	const fd = walkTrusted(reads, directory, O.PATH | O.DIRECTORY, { visit: (stat) => way.push(stat) });
	if (fd < 0) {
		return false;
	}
	reads.close(fd);
	return way.slice(0, -1).every(({ uid, mode }) => uid === 0 && (mode & othersMayWrite) === 0);
}
