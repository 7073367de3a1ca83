import { accessAcl } from "../../files/acl.ts";
import { typeOf } from "../../files/kind.ts";
import { bitsFor } from "../../files/permissions.ts";
import { setModeAndOwner } from "../../files/place.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { CopyFault, Host, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import type { Owner } from "../common/owner.ts";
import type { Goal } from "../common/reached.ts";
import { keepAttributes, modeWithoutList } from "./copy-attributes.ts";
import { deepest, type Entry, isShapedBelow, type Job, type Name, openDirectory } from "./copy-tree.ts";

/** A directory that nobody else can enter, where entries are put together. */
export interface Stage {
	readonly fd: number;
	/** Where a file with several links has its first copy here, by what it is. */
	readonly links: Map<string, string>;
}

export function newStage(fd: number): Stage {
	return { fd, links: new Map() };
}

/** A name in a stage that is free. */
export interface Place extends Name {
	readonly stage: Stage;
	/** Below the stage. */
	readonly path: string;
}

interface Above extends Pick<Entry, "path" | "isShaped"> {
	/** Opened. */
	readonly source: number;
}

const newFile = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW;
/** A name of ours, which no entry of a source has. */
const lookedAt = ".abdicate-new-look";
const root = 0;

/** Copies an entry with all below it. */
export function copyEntry(job: Job, from: Entry, to: Place, depth: number): void {
	const { host } = job;
	job.at = from.path;
	switch (typeOf(mustRead<Stat>("statx", host.statat(from.directory, from.name, AT.SYMLINK_NOFOLLOW)))) {
		case S.IFDIR:
			must(host, "mkdirat", to.directory, to.name, 0o700);
			withDescriptor(host, openDirectory(host, to), (fd) => fillDirectory(job, from, { ...to, directory: fd }, depth));
			break;
		case S.IFREG:
			copyFile(job, from, to);
			break;
		default:
			fail("STEP_FAILED", `${quoted(from.path)} has become something that is not copied`);
	}
	job.onWork(++job.copied);
}

/** Copies all entries of a directory whose names are not in another one. */
export function copyBelow(job: Job, above: Above, to: Omit<Place, "name">, depth: number, unlessIn?: number): void {
	const { host, readFor, exclude, keep, owner, copied } = job;
	const { source, isShaped } = above;
	const readableBy = isShaped && readFor.uid !== root ? readFor.uid : undefined;
	const options = { ...owner, exclude, readableBy, attributes: keep.length > 0, unlessIn };
	const done = mustRead(
		"getdents64",
		host.copyPlain(
			source,
			to.directory,
			options,
			(count) => job.onWork(copied + count),
			(name, mode, uid, gid) => lookBefore(job, `${above.path}/${name}`, to.directory, { mode, uid, gid } as Given),
		),
	);
	job.copied += done.copied;
	if (done.failure !== undefined) {
		refuse(job, `${above.path}/${done.failure.name}`, done.failure);
	}
	for (const name of [...done.left, ...done.directories]) {
		const path = to.path === "" ? name : `${to.path}/${name}`;
		copyEntry(job, { directory: source, name, path: `${above.path}/${name}`, isShaped }, { ...to, name, path }, depth);
	}
}

/** Makes an empty directory the copy. Its mode and owner come last: then nothing more could be written there without DAC_OVERRIDE. */
function fillDirectory(job: Job, from: Entry, to: Omit<Place, "name">, depth: number): void {
	const { host } = job;
	if (depth > deepest) {
		throw new SyscallError("open", errno.ELOOP);
	}
	withDescriptor(host, openDirectory(host, from), (source) => {
		// Of what was opened: the names of a source may be exchanged meanwhile.
		const stat = mustRead("fstat", host.fstat(source));
		requireVisible(job, from, source, stat, 5);
		const given = givenFor(job, from, source, stat);
		copyBelow(job, { path: from.path, source, isShaped: isShapedBelow(job, from, source, stat) }, to, depth + 1);
		finish(job, from, source, to.directory, stat, given);
		job.looked.lookOnce(host, to.directory, { path: job.at, wanted: given, target: job.readFor });
	});
}

/** One that takes a decision: whatever is plain has been copied by `copyBelow`. */
function copyFile(job: Job, from: Entry, to: Place): void {
	const { host } = job;
	const source = mustRead("open", host.openRead(from.directory, from.name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0));
	withDescriptor(host, source, () => {
		const stat = mustRead("fstat", host.fstat(source));
		if (typeOf(stat) !== S.IFREG) {
			fail("STEP_FAILED", `${quoted(from.path)} has become something that is not copied`);
		}
		requireVisible(job, from, source, stat, 4);
		const key = stat.nlink > 1 ? `${stat.dev} ${stat.ino}` : undefined;
		const first = key && to.stage.links.get(key);
		if (first !== undefined && isLinked(host, first, to)) {
			return;
		}
		const given = givenFor(job, from, source, stat);
		lookBefore(job, from.path, to.directory, given);
		withDescriptor(host, must(host, "open", to.directory, to.name, newFile, stat.mode & 0o600, 0) as number, (target) => {
			const fault = mustRead<CopyFault | undefined>(
				"fstat",
				host.copyContent(source, target, () => job.onWork(job.copied)),
			);
			if (fault !== undefined) {
				refuse(job, from.path, fault);
			}
			finish(job, from, source, target, stat, given);
		});
		if (key !== undefined) {
			to.stage.links.set(key, to.path);
		}
	});
}

/** False where the file system has no links, or no more for one file. */
function isLinked(host: Host, first: string, { stage, directory, name }: Place): boolean {
	const result = host.linkat(stage.fd, first, directory, name);
	if (result < 0 && ![-errno.EPERM, -errno.EMLINK, -errno.EOPNOTSUPP, -errno.ENOSYS, -errno.EXDEV].includes(result)) {
		throw new SyscallError("linkat", result);
	}
	return result >= 0;
}

/** The mode and owner of a copy. */
type Given = Goal["wanted"];

function givenFor({ host, owner, keep }: Job, from: Entry, source: number, stat: Stat): Given {
	const mode = keep.includes("acl") ? stat.mode : modeWithoutList(host, from.path, source, stat);
	return {
		uid: owner.uid ?? (stat.uid as Owner["uid"]),
		gid: owner.gid ?? (stat.gid as Owner["gid"]),
		// Set-user-ID and set-group-ID of a file would give another owner more than was meant.
		mode: mode & (typeOf(stat) === S.IFDIR ? 0o7777 : 0o777),
	};
}

/** Before a byte of content can be seen by others: what a file system makes of a mode and an owner, an empty file shows. */
function lookBefore(job: Job, path: string, directory: number, wanted: Given): void {
	const { host, looked, readFor } = job;
	if (looked.isKept(wanted)) {
		return;
	}
	job.at = atTarget(job, path);
	withDescriptor(host, must(host, "open", directory, lookedAt, newFile, 0o600, 0) as number, (fd) => {
		setModeAndOwner(host, fd, wanted);
		looked.lookOnce(host, fd, { path: job.at, wanted, target: readFor });
		must(host, "unlinkat", directory, lookedAt, 0);
	});
}

/** Mode and owner come last: before that nobody else can reach it, and times, lists and attributes take no capability. */
function finish(job: Job, from: Entry, source: number, target: number, stat: Stat, given: Given): void {
	const { host, keep } = job;
	job.at = atTarget(job, from.path);
	keepAttributes(host, keep, source, target, stat);
	must(host, "copyTimes", source, target);
	setModeAndOwner(host, target, given);
}

/** A file of root's that lies in a tree of the workload's was perhaps moved there to be read by way of its copy. */
function requireVisible({ host, readFor }: Job, { path, isShaped }: Entry, fd: number, stat: Stat, bits: number): void {
	if (isShaped && readFor.uid !== root && (bitsFor(stat, accessAcl(host, fd), readFor) & bits) !== bits) {
		fail("STEP_FAILED", `${quoted(path)} is not copied: uid ${readFor.uid}, who could have put it there, may not read it`, {
			remedy: ["exclude: [name] leaves it out", "or let only root write to the directories above it"],
		});
	}
}

function refuse(job: Job, path: string, { call, errno: code, isOfSource }: CopyFault): never {
	job.at = isOfSource ? path : atTarget(job, path);
	throw new SyscallError(call, code);
}

function atTarget({ from, to }: Job, path: string): string {
	return `${to}${path.slice(from.length)}`;
}
