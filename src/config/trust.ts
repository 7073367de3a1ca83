import { isDirectory, isLink, isRegular, notRegular } from "../files/kind.ts";
import { type MountFacts, whyNotVouchedFor } from "../files/mount-facts.ts";
import { octal } from "../files/permissions.ts";
import { type Doubt, doubtAbout, type Place } from "../files/trust.ts";
import { type Arrival, fromRoot, reopen, walk } from "../files/walk.ts";
import { fail } from "../report/failure.ts";
import { operand } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { AT, O, OVERFLOW_ID, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Errno, Reads, Stat } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { PROC_SUPER_MAGIC } from "../sys/proc.ts";
import { sizeLimit } from "./parse.ts";

const opening = O.RDONLY | O.NONBLOCK | O.NOCTTY;

/**
 * The text of a configuration file that only root can have written. With privilege to lose, everything on the way counts: it is walked
 * by descriptor, so that what was looked at is what is read.
 */
export function readTrustedFile(reads: Reads, path: string, privileged: boolean, limit: number = sizeLimit): string {
	if (!privileged) {
		return readOpened(reads, reads.openRead(AT.FDCWD, path, opening, 0), path, limit, (fd) => {
			const stat = mustRead<Stat>("fstat", reads.fstat(fd));
			requireRegular(stat, path);
			return stat;
		});
	}
	const absolute = fromRoot(reads, path);
	const problems: Objection[] = [];
	let last = "/";
	const visit = (place: Place, isFixed: boolean): undefined => {
		last = place.path;
		const problem = problemOf(place, isFixed);
		if (problem !== undefined) {
			problems.push(problem);
		}
	};
	const result = walk(reads, absolute, { mayFollow: () => true, mayEnter: refuseServed, visit }, (arrival) =>
		readArrived(reads, arrival, problems, { path, limit }),
	);
	if (result === -errno.ELOOP) {
		fail("CONFIG_UNTRUSTED", "more links than can be followed", { where: last });
	}
	return typeof result === "number" ? cannotOpen(result, path) : result;
}

/** Before it is looked at: a server may keep that waiting. */
function refuseServed(mount: MountFacts, isDirectory: boolean, path: string): undefined {
	if (!mount.isVouchedFor && isDirectory) {
		failServed("the directory", path, mount);
	}
}

function failServed(what: string, path: string, mount: MountFacts): never {
	fail("CONFIG_UNTRUSTED", `${what} ${quoted(path)} ${whyNotVouchedFor(mount)}`, {
		where: path,
		remedy: ["put it into the image", mountedByItself],
	});
}

function readArrived(
	reads: Reads,
	arrival: Arrival,
	problems: readonly Objection[],
	{ path, limit }: { readonly path: string; readonly limit: number },
): string {
	const { place } = arrival;
	requireRegular(place.stat, path);
	// The file itself goes first: what is wrong with it is what its owner looks for.
	const [problem] = [...problems.filter((each) => each.place === place && each.doubt !== "names"), ...problems];
	if (problem !== undefined) {
		refuse(problem, problem.place === place ? path : problem.place.path);
	}
	return readOpened(reads, reopen(reads, arrival, opening), path, limit, () => place.stat);
}

function requireRegular(stat: Stat, path: string): void {
	if (!isRegular(stat)) {
		const { message, remedy } = notRegular(stat);
		fail("CONFIG_UNREADABLE", message, { where: path, remedy });
	}
}

function readOpened(reads: Reads, fd: number | Errno, path: string, limit: number, check: (fd: number) => Stat): string {
	if (fd < 0) {
		cannotOpen(fd, path);
	}
	return withDescriptor(reads, fd, () => {
		const { size } = check(fd);
		const text = reads.readAll(fd, limit);
		if (size === 0 && text !== "" && isOfProc(reads, fd)) {
			fail("CONFIG_UNREADABLE", "lies in /proc, which no configuration does", { where: path });
		}
		if (typeof text === "number") {
			if (text === -errno.EFBIG) {
				fail("CONFIG_TOO_LARGE", `larger than ${limit / 1024} KiB`, { where: path });
			}
			const { message, remedy } = errnoText("read", text);
			fail("CONFIG_UNREADABLE", `cannot be read: ${message}`, { where: path, remedy });
		}
		return text;
	});
}

/** What the kernel makes up for who reads has no size. */
function isOfProc(reads: Reads, fd: number): boolean {
	const system = reads.fstatfs(fd);
	return typeof system === "number" || system[0] === PROC_SUPER_MAGIC;
}

function cannotOpen(code: Errno, path: string): never {
	const { message, remedy } = errnoText("config", code);
	fail(code === -errno.ENOENT ? "CONFIG_NOT_FOUND" : "CONFIG_UNREADABLE", `cannot be opened: ${message}`, {
		where: path,
		remedy,
		refused: { call: "open", code: -code, path },
	});
}

interface Objection {
	readonly place: Place;
	readonly doubt: Doubt | "names" | "elsewhere";
}

/**
 * What speaks against a part of the way. Two things make up for a doubt. On a mount that is read-only here nothing of root's can be
 * changed, whatever its mode says, and nobody else can make what is root's: so come the ConfigMaps and Secrets of Kubernetes. And a
 * *file* that was mounted read-only by itself was named by whoever started the container, whoever owns it on the machine, unless this
 * container has it, or a directory above it, writable somewhere else.
 */
function problemOf(place: Place, isFixed: boolean): Objection | undefined {
	const doubt = doubtAbout(place);
	const { mount, stat } = place;
	if (place.isMountPoint && mount.isReadOnly && !isDirectory(stat) && isFixed) {
		return doubt === undefined || !mount.isWritableElsewhere() ? undefined : { place, doubt: "elsewhere" };
	}
	const isExcused = doubt === "mode" && (mount.isReadOnly || (isDirectory(stat) && (stat.mode & S.ISVTX) !== 0));
	if (doubt !== undefined && !isExcused) {
		return { place, doubt };
	}
	return isFixed ? undefined : { place, doubt: "names" };
}

const mountedByItself = "or mount the file itself, read-only: docker run --volume FILE:PATH:ro ... | kubernetes: a ConfigMap";

function bindRemedy(stat: Stat, { isReadOnly }: MountFacts): string {
	if (isDirectory(stat)) {
		return "mount the file by itself, read-only: docker run --volume FILE:PATH:ro ... | kubernetes: a ConfigMap | or give what is mounted to root where it comes from";
	}
	return isReadOnly
		? "do not mount it, or what is above it, writable at another place | or give it to root where it comes from"
		: "mount it read-only: docker run --volume FILE:PATH:ro ... | kubernetes: a ConfigMap | or give it to root where it comes from";
}

function refuse({ place, doubt }: Objection, path: string): never {
	const { stat, mount } = place;
	const what = isLink(stat) ? "the link" : isDirectory(stat) ? "the directory" : "the file";
	const subject = `${what} ${quoted(path)}`;
	// What is mounted belongs to whoever has it outside: that is not to be changed for the sake of a container.
	const isBind = place.isMountPoint && path !== "/";
	const untrusted = (message: string, ...remedy: string[]): never =>
		fail("CONFIG_UNTRUSTED", `${subject} ${message}`, { where: path, remedy: isBind ? [bindRemedy(stat, mount)] : remedy });
	switch (doubt) {
		case "owner": {
			const unmapped = stat.uid === OVERFLOW_ID ? " (which is also how an owner without a mapping in this user namespace looks)" : "";
			return untrusted(
				`belongs to uid ${stat.uid}, not to root${unmapped}`,
				`chown ${what === "the link" ? "-h " : ""}root:root ${operand(path)}`,
			);
		}
		case "mode":
			return untrusted(`has mode ${octal(stat.mode & 0o7777)}: others than root can write`, `chmod go-w ${operand(path)}`);
		case "server":
			return failServed(what, path, mount);
		case "elsewhere":
			return untrusted(
				"is mounted read-only, but this container has it writable at another place, and it is not root's alone",
				`give it to root where it really is (chown root:root, chmod go-w), or do not mount it, or what is above it, writable`,
			);
		case "names":
			return untrusted(
				"was put there by somebody else than root, or has other names",
				"put it into a directory that only root can write to",
			);
	}
}
