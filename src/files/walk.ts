import { AT, O, RESOLVE } from "../sys/constants.ts";
import { errno, mayBeAbsent } from "../sys/errno.ts";
import type { Errno, Reads } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { isDirectory, isLink } from "./kind.ts";
import { factsOf, imageFacts, type MountFacts } from "./mount-facts.ts";
import { isPutByRoot, isSame, type Place } from "./trust.ts";

const mostLinks = 16;

/** A link on the way that somebody other than root could have made or led elsewhere. */
export class UntrustedLink extends Error {
	readonly link: string;

	constructor(link: string) {
		super(`${link} is a symbolic link that is not root's alone; it is not followed`);
		this.name = "UntrustedLink";
		this.link = link;
	}
}

export interface WalkPolicy {
	/** False for an entry itself, whatever it is. */
	readonly followLast?: boolean;
	/** Whether to go on by this link, found in that directory; `isFixed` as in `Arrival`, for the way to it. */
	readonly mayFollow: (link: Place, directory: Place, isFixed: boolean) => boolean;
	/**
	 * Asked where another mount begins, before anything of it is looked at: a server that does not answer keeps a look waiting for ever. An
	 * errno ends the walk there.
	 */
	readonly mayEnter?: (mount: MountFacts, isDirectory: boolean, path: string) => Errno | undefined;
	/** Sees every directory and link that is passed and the entry at the end; an errno ends the walk there. */
	readonly visit?: (place: Place, isFixed: boolean) => Errno | undefined;
}

export interface Arrival {
	/** O_PATH; the caller closes it. */
	readonly place: Place;
	/** The directory that the entry was found in, and its name there: what is opened by it has to be the place again. */
	readonly directory: number;
	readonly name: string;
	/** Nobody but root can make this path lead elsewhere: every directory and link on the whole way is root's alone. */
	readonly isFixed: boolean;
}

interface Walk {
	readonly reads: Reads;
	readonly policy: WalkPolicy;
	/** From / down to where the walk stands. */
	readonly held: [Place, ...Place[]];
	/** Components still to go. */
	readonly names: string[];
	links: number;
	isFixed: boolean;
	canTellMounts: boolean;
}

/**
 * Goes an absolute path one component after the other, by descriptor and without following anything by itself, and hands over what it
 * arrives at. Everything on the way is opened once, looked at by that descriptor, and held until the end.
 */
export function walk<T>(reads: Reads, path: string, policy: WalkPolicy, use: (arrival: Arrival) => T): T | Errno {
	const root = reads.openRead(AT.FDCWD, "/", O.PATH | O.DIRECTORY, 0);
	const stat = root < 0 ? root : reads.fstat(root);
	if (typeof stat === "number") {
		return stat;
	}
	const first: Place = { fd: root, path: "/", stat, mount: imageFacts, isMountPoint: true };
	const state: Walk = { reads, policy, held: [first], names: components(path), links: 0, isFixed: true, canTellMounts: true };
	try {
		const refused = policy.visit?.(first, true);
		if (refused !== undefined) {
			return refused;
		}
		for (let name = state.names.shift(); name !== undefined; name = state.names.shift()) {
			const end = step(state, name, use);
			if (end !== undefined) {
				return end.result;
			}
		}
		return use({ place: standing(state), directory: standing(state).fd, name: ".", isFixed: state.isFixed });
	} finally {
		for (const { fd } of state.held) {
			reads.close(fd);
		}
	}
}

/** A path as the kernel would begin it, from / or the working directory; `..` is left for the walk, because a link before it leads elsewhere. */
export function fromRoot(reads: Reads, path: string, here?: string): string {
	return path.startsWith("/") ? path : `${here ?? mustRead("getcwd", reads.getcwd())}/${path}`;
}

function components(path: string): string[] {
	return path.split("/").filter((name) => name !== "" && name !== ".");
}

function standing({ held }: Walk): Place {
	return held.at(-1) as Place;
}

/** One component further; an end when the walk is over. */
function step<T>(state: Walk, name: string, use: (arrival: Arrival) => T): { readonly result: T | Errno } | undefined {
	if (name === "..") {
		leave(state, 1);
		return undefined;
	}
	const directory = standing(state);
	const isLast = state.names.length === 0;
	const entry = openEntry(state, directory, name);
	if (typeof entry === "number") {
		return { result: entry };
	}
	const isFollowed = isLink(entry.stat) && (!isLast || state.policy.followLast !== false);
	state.isFixed &&= isPutByRoot(directory, entry);
	if (isDirectory(entry.stat) && !isLast) {
		state.held.push(entry);
		return ended(state.policy.visit?.(entry, state.isFixed));
	}
	return withDescriptor(state.reads, entry.fd, () => {
		const refused = state.policy.visit?.(entry, state.isFixed);
		if (refused !== undefined) {
			return { result: refused };
		}
		if (isFollowed) {
			return ended(follow(state, entry, directory));
		}
		return isLast ? { result: use({ place: entry, directory: directory.fd, name, isFixed: state.isFixed }) } : { result: -errno.ENOTDIR };
	});
}

function ended(code: Errno | undefined): { readonly result: Errno } | undefined {
	return code === undefined ? undefined : { result: code };
}

/** With openat2(2) the kernel says where another mount begins; without it a new device number does. */
function openEntry(state: Walk, directory: Place, name: string): Place | Errno {
	const { reads } = state;
	const path = `${directory.path === "/" ? "" : directory.path}/${name}`;
	const here = state.canTellMounts ? reads.openRead(directory.fd, name, O.PATH | O.NOFOLLOW, RESOLVE.NO_XDEV) : -errno.ENOSYS;
	state.canTellMounts &&= !mayBeAbsent(here);
	const isKnown = state.canTellMounts && here !== -errno.EXDEV;
	const fd = isKnown ? here : reads.openRead(directory.fd, name, O.PATH | O.NOFOLLOW, 0);
	if (fd < 0) {
		return fd;
	}
	let mount = directory.mount;
	if (here === -errno.EXDEV) {
		mount = factsOf(reads, fd, state.held[0].fd, path);
		const refused = refusedMount(state, fd, () => [mount, canBeSearched(reads, directory, name), path]);
		if (refused !== undefined) {
			return refused;
		}
	}
	const stat = reads.fstat(fd);
	if (typeof stat === "number") {
		reads.close(fd);
		return stat;
	}
	if (!state.canTellMounts && stat.dev !== directory.stat.dev) {
		mount = factsOf(reads, fd, state.held[0].fd, path);
		const refused = refusedMount(state, fd, () => [mount, isDirectory(stat), path]);
		if (refused !== undefined) {
			return refused;
		}
	}
	return { fd, path, stat, mount, isMountPoint: mount !== directory.mount };
}

/** Why a mount is not entered; what was opened there is closed then. */
function refusedMount({ reads, policy }: Walk, fd: number, what: () => Parameters<Required<WalkPolicy>["mayEnter"]>): Errno | undefined {
	let isEntered = false;
	try {
		const refused = policy.mayEnter?.(...what());
		isEntered = refused === undefined;
		return refused;
	} finally {
		if (!isEntered) {
			reads.close(fd);
		}
	}
}

/** Whether it is a directory, by what the kernel knows without asking a server. */
function canBeSearched(reads: Reads, directory: Place, name: string): boolean {
	const fd = reads.openRead(directory.fd, name, O.PATH | O.NOFOLLOW | O.DIRECTORY, 0);
	return fd >= 0 && reads.close(fd) >= 0;
}

function follow(state: Walk, link: Place, directory: Place): Errno | undefined {
	if (!state.policy.mayFollow(link, directory, state.isFixed)) {
		throw new UntrustedLink(link.path);
	}
	state.isFixed &&= link.stat.uid === 0 && link.mount.isVouchedFor;
	const target = state.reads.readlinkat(link.fd, "");
	if (typeof target === "number") {
		return target;
	}
	if (++state.links > mostLinks) {
		return -errno.ELOOP;
	}
	if (target.startsWith("/")) {
		leave(state, state.held.length - 1);
	}
	state.names.unshift(...components(target));
	return undefined;
}

/** Up by some directories; / is its own parent. */
function leave({ reads, held }: Walk, count: number): void {
	for (let rest = count; rest > 0 && held.length > 1; rest--) {
		reads.close((held.pop() as Place).fd);
	}
}

/**
 * Opens what the walk has arrived at with other flags. It is looked for by its name once more, so that it has to be what was looked at:
 * somebody may have exchanged it meanwhile, which is answered with ESTALE.
 */
export function reopen(reads: Reads, { place, directory, name }: Arrival, flags: number): number | Errno {
	const fd = reads.openRead(directory, name, flags | O.NOFOLLOW, 0);
	if (fd < 0) {
		return fd;
	}
	const stat = reads.fstat(fd);
	if (typeof stat !== "number" && isSame(stat, place.stat)) {
		return fd;
	}
	reads.close(fd);
	return -errno.ESTALE;
}

/** As `reopen`; a failure is thrown. */
export function mustReopen(reads: Reads, arrival: Arrival, flags: number): number {
	const fd = reopen(reads, arrival, flags);
	if (fd < 0) {
		throw new SyscallError("open", fd);
	}
	return fd;
}
