import { typeOf } from "../../files/kind.ts";
import type { Viewer } from "../../files/permissions.ts";
import { temporaryNames } from "../../files/place.ts";
import { mayAddTo } from "../../files/read.ts";
import { fail } from "../../report/failure.ts";
import { matchesAny } from "../../report/pattern.ts";
import { quoted } from "../../report/text.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { isDead } from "../common/dead-mount.ts";
import type { Owner } from "../common/owner.ts";
import { refusal } from "../common/refusal.ts";
import type { Looked } from "./looked.ts";

/** What is kept beside what always is. */
export const keepable = ["acl", "xattrs"] as const;
export type Kept = (typeof keepable)[number];

/** A copy at work. */
export interface Job {
	readonly host: Host;
	readonly owner: Owner;
	/** The two tops. */
	readonly from: string;
	readonly to: string;
	readonly exclude: readonly string[];
	readonly keep: readonly Kept[];
	/** Who gets no more than it could read itself of what it could have put into the source. */
	readonly readFor: Viewer;
	/** Called every few entries and megabytes, for the sake of who waits. */
	readonly onWork: (copied: number) => void;
	copied: number;
	/** Modes and owners that were seen to be kept, or the first that were not and do all the same. */
	readonly looked: Looked;
	/** What is being copied now, for a message. */
	at: string;
}

/** An entry of an opened directory, and its path for messages. */
export interface Entry {
	readonly directory: number;
	readonly name: string;
	readonly path: string;
	/** Whether the workload could have put it there. */
	readonly isShaped: boolean;
}

export type Name = Pick<Entry, "directory" | "name">;

export const deepest = 100;
const directoryItself = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/** The entry itself, no link followed; `undefined` when there is none. */
export function statEntry(reads: Reads, directory: number, name: string): Stat | undefined {
	const stat = reads.statat(directory, name, AT.SYMLINK_NOFOLLOW);
	return stat === -errno.ENOENT ? undefined : mustRead("statx", stat);
}

/** What goes wrong with an entry of the source is told of that, not of what is to become of it. */
function ofEntry<T>(reads: Reads, { path }: Entry, look: () => T): T {
	try {
		return look();
	} catch (error) {
		throw error instanceof SyscallError ? refusal(error, { reads, path, readsOnly: true }) : error;
	}
}

export function openDirectory(reads: Reads, { directory, name }: Name): number {
	return mustRead("open", reads.openRead(directory, name, directoryItself, 0));
}

/** The names that no pattern matches, ascending. */
export function namesBut(reads: Reads, directory: number, patterns: readonly string[]): string[] {
	// Opened anew, because reading goes on where it has stopped before.
	return withDescriptor(reads, openDirectory(reads, { directory, name: "." }), (fd) =>
		mustRead<string[]>("getdents64", reads.readDirectory(fd)),
	)
		.filter((name) => !matchesAny(name, patterns))
		.sort();
}

/** Throws for what cannot be copied, before anything is. */
export function survey(reads: Reads, entry: Entry, exclude: readonly string[]): void {
	const stat = ofEntry(reads, entry, () => statEntry(reads, entry.directory, entry.name));
	const type = stat === undefined ? undefined : typeOf(stat);
	if (type === S.IFDIR) {
		surveyDirectory(reads, entry, exclude, 0);
	} else if (type !== undefined && type !== S.IFREG && type !== S.IFLNK) {
		refuseKind(entry.path);
	}
}

function surveyDirectory(reads: Reads, entry: Entry, exclude: readonly string[], depth: number): void {
	if (depth === deepest) {
		fail("STEP_FAILED", `${quoted(entry.path)} lies deeper than ${deepest} directories`);
	}
	const opened = ofEntry(reads, entry, () => openDirectory(reads, entry));
	withDescriptor(reads, opened, (fd) => {
		const { directories, others } = ofEntry(reads, entry, () => mustRead("getdents64", reads.entryKinds(fd, exclude)));
		if (others[0] !== undefined) {
			refuseKind(`${entry.path}/${others[0]}`);
		}
		for (const name of directories) {
			surveyDirectory(reads, { ...entry, directory: fd, name, path: `${entry.path}/${name}` }, exclude, depth + 1);
		}
	});
}

function refuseKind(path: string): never {
	return fail("STEP_FAILED", `${quoted(path)} is a device, a pipe or a socket, which is not copied`, {
		remedy: ["exclude: [name] leaves it out"],
	});
}

/** Whether the target lacks an entry of the source, or holds what a dead run has left, at any depth. What is there is not compared. */
export function isAnyMissing(reads: Reads, source: number, target: number, exclude: readonly string[], depth = 0): boolean {
	const { isMissing, directories } = mustRead("getdents64", reads.compareNames(source, target, exclude, [temporaryNames]));
	return (
		isMissing ||
		(depth < deepest &&
			directories.some((name) => bothOpened(reads, source, target, name, (a, b) => isAnyMissing(reads, a, b, exclude, depth + 1)) === true))
	);
}

/** Leaves alone what is the top of a mount whose server is gone, on either side: it is there, and nothing is known of what is below. */
export function bothOpened<T>(
	reads: Reads,
	source: number,
	target: number,
	name: string,
	use: (source: number, target: number) => T,
): T | undefined {
	return withLive(reads, { directory: source, name }, (from) => withLive(reads, { directory: target, name }, (to) => use(from, to)));
}

function withLive<T>(reads: Reads, entry: Name, use: (fd: number) => T): T | undefined {
	const fd = reads.openRead(entry.directory, entry.name, directoryItself, 0);
	return isDead(fd) ? undefined : withDescriptor(reads, mustRead("open", fd), use);
}

/** Whether the workload could have put something into an opened directory of the source. */
export function isShapedBelow({ host, readFor }: Job, from: Pick<Entry, "isShaped">, source: number, stat: Stat): boolean {
	return from.isShaped || mayAddTo(host, source, stat, readFor);
}
