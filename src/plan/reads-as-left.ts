import { isDirectory } from "../files/kind.ts";
import { absolutePath, directoriesTo, isWithin, splitPath } from "../files/path-text.ts";
import { fromRoot } from "../files/walk.ts";
import type { Problem } from "../report/problem.ts";
import { givenFor } from "../steps/facts.ts";
import { madeBy } from "../steps/index.ts";
import { foresee, type Taken } from "../steps/programs/taken.ts";
import type { Made } from "../steps/step.ts";
import { AT, O, ST } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Errno, Reads, Stat } from "../sys/native.ts";
import { type Before, leftBy } from "./as-left.ts";
import { isGone, isThere, type Left, type Seer } from "./left.ts";
import { leadsTo } from "./made.ts";
import type { PlannedStep } from "./plan.ts";
import { nameOf } from "./step-name.ts";

/** What a step finds when those before it are done. */
export interface AsLeft {
	/** The border with owners, modes and what is gone as they are then; what is not known is as it is now. */
	readonly reads: Reads;
	/** Whether that is so of a path and of all that leads there. */
	isKnown(path: string): boolean;
	/** The same, and a file there holds what it holds now. */
	isSettled(path: string): boolean;
	/** That one of them takes away or hides what is there. */
	gone(path: string): Problem | undefined;
	/** Whether it lies on a mount of theirs that is read-only. */
	isFixed(path: string): boolean;
	/** What any of them may mount. */
	mounted(): readonly Made[];
	/** With that, where it is why something is missing at one of the paths. */
	because<T extends Problem>(problem: T, ...paths: readonly string[]): T;
}

/** Nothing is known to come of a step that is failing. */
export function readsAsLeft(before: Before, { reads, permitted }: Seer, isFailing: (step: PlannedStep) => boolean = () => false): AsLeft {
	const done = before.done.filter((each) => !isFailing(each));
	const unsure = [...before.unsure, ...before.done.filter(isFailing)];
	const leftAt = leftBy({ done, unsure }, { reads, permitted });
	const readOnly = done.flatMap(({ action }) => madeBy(action)).flatMap(({ path, isReadOnly }) => (isReadOnly === true ? [path] : []));
	const isFixed = (path: string) => readOnly.some((each) => isWithin(path, each));
	const wayTo = (path: string): (Left | undefined)[] => {
		const to = leadsTo(reads, path);
		// What is not known of / makes no device.
		const isDevice = isWithin(to, "/dev");
		return [...directoriesTo(to).filter((each) => !isDevice || isWithin(each, "/dev")), to].map(leftAt);
	};
	const isKnown = (path: string) => {
		const way = wayTo(path);
		const last = way.at(-1);
		// Whatever a program does above it before, the step that comes to it later has it so.
		return isThere(last) || isGone(last) || !way.includes("unknown");
	};
	const gone = (path: string): Problem | undefined => {
		const [step] = wayTo(path).flatMap((left) => (isGone(left) ? [left.goneBy] : []));
		return step && { message: `${nameOf(step)} leaves nothing there`, remedy: ["let that step come later, or leave this path alone"] };
	};
	const then = Object.assign(Object.create(reads) as Reads, calls(reads, leftAt, isFixed));
	foresee(then, done.flatMap(({ action }) => madeBy(action)).flatMap(takenBy));
	return {
		reads: then,
		isKnown,
		isSettled: (path) => {
			const way = wayTo(path);
			return isKnown(path) && (isGone(way.at(-1)) || !way.some((left) => isThere(left) && !left.isContentKnown));
		},
		gone,
		isFixed,
		mounted: () =>
			[...done, ...unsure].filter(({ action }) => givenFor(action, reads).mounts !== undefined).flatMap(({ action }) => madeBy(action)),
		because: (problem, ...paths) => {
			const [why] = paths.flatMap((path) => gone(path) ?? []);
			return why === undefined ? problem : { ...problem, message: `${problem.message} then: ${why.message}`, remedy: why.remedy };
		},
	};
}

function takenBy({ path, from, source = from?.path }: Made): Taken[] {
	return source === undefined ? [] : [{ path, source }];
}

const toWrite = 2;

function calls(reads: Reads, leftAt: (path: string) => Left | undefined, isFixed: (path: string) => boolean): Partial<Reads> {
	/** Where descriptors lead: /proc may be missing. What is still to be made has that of what is there above it. */
	const paths = new Map<number, string>();
	const toBeMade = new Set<number>();
	const pathOf = (fd: number) => paths.get(fd);
	const kept = (fd: number, place: string | undefined) => {
		if (fd >= 0 && place !== undefined) {
			paths.set(fd, place);
		}
		return fd;
	};
	const placeOf = (dirfd: number, path: string, isFollowed: boolean): string | undefined => {
		const directory = path.startsWith("/") ? "/" : dirfd === AT.FDCWD ? fromRoot(reads, ".") : pathOf(dirfd);
		if (directory === undefined) {
			return undefined;
		}
		const written = absolutePath(path, directory);
		const { parent, name } = splitPath(written);
		return isFollowed ? leadsTo(reads, written) : absolutePath(name, leadsTo(reads, parent));
	};
	const leftIn = (place: string | undefined) => (place === undefined ? undefined : leftAt(place));
	const asLeft = (left: Left | undefined, now: Stat | Errno): Stat | Errno => {
		if (!isThere(left)) {
			return isGone(left) ? -errno.ENOENT : now;
		}
		const { mode, uid, gid } = left.stat;
		return typeof now === "number" ? left.stat : { ...now, mode, uid, gid };
	};
	const open = (dirfd: number, path: string, flags: number, resolve: number): number | Errno => {
		const place = placeOf(dirfd, path, (flags & O.NOFOLLOW) === 0);
		const left = leftIn(place);
		const isLooked = (flags & O.PATH) !== 0 || (isThere(left) && isDirectory(left.stat));
		const fd = toBeMade.has(dirfd) || isGone(left) ? -errno.ENOENT : reads.openRead(dirfd, path, flags, resolve);
		if (!isThere(left) || place === undefined || (fd >= 0 && (isLooked || left.isContentKnown))) {
			return kept(fd, place);
		}
		if (fd >= 0) {
			reads.close(fd);
		}
		const above = isLooked ? directoriesTo(place).findLast((each) => typeof reads.statat(AT.FDCWD, each, 0) !== "number") : undefined;
		const stand = above === undefined ? -errno.ENOENT : reads.openRead(AT.FDCWD, above, O.PATH, 0);
		if (stand >= 0) {
			toBeMade.add(stand);
		}
		return kept(stand, place);
	};
	return {
		openRead: open,
		statat: (dirfd, path, flags) => {
			const left = leftIn(placeOf(dirfd, path, (flags & AT.SYMLINK_NOFOLLOW) === 0));
			return asLeft(left, toBeMade.has(dirfd) ? -errno.ENOENT : reads.statat(dirfd, path, flags));
		},
		fstat: (fd) => {
			const path = pathOf(fd);
			return asLeft(leftIn(path), toBeMade.has(fd) ? -errno.ENOENT : reads.fstat(fd));
		},
		fstatfs: (fd) => {
			const [found, path] = [reads.fstatfs(fd), pathOf(fd)];
			return typeof found === "number" || path === undefined || !isFixed(path) ? found : [found[0], found[1] | ST.RDONLY];
		},
		faccessat: (dirfd, path, mode) => {
			const place = placeOf(dirfd, path, true);
			const left = leftIn(place);
			if (place !== undefined && mode === toWrite && isFixed(place)) {
				return -errno.EROFS;
			}
			const found = isGone(left) || toBeMade.has(dirfd) ? -errno.ENOENT : reads.faccessat(dirfd, path, mode);
			return found === -errno.ENOENT && isThere(left) ? 0 : found;
		},
		readDirectory: (fd) => (toBeMade.has(fd) ? [] : reads.readDirectory(fd)),
		getxattr: (fd, name) => (toBeMade.has(fd) ? -errno.ENODATA : reads.getxattr(fd, name)),
		close: (fd) => {
			toBeMade.delete(fd);
			paths.delete(fd);
			return reads.close(fd);
		},
	};
}
