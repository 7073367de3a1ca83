import { accessAcl } from "../../files/acl.ts";
import type { Wanted } from "../../files/exact-mode.ts";
import { typeOf } from "../../files/kind.ts";
import { bitsFor, type Viewer } from "../../files/permissions.ts";
import { isTemporary, setModeAndOwner, setOwnerOf } from "../../files/place.ts";
import { mayAddTo } from "../../files/read.ts";
import { fail } from "../../report/failure.ts";
import { matchesAny } from "../../report/pattern.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { isDead } from "../common/dead-mount.ts";
import type { Owner } from "../common/owner.ts";
import { refusal } from "../common/refusal.ts";
import type { Looked } from "./looked.ts";

/** A copy at work. */
export interface Job {
	readonly host: Host;
	readonly owner: Owner;
	/** The two tops. */
	readonly from: string;
	readonly to: string;
	readonly exclude: readonly string[];
	/** Who gets no more than it could read itself of what it could have put into the source. */
	readonly readFor: Viewer;
	/** Called for every entry, for the sake of who waits. */
	readonly onEntry: (copied: number) => void;
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

const deepest = 100;
const chunk = 0x4000_0000;
const newFile = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW;

/** The entry itself, no link followed; `undefined` when there is none. */
export function statEntry(reads: Reads, directory: number, name: string): Stat | undefined {
	const stat = reads.statat(directory, name, AT.SYMLINK_NOFOLLOW);
	return stat === -errno.ENOENT ? undefined : mustRead("statx", stat);
}

/** As `statEntry`, of what is left alone when it is there: the top of a mount whose server is gone is there, and is of no type. */
export function typeThere(reads: Reads, directory: number, name: string): number | undefined {
	const stat = reads.statat(directory, name, AT.SYMLINK_NOFOLLOW);
	if (typeof stat !== "number" || !isDead(stat)) {
		return stat === -errno.ENOENT ? undefined : typeOf(mustRead<Stat>("statx", stat));
	}
	return 0;
}

/** What goes wrong with an entry of the source is told of that, not of what is to become of it. */
function ofEntry<T>(reads: Reads, { path }: Entry, look: () => T): T {
	try {
		return look();
	} catch (error) {
		throw error instanceof SyscallError ? refusal(error, { reads, path }) : error;
	}
}

export function openDirectory(reads: Reads, { directory, name }: Pick<Entry, "directory" | "name">): number {
	return mustRead("open", reads.openRead(directory, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0));
}

/** The names that are copied, ascending. */
export function namesToCopy(reads: Reads, directory: number, exclude: readonly string[]): string[] {
	// Opened anew, because reading goes on where it has stopped before.
	return withDescriptor(reads, openDirectory(reads, { directory, name: "." }), (fd) =>
		mustRead<string[]>("getdents64", reads.readDirectory(fd)),
	)
		.filter((name) => !matchesAny(name, exclude))
		.sort();
}

/** Throws for what cannot be copied, before anything is. */
export function survey(reads: Reads, entry: Entry, exclude: readonly string[], depth = 0): void {
	const stat = ofEntry(reads, entry, () => statEntry(reads, entry.directory, entry.name));
	const type = stat === undefined ? undefined : typeOf(stat);
	if (type === S.IFDIR) {
		if (depth === deepest) {
			fail("STEP_FAILED", `${quoted(entry.path)} lies deeper than ${deepest} directories`);
		}
		withDescriptor(
			reads,
			ofEntry(reads, entry, () => openDirectory(reads, entry)),
			(fd) => {
				for (const name of ofEntry(reads, entry, () => namesToCopy(reads, fd, exclude))) {
					survey(reads, { ...entry, directory: fd, name, path: `${entry.path}/${name}` }, exclude, depth + 1);
				}
			},
		);
	} else if (type !== undefined && type !== S.IFREG && type !== S.IFLNK) {
		fail("STEP_FAILED", `${quoted(entry.path)} is a device, a pipe or a socket, which is not copied`, {
			remedy: ["exclude: [name] leaves it out"],
		});
	}
}

/** Whether the target lacks an entry of the source, or holds what a dead run has left, at any depth. What is there is not compared. */
export function isAnyMissing(reads: Reads, source: number, target: number, exclude: readonly string[], depth = 0): boolean {
	if (namesToCopy(reads, target, []).some(isTemporary)) {
		return true;
	}
	return namesToCopy(reads, source, exclude).some((name) => {
		const [from, to] = [typeThere(reads, source, name), typeThere(reads, target, name)];
		if (from === undefined || to === undefined) {
			return from !== undefined;
		}
		const areDirectories = from === S.IFDIR && to === S.IFDIR;
		return (
			areDirectories && depth < deepest && bothOpened(reads, source, target, name, (a, b) => isAnyMissing(reads, a, b, exclude, depth + 1))
		);
	});
}

export function bothOpened<T>(reads: Reads, source: number, target: number, name: string, use: (source: number, target: number) => T): T {
	return withDescriptor(reads, openDirectory(reads, { directory: source, name }), (from) =>
		withDescriptor(reads, openDirectory(reads, { directory: target, name }), (to) => use(from, to)),
	);
}

/** Copies an entry with all below it to a name that is free, in a directory that nobody else can enter. */
function copyEntry(job: Job, from: Entry, { directory, name }: Name, depth: number): void {
	const { host } = job;
	const stat = mustRead<Stat>("statx", host.statat(from.directory, from.name, AT.SYMLINK_NOFOLLOW));
	switch (typeOf(stat)) {
		case S.IFDIR:
			must(host, "mkdirat", directory, name, 0o700);
			withDescriptor(host, openDirectory(host, { directory, name }), (fd) => fillDirectory(job, from, fd, depth));
			return;
		case S.IFREG:
			withDescriptor(host, must(host, "open", directory, name, newFile, stat.mode & 0o600, 0) as number, (fd) => fillFile(job, from, fd));
			return;
		case S.IFLNK:
			must(host, "symlinkat", atTarget(job, from, mustRead("readlinkat", host.readlinkat(from.directory, from.name))), directory, name);
			setOwnerOf(host, { directory, name, type: S.IFLNK }, wantedFor(job, stat));
			job.onEntry(++job.copied);
			return;
		default:
			fail("STEP_FAILED", `${quoted(from.path)} has become something that is not copied`);
	}
}

/** The mode and owner of a copy. */
function wantedFor({ owner }: Job, stat: Stat): Wanted & Owner {
	// Set-user-ID and set-group-ID of a file would give another owner more than was meant.
	const mode = stat.mode & (typeOf(stat) === S.IFDIR ? 0o7777 : 0o777);
	return { uid: owner.uid ?? (stat.uid as Owner["uid"]), gid: owner.gid ?? (stat.gid as Owner["gid"]), mode };
}

/** Copies an entry into a stage. */
export function copyToStage(job: Job, from: Entry, to: Name, depth: number): void {
	job.at = from.path;
	copyEntry(job, from, to, depth);
}

/** From here on it is the copy that is at work. */
function atTarget<T>(job: Job, from: Entry, value: T): T {
	job.at = `${job.to}${from.path.slice(job.from.length)}`;
	return value;
}

/** Makes an empty directory that is closed to others the copy. Its mode and owner come last: then nothing more could be written there without DAC_OVERRIDE. */
function fillDirectory(job: Job, from: Entry, target: number, depth = 0): void {
	const { host } = job;
	if (depth > deepest) {
		throw new SyscallError("open", errno.ELOOP);
	}
	job.at = from.path;
	const stat = withDescriptor(host, openDirectory(host, from), (source) => {
		// Of what was opened: the names of a source may be exchanged meanwhile.
		const opened = mustRead<Stat>("fstat", host.fstat(source));
		requireVisible(job, from, source, opened, 5);
		for (const entry of entriesOf(job, from, source, opened)) {
			copyEntry(job, entry, { directory: target, name: entry.name }, depth + 1);
		}
		return opened;
	});
	giveModeAndOwner(job, atTarget(job, from, target), wantedFor(job, stat));
	job.onEntry(++job.copied);
}

function giveModeAndOwner({ host, looked, readFor, at }: Job, target: number, wanted: Wanted & Owner): void {
	setModeAndOwner(host, target, wanted);
	looked.lookOnce(host, target, { path: at, wanted, target: readFor });
}

/** What is copied of an opened directory. */
export function entriesOf({ host, exclude, readFor }: Job, from: Entry, source: number, stat: Stat): Entry[] {
	const isShaped = from.isShaped || mayAddTo(host, source, stat, readFor);
	return namesToCopy(host, source, exclude).map((name) => ({ directory: source, name, path: `${from.path}/${name}`, isShaped }));
}

/** A file of root's that lies in a tree of the workload's was perhaps moved there to be read by way of its copy. */
function requireVisible({ host, readFor }: Job, { path, isShaped }: Entry, fd: number, stat: Stat, bits: number): void {
	if (isShaped && readFor.uid !== root && (bitsFor(stat, accessAcl(host, fd), readFor) & bits) !== bits) {
		fail("STEP_FAILED", `${quoted(path)} is not copied: uid ${readFor.uid}, who could have put it there, may not read it`, {
			remedy: ["exclude: [name] leaves it out", "or let only root write to the directories above it"],
		});
	}
}

const root = 0;

/** Makes an empty file the copy: mode and owner first, so that no byte is ever seen by others. */
function fillFile(job: Job, from: Entry, target: number): void {
	const { host } = job;
	job.at = from.path;
	const source = mustRead("open", host.openRead(from.directory, from.name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0));
	withDescriptor(host, source, () => {
		const stat = mustRead("fstat", host.fstat(source));
		if (typeOf(stat) !== S.IFREG) {
			fail("STEP_FAILED", `${quoted(from.path)} has become something that is not copied`);
		}
		requireVisible(job, from, source, stat, 4);
		giveModeAndOwner(job, atTarget(job, from, target), wantedFor(job, stat));
		while ((must(host, "sendfile", target, source, chunk) as number) > 0) {
			// until the end
		}
	});
	job.onEntry(++job.copied);
}
