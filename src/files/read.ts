import type { Problem } from "../report/problem.ts";
import { O, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Errno, Reads, Stat } from "../sys/native.ts";
import { SyscallError, withDescriptor } from "../sys/observe.ts";
import { type Acl, accessAcl, writersAcl } from "./acl.ts";
import { isDirectory, isLink, isRegular, notRegular } from "./kind.ts";
import type { MountFacts } from "./mount-facts.ts";
import { isOfRoot } from "./open.ts";
import { bitsFor, mayChange, opens, type Viewer } from "./permissions.ts";
import { doubtAbout, type Place } from "./trust.ts";
import { type Arrival, mustReopen, reopen, type WalkPolicy, walk } from "./walk.ts";

/** Why a file is not read: the kernel's answer, or what the file is, as the rest of a sentence that begins with its path. */
export type Unread = { readonly refused: SyscallError } | (Problem & { readonly refused?: undefined });

/** Whose links are gone by: those of root alone, or any, where the viewer may have made them and sees no more through them. */
export type Links = "root's" | "any";

const mayFollow: Readonly<Record<Links, WalkPolicy["mayFollow"]>> = { "root's": isOfRoot, any: () => true };

const root = 0;

/**
 * Follows a walk with the viewer's eyes. Where it could have put what is found, by writing to a directory on the way or by a link of its
 * own, there is for it only what it may search and read by itself.
 */
class Eyes {
	readonly #reads: Reads;
	readonly #viewer: Viewer;
	#mayHaveChanged = false;
	/** Whether the viewer has a say in what lies where the walk stands. */
	isShaped = false;

	constructor(reads: Reads, viewer: Viewer) {
		this.#reads = reads;
		this.#viewer = viewer;
	}

	readonly visit = (place: Place, isFixed: boolean): Errno | undefined => {
		this.isShaped ||= (!isFixed && this.#mayHaveChanged) || (isLink(place.stat) && !(isFixed && doubtAbout(place) === undefined));
		if (!isDirectory(place.stat)) {
			return undefined;
		}
		if (this.isShaped && !this.may(place, 1)) {
			return -errno.EACCES;
		}
		this.#mayHaveChanged ||= this.couldChange(place);
		return undefined;
	};

	may({ fd, stat }: Place, bit: number): boolean {
		return this.#viewer.uid === root || (bitsFor(stat, accessAcl(this.#reads, fd), this.#viewer) & bit) !== 0;
	}

	couldChange({ fd, stat, mount }: Place): boolean {
		return !mount.isVouchedFor || mayAddTo(this.#reads, fd, stat, this.#viewer);
	}
}

/**
 * The one way to read a file that a configuration or a variable names: it knows on whose behalf. What lies where the viewer cannot have
 * put it is read as it is. On any other way there is only what the viewer could read itself, so that a link, or a name that was
 * moved, shows it nothing that it does not see anyway. Regular files alone, opened without blocking; none for which a server answers,
 * unless the file itself was mounted there. Throws UntrustedLink where only root's links are gone by.
 */
export function readFor(reads: Reads, path: string, viewer: Viewer, limit: number, links: Links): string | Unread {
	const eyes = new Eyes(reads, viewer);
	let served: string | undefined;
	// A file that was itself mounted is there because whoever started the container put it there.
	const mayEnter = ({ isServed, type }: MountFacts, isDirectory: boolean): Errno | undefined => {
		served = !isServed || !isDirectory ? served : type;
		return served === undefined ? undefined : -errno.EACCES;
	};
	const policy = { mayFollow: mayFollow[links], mayEnter, visit: eyes.visit };
	const result = walk(reads, path, policy, (arrival) => readArrived(reads, arrival, eyes, viewer, limit));
	if (served !== undefined) {
		return {
			message: `lies on ${served}, where a server says what is there`,
			remedy: ["mount the file itself, or keep it in the image or on a tmpfs"],
		};
	}
	return typeof result === "number" ? { refused: new SyscallError("open", result) } : result;
}

function readArrived(reads: Reads, arrival: Arrival, eyes: Eyes, viewer: Viewer, limit: number): string | Unread {
	const { place } = arrival;
	if (!isRegular(place.stat)) {
		return notRegular(place.stat);
	}
	if (eyes.isShaped && !eyes.may(place, 4)) {
		return {
			message: `may not be read by uid ${viewer.uid}, who could have put it there`,
			remedy: ["keep it, or the link to it, where only root can write"],
		};
	}
	const fd = reopen(reads, arrival, O.RDONLY | O.NONBLOCK | O.NOCTTY);
	if (fd < 0) {
		return { refused: new SyscallError("open", fd) };
	}
	const content = withDescriptor(reads, fd, () => reads.readAll(fd, limit));
	return typeof content === "string" ? content : { refused: new SyscallError("read", content) };
}

/**
 * Looks whether something is at a path, as the viewer sees it: 0, or the errno, which is ENOENT for what the viewer could not see. `undefined` when
 * only a FUSE daemon could tell, which may be the viewer's own and never answer.
 */
export function lookFor(reads: Reads, path: string, viewer: Viewer): number | undefined {
	let isUnknown = false;
	let isHidden = false;
	const mayEnter = ({ type, isServed }: MountFacts): Errno | undefined => {
		isUnknown ||= /^fuse(?:blk|\.|$)/.test(type) && isServed;
		return isUnknown ? -errno.EACCES : undefined;
	};
	const eyes = new Eyes(reads, viewer);
	const visit = (place: Place, isFixed: boolean): Errno | undefined => {
		const refused = eyes.visit(place, isFixed);
		isHidden ||= refused !== undefined;
		return refused;
	};
	const found = walk(reads, path, { mayFollow: () => true, mayEnter, visit }, () => 0);
	// Who looks as the viewer sees no more than it does.
	isHidden ||= found === -errno.EACCES && viewer.uid !== root && reads.getresuid()[1] === viewer.uid;
	return isUnknown ? undefined : isHidden ? errno.ENOENT : -found;
}

/** A directory or file to copy from, and whether the viewer has a say in what lies there: then it gets only what it could read itself. */
export function openSource(reads: Reads, path: string, flags: number, viewer: Viewer): { readonly fd: number; readonly isShaped: boolean } {
	const eyes = new Eyes(reads, viewer);
	const source = walk(reads, path, { mayFollow: isOfRoot, visit: eyes.visit }, (arrival) => ({
		fd: mustReopen(reads, arrival, flags),
		isShaped: eyes.isShaped || eyes.couldChange(arrival.place),
	}));
	if (typeof source === "number") {
		throw new SyscallError("open", source);
	}
	return source;
}

/** Whether it may add to a directory, or exchange what is in it. The sticky bit keeps it from the latter alone. */
export function mayAddTo(reads: Reads, fd: number, stat: Stat, viewer: Viewer): boolean {
	return mayChange({ ...stat, mode: stat.mode & ~S.ISVTX }, writersAcl(reads, fd, stat), viewer);
}

/** What a step found, and what it would make of it; `undefined` stays as it is. */
export interface Change {
	readonly stat: Stat;
	readonly acl: Acl;
	readonly wanted: { readonly [Key in "mode" | "uid" | "gid"]: number | undefined };
}

/** Whether a change lets the viewer do something of these bits that it could not with what it could have put there itself. */
export function wouldOpen(reads: Reads, path: string, { stat, acl, wanted }: Change, viewer: Viewer, bits: number): boolean {
	const after = { mode: wanted.mode ?? stat.mode, uid: wanted.uid ?? stat.uid, gid: wanted.gid ?? stat.gid };
	return opens(stat, acl, after, viewer, bits) && mayHavePut(reads, path, viewer);
}

/** Whether the viewer could have put there what lies at a path. What is mounted there cannot be moved. */
function mayHavePut(reads: Reads, path: string, viewer: Viewer): boolean {
	const eyes = new Eyes(reads, viewer);
	// What it may not enter is looked at to the end.
	const visit = (place: Place, isFixed: boolean): undefined => void eyes.visit(place, isFixed);
	const policy: WalkPolicy = { followLast: false, mayFollow: isOfRoot, visit };
	return walk(reads, path, policy, ({ place }) => eyes.isShaped && !place.isMountPoint) !== false;
}
