import { removeAccessList, requirePrivate } from "../../files/exact-mode.ts";
import { findMount } from "../../files/mountinfo.ts";
import type { Viewer } from "../../files/permissions.ts";
import { placeFile, writeWhole } from "../../files/place.ts";
import { removeAbandoned } from "../../files/stage.ts";
import { byteLength } from "../../report/bytes.ts";
import { must } from "../../sys/act.ts";
import { O } from "../../sys/constants.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { hasOtherOwner, type Owner } from "../common/owner.ts";
import { judgeReached, noted } from "../common/reached.ts";
import type { Outcome } from "../step.ts";
import type { ContentGoal, Found } from "./goal.ts";
import { ownerFor, statSame } from "./look.ts";

export interface Place {
	readonly directory: number;
	readonly name: string;
	readonly isSecret: boolean;
	/** The workload's user. */
	readonly target: Viewer;
}

export type Taken = Place & { readonly found: Found };

interface Wanted extends Owner {
	readonly mode: number;
}

/** `undefined` when it has not got its place. */
export function write(
	goal: ContentGoal,
	place: Place & { readonly found: Found | undefined },
	content: string,
	host: Host,
): Outcome | undefined {
	const { directory, name, found, isSecret, target } = place;
	const wanted: Wanted = {
		mode: goal.mode ?? (found === undefined ? 0o644 : found.stat.mode & 0o777),
		...ownerFor(goal, found),
	};
	const inPlace = (taken: Found) => writeInPlace(host, { ...place, found: taken }, goal, wanted, content);
	if (found !== undefined && isMountOfItsOwn(host, directory, name)) {
		return inPlace(found);
	}
	try {
		removeAbandoned(host, directory);
		const placed = placeFile(host, { directory, name, path: goal.path, isPrivate: isSecret }, wanted, (fd) =>
			writeWhole(host, fd, content),
		);
		if (placed === undefined) {
			return undefined;
		}
		const note = judgeReached(placed, { path: goal.path, wanted, target });
		return { state: "changed", detail: noted(found === undefined ? "made" : "replaced", note) };
	} catch (error) {
		// Without /proc the mount shows only now. rename(2)
		if (found !== undefined && error instanceof SyscallError && error.is("EBUSY", "EXDEV")) {
			return inPlace(found);
		}
		throw error;
	}
}

function isMountOfItsOwn(reads: Reads, directory: number, name: string): boolean {
	const fd = reads.openRead(directory, name, O.PATH | O.NOFOLLOW, 0);
	return fd >= 0 && withDescriptor(reads, fd, () => findMount(reads, fd) !== undefined);
}

/** Nobody but the one who mounted it can have put a mount here, so that it is safe to write to. An interrupted write is seen as a difference. */
function writeInPlace(
	host: Host,
	{ directory, name, found, isSecret, target }: Taken,
	goal: ContentGoal,
	wanted: Wanted,
	content: string,
): Outcome {
	const fd = must(host, "open", directory, name, O.WRONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0, 0) as number;
	return withDescriptor(host, fd, () => {
		statSame(host, fd, found.stat, goal.path);
		const note = adjust(host, fd, found, wanted, { ...goal, target, isSecret });
		// Cut last: what the old content and the new begin with alike, as with a line that is added, is never lost.
		writeWhole(host, fd, content);
		must(host, "ftruncate", fd, byteLength(content));
		must(host, "fsync", fd);
		return { state: "changed", detail: noted("written in place, as it is a mount of its own", note) };
	});
}

/** Who is to use it, and how exactly it has to be what was written. */
type Use = Pick<ContentGoal, "path" | "mode"> & Pick<Place, "target" | "isSecret">;

/**
 * The mode before the owner: with another one it would need FOWNER, which may not be there. The group before both: the one it has gets no
 * more. Returns what is to be told of what has become of it.
 */
export function adjust(host: Host, fd: number, { stat, hasList }: Found, wanted: Wanted, use: Use): string | undefined {
	const isExact = use.mode !== undefined;
	const hasOtherMode = (stat.mode & 0o7777) !== wanted.mode;
	if (isExact && (hasList || hasOtherMode)) {
		removeAccessList(host, fd);
	}
	if (hasOtherMode || (isExact && hasList)) {
		if (wanted.gid !== undefined && wanted.gid !== stat.gid) {
			must(host, "fchown", fd, undefined, wanted.gid);
		}
		must(host, "fchmod", fd, wanted.mode);
	}
	if (hasOtherOwner(stat, wanted)) {
		must(host, "fchown", fd, wanted.uid, wanted.gid);
	}
	const now = mustRead("fstat", host.fstat(fd));
	if (use.isSecret) {
		requirePrivate(now, wanted, use.path);
	}
	return judgeReached(now, { path: use.path, wanted, target: use.target });
}
