import { hasAccessList } from "../../files/exact-mode.ts";
import { isLink, isRegular, notRegular } from "../../files/kind.ts";
import { isSame } from "../../files/trust.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { hasOtherOwner, type Owner } from "../common/owner.ts";
import { contentLimit } from "../common/source.ts";
import type { Content, ContentGoal, Found } from "./goal.ts";

/** Opened without following it, looked at, and only then opened for reading: a pipe or a device is never opened. */
export function look(reads: Reads, directory: number, name: string, path: string): Found | undefined {
	const entry = reads.openRead(directory, name, O.PATH | O.NOFOLLOW, 0);
	if (entry === -errno.ENOENT) {
		return undefined;
	}
	const stat = withDescriptor(reads, mustRead("open", entry), (fd) => mustRead("fstat", reads.fstat(fd)));
	if (isLink(stat)) {
		fail("STEP_FAILED", `${quoted(path)} is a symbolic link, which is neither followed nor replaced`, { remedy: ["name the real path"] });
	}
	if (!isRegular(stat)) {
		const { message, remedy } = notRegular(stat);
		fail("STEP_FAILED", `${quoted(path)} ${message}`, { remedy });
	}
	const flags = O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY;
	return withDescriptor(reads, mustRead("open", reads.openRead(directory, name, flags, 0)), (fd) => {
		const opened = statSame(reads, fd, stat, path);
		const content = reads.readAll(fd, contentLimit);
		return {
			stat: opened,
			content: content === -errno.EFBIG ? undefined : mustRead("read", content),
			hasList: hasAccessList(reads, fd, opened),
		};
	});
}

/** What differs: the whole file, its mode and owner alone, or nothing. */
export function difference(goal: ContentGoal, content: Content, reads: Reads, found: Found | undefined): "all" | "metadata" | "nothing" {
	if (found === undefined) {
		return "all";
	}
	if (goal.rewrite === "absent") {
		return "nothing";
	}
	// Another name of the same file may lie where somebody else relies on it: it gets no new owner, the name gets a new file.
	const hasOtherNames = found.stat.nlink > 1 && !hasRightMetadata(goal, found);
	if (goal.rewrite === "always" || hasOtherNames || content(reads, found) !== found.content) {
		return "all";
	}
	return hasRightMetadata(goal, found) ? "nothing" : "metadata";
}

/** Where no mode is written, what a list gives is left as well. */
function hasRightMetadata({ mode, uid, gid }: ContentGoal, { stat, hasList }: Found): boolean {
	return (mode === undefined || ((stat.mode & 0o7777) === mode && !hasList)) && !hasOtherOwner(stat, { uid, gid });
}

/** Names can be exchanged between two calls: only what was looked at is changed. */
export function statSame(reads: Reads, fd: number, found: Stat, path: string): Stat {
	const stat = mustRead("fstat", reads.fstat(fd));
	return isSame(stat, found) ? stat : exchanged(path);
}

export function exchanged(path: string): never {
	return fail("STEP_FAILED", `${quoted(path)} was exchanged meanwhile`);
}

/** A file that takes the place of another keeps its ids where none are asked for. */
export function ownerFor({ uid, gid }: Owner, found: Found | undefined): Owner {
	return { uid: uid ?? (found?.stat.uid as Owner["uid"]), gid: gid ?? (found?.stat.gid as Owner["gid"]) };
}
