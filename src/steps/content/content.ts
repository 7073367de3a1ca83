import { hasAccessList, removeAccessList, requirePrivate } from "../../files/exact-mode.ts";
import { findMount } from "../../files/mountinfo.ts";
import { mustOpenTrusted, openTrusted } from "../../files/open.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { octal } from "../../files/permissions.ts";
import { byteLength, placeFile, writeWhole } from "../../files/place.ts";
import { removeAbandoned } from "../../files/stage.ts";
import { isSame } from "../../files/trust.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { must } from "../../sys/act.ts";
import { O, S } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { hasOtherOwner, type Owner } from "../common/owner.ts";
import { isClosed, toReach, toWriteBeside } from "../common/reach.ts";
import { refusal } from "../common/refusal.ts";
import { contentLimit } from "../common/source.ts";
import { isMetAsItIs, isRefusal } from "../common/usable.ts";
import type { ApplyContext, Need, Outcome } from "../step.ts";

/** The goal of `file` and `secret`: a regular file with this content, mode and owner. */
export interface ContentGoal extends Owner {
	readonly path: string;
	/** `undefined` leaves the mode as it is; a new file gets 0644. */
	readonly mode: number | undefined;
	readonly rewrite: "differs" | "absent" | "always";
}

interface Wanted extends Owner {
	readonly mode: number;
}

/** What the file shall hold, given what it holds now. */
export type Content = (reads: Reads, found: Found | undefined) => string;

export interface Found {
	readonly stat: Stat;
	/** `undefined` when it is longer than any content of ours. */
	readonly content: string | undefined;
	/** An access control list gives more than the mode. acl(5) */
	readonly hasList: boolean;
}

/** A path that can be that of a file. */
export function filePath(written: string, workdir: string): string {
	const path = absolutePath(written, workdir);
	return path === "/" || written.endsWith("/") ? fail("CONFIG_INVALID_VALUE", `${quoted(written)} cannot be a file`) : path;
}

/** Changing the owner would take set-user-ID and set-group-ID away again, and a new file with them is asked for by nobody. chown(2) */
export function plainMode<Mode extends number | undefined>(mode: Mode): Mode {
	return mode !== undefined && mode > 0o777
		? fail("CONFIG_INVALID_VALUE", "the mode of a file is at most 0777: set-user-ID, set-group-ID and sticky are not given")
		: mode;
}

export function modeText(mode: number | undefined): string {
	return mode === undefined ? "" : ` mode ${octal(mode)}`;
}

/** Opened without following it, looked at, and only then opened for reading: a pipe or a device is never opened. */
function look(reads: Reads, directory: number, name: string, path: string): Found | undefined {
	const entry = reads.openRead(directory, name, O.PATH | O.NOFOLLOW, 0);
	if (entry === -errno.ENOENT) {
		return undefined;
	}
	const stat = withDescriptor(reads, mustRead("open", entry), (fd) => mustRead("fstat", reads.fstat(fd)));
	if ((stat.mode & S.IFMT) === S.IFLNK) {
		fail("STEP_FAILED", `${quoted(path)} is a symbolic link, which is neither followed nor replaced`, { remedy: ["name the real path"] });
	}
	if ((stat.mode & S.IFMT) !== S.IFREG) {
		fail("STEP_FAILED", `${quoted(path)} is there and is not a regular file`);
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
function difference(goal: ContentGoal, content: Content, reads: Reads, found: Found | undefined): "all" | "metadata" | "nothing" {
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

/** What writing needs. Whatever is wrong with the place is left for `reachContent` to say: an earlier step may put it right. */
export function contentNeeds(goal: ContentGoal, content: Content, reads: Reads): Need[] {
	const { path } = goal;
	const { found, differs } = observe(goal, content, reads);
	if (differs === "nothing") {
		return [toReach(path)];
	}
	const [, self] = reads.getresuid();
	const [, ownGroup] = reads.getresgid();
	const now = differs === "metadata" && found !== undefined ? found.stat : { uid: self, gid: ownGroup };
	return [
		...(hasOtherOwner(now, ownerFor(goal, found))
			? [
					{
						anyOf: ["CHOWN"],
						certain: found === undefined && !isClosed(reads, path),
						purpose: `to give ${path} its owner`,
					} as const satisfies Need,
				]
			: []),
		toWriteBeside(path),
		...(found !== undefined && found.stat.uid !== self
			? [{ anyOf: ["FOWNER"], certain: false, purpose: `to change ${path}, which belongs to somebody else` } as const satisfies Need]
			: []),
	];
}

function observe(goal: ContentGoal, content: Content, reads: Reads): { found: Found | undefined; differs: ReturnType<typeof difference> } {
	const { parent, name } = splitPath(goal.path);
	let found: Found | undefined;
	try {
		const directory = openTrusted(reads, parent, O.PATH | O.DIRECTORY);
		if (directory >= 0) {
			found = withDescriptor(reads, directory, () => look(reads, directory, name, goal.path));
		}
		return { found, differs: difference(goal, content, reads, found) };
	} catch {
		return { found, differs: "all" };
	}
}

const mostAttempts = 8;

/** Reaches the goal: atomically by a new file, or in place where the file is a mount of its own. What is secret has exactly its mode, or fails. */
export function reachContent(goal: ContentGoal, content: Content, context: ApplyContext, isSecret = false): Outcome {
	const { host } = context;
	const { parent, name } = splitPath(goal.path);
	try {
		const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
		return withDescriptor(host, directory, () => {
			// Another container may place the same file, and the workload of one anything.
			for (let attempt = 0; attempt < mostAttempts; attempt++) {
				const outcome = attemptOnce(goal, content, { directory, name, isSecret }, context);
				if (outcome !== undefined) {
					return outcome;
				}
			}
			return exchanged(goal.path);
		});
	} catch (error) {
		throw refusal(error, {
			reads: host,
			path: goal.path,
			meanings: { ENOENT: { message: "its directory does not exist", remedy: [`make it first: - mkdir: ${yamlScalar(parent)}`] } },
		});
	}
}

interface Place {
	readonly directory: number;
	readonly name: string;
	readonly isSecret: boolean;
}

type Taken = Place & { readonly found: Found };

/** `undefined` when what was made has not got its place, or has lost it at once. */
function attemptOnce(goal: ContentGoal, content: Content, place: Place, context: ApplyContext): Outcome | undefined {
	const { host } = context;
	const found = look(host, place.directory, place.name, goal.path);
	switch (difference(goal, content, host, found)) {
		case "nothing":
			return { state: "ok", detail: goal.rewrite === "absent" ? "already there" : "already right" };
		case "metadata":
			return correct(goal, { ...place, found: found as Found }, context);
		case "all":
			return write(goal, { ...place, found }, content(host, found), host);
	}
}

/**
 * The content is right. Who could write to the file may have it open, and would go on writing to it when it is another's: that takes a new
 * file, where one can be made. A refused change is no failure when the user may do what the mode grants and nobody may do more.
 */
function correct(goal: ContentGoal, place: Taken, context: ApplyContext): Outcome | undefined {
	const { host } = context;
	const { found } = place;
	if (couldBeOpen(goal, found, host) && found.content !== undefined) {
		try {
			return write(goal, place, found.content, host);
		} catch (error) {
			if (!isRefusedHere(error)) {
				throw error;
			}
		}
	}
	return correctInPlace(goal, place, context);
}

function couldBeOpen({ mode, uid }: ContentGoal, { stat, hasList }: Found, reads: Reads): boolean {
	const isTakenFromOthers = uid !== undefined && uid !== stat.uid && stat.uid !== reads.getresuid()[1];
	return isTakenFromOthers || (mode !== undefined && (stat.mode & othersMayWrite & (hasList ? othersMayWrite : ~mode)) !== 0);
}

const othersMayWrite = 0o022;

function isRefusedHere(error: unknown): error is SyscallError {
	return isRefusal(error) || (error instanceof SyscallError && error.is("EROFS"));
}

function correctInPlace(goal: ContentGoal, { directory, name, found, isSecret }: Taken, { host, target }: ApplyContext): Outcome {
	const fd = must(host, "open", directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0, 0) as number;
	return withDescriptor(host, fd, () => {
		const { mode } = statSame(host, fd, found.stat, goal.path);
		const wanted = goal.mode ?? mode & 0o7777;
		try {
			adjust(host, fd, found, { mode: wanted, uid: goal.uid, gid: goal.gid }, goal.mode !== undefined);
			return { state: "changed", detail: "mode or owner corrected" };
		} catch (error) {
			const isMet = isRefusedHere(error) && isMetAsItIs(found.stat, wanted, goal, target);
			if (isMet && isSecret && found.hasList) {
				fail("STEP_FAILED", `${quoted(goal.path)} has an access control list that gives more than its mode, and it cannot be removed`, {
					remedy: [`setfacl --remove-all ${quoted(goal.path)}, or a mode that gives nothing to the group`],
				});
			}
			if (isMet) {
				const list = found.hasList ? "; its access control list gives more than its mode" : "";
				return { state: "ok", detail: `${errnoName(error.errno)} on its mode or owner, but the user can use it${list}` };
			}
			throw error;
		}
	});
}

/** Names can be exchanged between two calls: only what was looked at is changed. */
function statSame(reads: Reads, fd: number, found: Stat, path: string): Stat {
	const stat = mustRead("fstat", reads.fstat(fd));
	return isSame(stat, found) ? stat : exchanged(path);
}

function exchanged(path: string): never {
	return fail("STEP_FAILED", `${quoted(path)} was exchanged meanwhile`);
}

/** The mode before the owner: with another one it would need FOWNER, which may not be there. The group before both: the one it has gets no more. */
function adjust(host: Host, fd: number, { stat, hasList }: Found, wanted: Wanted, isExact: boolean): void {
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
}

/** `undefined` when it has not got its place. */
function write(goal: ContentGoal, place: Place & { readonly found: Found | undefined }, content: string, host: Host): Outcome | undefined {
	const { directory, name, found, isSecret } = place;
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
		const isPlaced = placeFile(host, { directory, name, path: goal.path, isPrivate: isSecret }, wanted, (fd) =>
			writeWhole(host, fd, content),
		);
		return isPlaced ? { state: "changed", detail: found === undefined ? "made" : "replaced" } : undefined;
	} catch (error) {
		// Without /proc the mount shows only now. rename(2)
		if (found !== undefined && error instanceof SyscallError && error.is("EBUSY", "EXDEV")) {
			return inPlace(found);
		}
		throw error;
	}
}

/** A file that takes the place of another keeps its ids where none are asked for. */
function ownerFor({ uid, gid }: Owner, found: Found | undefined): Owner {
	return { uid: uid ?? (found?.stat.uid as Owner["uid"]), gid: gid ?? (found?.stat.gid as Owner["gid"]) };
}

function isMountOfItsOwn(reads: Reads, directory: number, name: string): boolean {
	const fd = reads.openRead(directory, name, O.PATH | O.NOFOLLOW, 0);
	return fd >= 0 && withDescriptor(reads, fd, () => findMount(reads, fd) !== undefined);
}

/** Nobody but the one who mounted it can have put a mount here, so that it is safe to write to. An interrupted write is seen as a difference. */
function writeInPlace(
	host: Host,
	{ directory, name, found, isSecret }: Taken,
	goal: ContentGoal,
	wanted: Wanted,
	content: string,
): Outcome {
	const fd = must(host, "open", directory, name, O.WRONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0, 0) as number;
	return withDescriptor(host, fd, () => {
		statSame(host, fd, found.stat, goal.path);
		adjust(host, fd, found, wanted, goal.mode !== undefined);
		if (isSecret) {
			requirePrivate(host, fd, wanted, goal.path);
		}
		// Cut last: what the old content and the new begin with alike, as with a line that is added, is never lost.
		writeWhole(host, fd, content);
		must(host, "ftruncate", fd, byteLength(content));
		must(host, "fsync", fd);
		return { state: "changed", detail: "written in place, as it is a mount of its own" };
	});
}
