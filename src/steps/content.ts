import type { Viewer } from "../files/permissions.ts";
import { readFor } from "../files/read.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import { must } from "../sys/act.ts";
import { O, S } from "../sys/constants.ts";
import { errno, errnoName } from "../sys/errno.ts";
import { findMount } from "../sys/mountinfo.ts";
import type { Host, Reads, Stat } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { absolutePath, mustOpenTrusted, openTrusted, splitPath } from "../sys/paths.ts";
import { hasOtherOwner, type Owner } from "./owner.ts";
import { byteLength, placeFile, removeAbandoned, type Wanted, writeWhole } from "./place.ts";
import { isClosed, toReach, toWriteBeside } from "./reach.ts";
import { refusal } from "./refusal.ts";
import type { ApplyContext, Need, Outcome } from "./step.ts";
import { isMetAsItIs, isRefusal } from "./usable.ts";

/** The goal of `file` and `secret`: a regular file with this content, mode and owner. */
export interface ContentGoal extends Owner {
	readonly path: string;
	/** `undefined` leaves the mode as it is; a new file gets 0644. */
	readonly mode: number | undefined;
	readonly rewrite: "differs" | "absent" | "always";
}

/** What the file shall hold, given what it holds now. */
export type Content = (reads: Reads, found: Found | undefined) => string;

/** No file of ours is longer, in bytes. */
export const contentLimit = 1_048_576;

export interface Found {
	readonly stat: Stat;
	/** `undefined` when it is longer than any content of ours. */
	readonly content: string | undefined;
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
	return mode === undefined ? "" : ` mode ${mode.toString(8).padStart(4, "0")}`;
}

/** A whole file that is meant to be read, not too long, and nothing that the viewer should not see where it has a say in what lies there. */
export function readSource(reads: Reads, path: string, viewer: Viewer): string {
	try {
		const content = readFor(reads, path, viewer, contentLimit, "root's");
		if (typeof content === "string") {
			return content;
		}
		if (content.errno !== undefined && content.reason === errnoName(content.errno)) {
			throw new SyscallError("open", content.errno);
		}
		return fail("STEP_FAILED", `${quoted(path)}: ${content.reason}`, { remedy: content.remedy ?? [] });
	} catch (error) {
		throw refusal(error, { reads, path, meanings: { EFBIG: { reason: `it is longer than ${contentLimit} bytes` } } });
	}
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
	return withDescriptor(reads, mustRead("open", reads.openRead(directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK, 0)), (fd) => {
		const content = reads.readAll(fd, contentLimit);
		return { stat: mustRead("fstat", reads.fstat(fd)), content: content === -errno.EFBIG ? undefined : mustRead("read", content) };
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
	const hasOtherNames = found.stat.nlink > 1 && !hasRightMetadata(goal, found.stat);
	if (goal.rewrite === "always" || hasOtherNames || content(reads, found) !== found.content) {
		return "all";
	}
	return hasRightMetadata(goal, found.stat) ? "nothing" : "metadata";
}

function hasRightMetadata({ mode, uid, gid }: ContentGoal, stat: Stat): boolean {
	return (mode === undefined || (stat.mode & 0o7777) === mode) && !hasOtherOwner(stat, { uid, gid });
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

/** Reaches the goal: atomically by a new file, or in place where the file is a mount of its own. */
export function reachContent(goal: ContentGoal, content: Content, context: ApplyContext): Outcome {
	const { host } = context;
	const { parent, name } = splitPath(goal.path);
	try {
		const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
		return withDescriptor(host, directory, () => {
			const found = look(host, directory, name, goal.path);
			switch (difference(goal, content, host, found)) {
				case "nothing":
					return { state: "ok", detail: goal.rewrite === "absent" ? "already there" : "already right" };
				case "metadata":
					return correct(goal, { directory, name, found: found as Found }, context);
				case "all":
					return write(goal, { directory, name, found }, content(host, found), host);
			}
		});
	} catch (error) {
		throw refusal(error, {
			reads: host,
			path: goal.path,
			meanings: { ENOENT: { reason: "its directory does not exist", remedy: [`make it first: - mkdir: ${yamlScalar(parent)}`] } },
		});
	}
}

interface Place {
	readonly directory: number;
	readonly name: string;
	readonly found: Found | undefined;
}

/** The content is right. A refused change is no failure when the user may do what the mode grants and nobody may do more. */
function correct(goal: ContentGoal, { directory, name, found }: Place & { found: Found }, { host, target }: ApplyContext): Outcome {
	const fd = must(host, "open", directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK, 0, 0) as number;
	return withDescriptor(host, fd, () => {
		const { mode } = statSame(host, fd, found, goal.path);
		const wanted = goal.mode ?? mode & 0o7777;
		try {
			adjust(host, fd, found.stat, { mode: wanted, uid: goal.uid, gid: goal.gid });
			return { state: "changed", detail: "mode or owner corrected" };
		} catch (error) {
			const isRefused = isRefusal(error) || (error instanceof SyscallError && error.is("EROFS"));
			if (isRefused && isMetAsItIs(found.stat, wanted, goal, target)) {
				return { state: "ok", detail: `${errnoName(error.errno)} on its mode or owner, but the user can use it` };
			}
			throw error;
		}
	});
}

/** Names can be exchanged between two calls: only what was looked at is changed. */
function statSame(reads: Reads, fd: number, found: Found, path: string): Stat {
	const stat = mustRead("fstat", reads.fstat(fd));
	return stat.ino === found.stat.ino && stat.dev === found.stat.dev ? stat : fail("STEP_FAILED", `${quoted(path)} was exchanged meanwhile`);
}

/** The mode before the owner: with another one it would need FOWNER, which may not be there. The group before both: the one it has gets no more. */
function adjust(host: Host, fd: number, stat: Stat, wanted: Wanted): void {
	if ((stat.mode & 0o7777) !== wanted.mode) {
		if (wanted.gid !== undefined && wanted.gid !== stat.gid) {
			must(host, "fchown", fd, undefined, wanted.gid);
		}
		must(host, "fchmod", fd, wanted.mode);
	}
	if (hasOtherOwner(stat, wanted)) {
		must(host, "fchown", fd, wanted.uid, wanted.gid);
	}
}

function write(goal: ContentGoal, { directory, name, found }: Place, content: string, host: Host): Outcome {
	const wanted: Wanted = {
		mode: goal.mode ?? (found === undefined ? 0o644 : found.stat.mode & 0o777),
		...ownerFor(goal, found),
	};
	if (found !== undefined && isMountOfItsOwn(host, directory, name)) {
		return writeInPlace(host, { directory, name, found, path: goal.path }, wanted, content);
	}
	try {
		removeAbandoned(host, directory);
		placeFile(host, directory, name, wanted, (fd) => writeWhole(host, fd, content));
		return { state: "changed", detail: found === undefined ? "made" : "replaced" };
	} catch (error) {
		// Without /proc the mount shows only now. rename(2)
		if (found !== undefined && error instanceof SyscallError && error.is("EBUSY", "EXDEV")) {
			return writeInPlace(host, { directory, name, found, path: goal.path }, wanted, content);
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
	{ directory, name, found, path }: Place & { found: Found; path: string },
	wanted: Wanted,
	content: string,
): Outcome {
	const fd = must(host, "open", directory, name, O.WRONLY | O.NOFOLLOW | O.NONBLOCK, 0, 0) as number;
	return withDescriptor(host, fd, () => {
		adjust(host, fd, statSame(host, fd, found, path), wanted);
		// Cut last: what the old content and the new begin with alike, as with a line that is added, is never lost.
		writeWhole(host, fd, content);
		must(host, "ftruncate", fd, byteLength(content));
		must(host, "fsync", fd);
		return { state: "changed", detail: "written in place, as it is a mount of its own" };
	});
}
