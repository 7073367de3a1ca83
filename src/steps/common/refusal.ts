import { type CapabilityName, capability as numberOf } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { lackOf, observeWithheld } from "../../capability/withheld.ts";
import { isDirectory } from "../../files/kind.ts";
import { isMountedApart, isReadOnly } from "../../files/mount-facts.ts";
import { lookTrusted, statTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { UntrustedLink } from "../../files/walk.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { quoted } from "../../report/text.ts";
import { yamlQuoted, yamlScalar } from "../../report/yaml.ts";
import { O, S } from "../../sys/constants.ts";
import { type ErrnoName, errno, errnoName } from "../../sys/errno.ts";
import { errnoMeaning } from "../../sys/errno-meaning.ts";
import { refusedCall } from "../../sys/filter.ts";
import type { Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import type { Obstacle } from "../step.ts";
import { deadMount } from "./dead-mount.ts";
import { hasSetIds } from "./mode.ts";
import { decidingSystem, type RefusedEntry, refuserOf, statOf } from "./refuser.ts";

interface Meaning extends Problem {
	/** The directory that has to be made first. */
	readonly toMake?: string;
	readonly isOfAnyKind?: boolean;
}

/** What ENOENT means where a directory has to be there. */
export function makeFirst(message: string, toMake: string): Meaning {
	return { message, toMake, remedy: [toMakeFirst(toMake)] };
}

export function toMakeFirst(directory: string): string {
	return `make it first: - mkdir: ${yamlScalar(directory)}`;
}

/** Where a step was refused, and what an errno means there beyond the usual. */
export interface Refused extends RefusedEntry {
	/** What is told behind the path: ` and 3 more of 5`. */
	readonly others?: string;
	readonly meanings?: Partial<Record<ErrnoName, Meaning>>;
	/** Nothing is written into a directory here, so that for what is closed the lesser of two capabilities does. */
	readonly readsOnly?: boolean;
}

interface Call {
	/** How the kernel calls what crossed the border. */
	readonly name?: string;
	/** What stands behind a refusal. capabilities(7) */
	readonly capability: CapabilityName;
	/** What does as well where nothing is written. */
	readonly orToRead?: CapabilityName;
	/** What EACCES means where the capability is missed with EPERM: the directory is closed. */
	readonly inClosed?: CapabilityName;
	/** What EPERM means where it is missed with EACCES: an entry of somebody else in a sticky directory. */
	readonly inSticky?: CapabilityName;
	/** Needed beside it where a new owner costs a file its set-user-ID bit, which the kernel takes for a change of mode. */
	readonly forSetIds?: CapabilityName;
}

const calls: Readonly<Record<string, Call>> = {
	open: { capability: "DAC_OVERRIDE", orToRead: "DAC_READ_SEARCH" },
	openat: { capability: "DAC_OVERRIDE", orToRead: "DAC_READ_SEARCH" },
	statx: { capability: "DAC_OVERRIDE", orToRead: "DAC_READ_SEARCH" },
	getdents64: { capability: "DAC_OVERRIDE", orToRead: "DAC_READ_SEARCH" },
	mkdirat: { capability: "DAC_OVERRIDE" },
	unlinkat: { capability: "DAC_OVERRIDE", inSticky: "FOWNER" },
	symlinkat: { capability: "DAC_OVERRIDE" },
	renameat2: { capability: "DAC_OVERRIDE", inSticky: "FOWNER" },
	fchmod: { capability: "FOWNER" },
	fchown: { capability: "CHOWN", forSetIds: "FOWNER" },
	fchownat: { capability: "CHOWN", forSetIds: "FOWNER" },
	bindInet: { name: "bind", capability: "NET_BIND_SERVICE" },
	bindUnix: { name: "bind", capability: "DAC_OVERRIDE" },
	fsopen: { capability: "SYS_ADMIN" },
	fsconfigString: { name: "fsconfig", capability: "SYS_ADMIN" },
	fsconfigFlag: { name: "fsconfig", capability: "SYS_ADMIN" },
	fsconfigCreate: { name: "fsconfig", capability: "SYS_ADMIN" },
	fsmount: { capability: "SYS_ADMIN" },
	openTree: { name: "open_tree", capability: "SYS_ADMIN" },
	mountSetattr: { name: "mount_setattr", capability: "SYS_ADMIN" },
	moveMount: { name: "move_mount", capability: "SYS_ADMIN" },
	mount: { capability: "SYS_ADMIN" },
	sethostname: { capability: "SYS_ADMIN" },
	mknodat: { capability: "MKNOD", inClosed: "DAC_OVERRIDE" },
	umount: { name: "umount2", capability: "SYS_ADMIN" },
};

/** The failure of a step in words: the call, and which of capability, mount or security module refused it. */
export function refusal(error: unknown, refused: Refused): Failure {
	const where = quoted(`${refused.path}${refused.others ?? ""}`);
	if (error instanceof UntrustedLink) {
		const remedy = ["name the real path, or let root own the link and its directory"];
		return new Failure({
			code: "STEP_FAILED",
			message: error.link === refused.path ? error.message : `${where}: ${error.message}`,
			remedy,
		});
	}
	if (!(error instanceof SyscallError)) {
		throw error;
	}
	const explanation = explain(error, refused);
	const reason = error.words ?? explanation?.message;
	const message = `${calls[error.call]?.name ?? error.call}: ${errnoName(error.errno)} on ${where}`;
	const diagnostic = {
		code: "STEP_FAILED",
		message: reason === undefined ? message : `${message}: ${reason}`,
		remedy: explanation?.remedy,
		refused: {
			call: error.call,
			code: error.errno,
			path: refused.path,
			toMake: explanation?.toMake,
			isOfAnyKind: explanation?.isOfAnyKind,
		},
	} as const;
	return error.is("EPERM", "EACCES") && decidingSystem(refused) !== undefined
		? new RefusedBySystem(message, diagnostic)
		: new Failure(diagnostic);
}

/** By a file system in which root is nobody special: somebody else may be let in. */
export class RefusedBySystem extends Failure {
	/** The call, the errno and the path. */
	readonly what: string;

	constructor(what: string, diagnostic: Diagnostic) {
		super(diagnostic);
		this.what = what;
	}
}

/** What was to be made or changed, by which call. */
interface Wanted {
	readonly path: string;
	readonly call: string;
}

/** A root that is read-only lacks a volume there; what else is, somebody has mounted so. */
function readOnly(reads: Reads, path: string, wanted: Wanted): Problem & { readonly remedy: readonly string[] } {
	const fd = lookTrusted(reads, path, O.PATH);
	if (fd === -errno.ENOENT && path !== "/" && path.startsWith("/")) {
		return readOnly(reads, splitPath(path).parent, wanted);
	}
	const isApart = fd < 0 || withDescriptor(reads, fd, () => isMountedApart(reads, fd));
	return {
		message: "the file system is mounted read-only",
		remedy: [
			isApart
				? "mount it writable (no :ro, no readOnly: true), or leave this step out"
				: `it is the root itself (--read-only, readOnlyRootFilesystem: true): ${writableAt(reads, wanted)}`,
		],
	};
}

/** A tmpfs hides what is in the place that it takes. */
function writableAt(reads: Reads, wanted: Wanted): string {
	const { place, isEmpty } = placeFor(reads, wanted);
	const word = shellWord(place);
	const volume = `NAME:${place}`;
	if (place === "/") {
		return inImage;
	}
	return isEmpty
		? `mount a tmpfs or a volume there: docker run --tmpfs ${word} ... | compose: tmpfs: [${yamlQuoted(place)}] | kubernetes: an emptyDir at ${word}`
		: `${inImage}, or mount a volume there that begins with what the image has: docker run --volume ${shellWord(volume)} ... | compose: volumes: [${yamlQuoted(volume)}] | kubernetes: an emptyDir that an initContainer of this image fills (cp -a)`;
}

const inImage = "do it in the Dockerfile (RUN chown, chmod, mkdir)";

/** What would have to be mounted. What may not be looked into is not taken for empty. */
function placeFor(reads: Reads, { path, call }: Wanted): { readonly place: string; readonly isEmpty: boolean } {
	const stat = statTrusted(reads, path);
	const isItself = call === "mkdirat" || path === "/" || (stat !== undefined && isDirectory(stat));
	const place = isItself ? path : splitPath(path).parent;
	return { place, isEmpty: statTrusted(reads, place) === undefined || namesIn(reads, place)?.length === 0 };
}

/** Of a directory. */
export function namesIn(reads: Reads, path: string): readonly string[] | undefined {
	const fd = lookTrusted(reads, path, O.RDONLY | O.DIRECTORY);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return typeof names === "number" ? undefined : names;
}

/** A file that is not to be opened takes fchmodat2(2), or its name in /proc. */
const withoutProc = { message: "a kernel before 6.6 changes modes by way of /proc, which is not mounted", remedy: ["mount /proc"] };

/** For what is to be made at a path that does not exist: whether anything can be, by the deepest directory that is there. */
export function readOnlyObstacle(reads: Reads, path: string, call: string): Obstacle[] {
	const { parent } = splitPath(path);
	const fd = lookTrusted(reads, parent, O.PATH | O.DIRECTORY);
	if (fd < 0) {
		return fd === -errno.ENOENT && parent !== "/" ? readOnlyObstacle(reads, parent, "mkdirat") : [];
	}
	if (!withDescriptor(reads, fd, () => isReadOnly(reads, fd))) {
		return [];
	}
	const { message, remedy } = readOnly(reads, parent, { path, call });
	return [{ message: `${quoted(path)} cannot be made: ${message}`, remedy, under: path }];
}

/** For want of any other the answer is EPERM. */
const missedWithEacces: readonly CapabilityName[] = ["DAC_OVERRIDE", "NET_BIND_SERVICE"];

/** The capability that would have helped, where one would. */
function missingFor(error: SyscallError, entry: RefusedEntry): CapabilityName | undefined {
	const call = calls[error.call];
	const lacks = (...anyOf: readonly (CapabilityName | undefined)[]) => !isEffective(entry.reads, ...anyOf);
	if (call === undefined || !error.is("EPERM", "EACCES")) {
		return undefined;
	}
	// A security module may be asked before SYS_ADMIN is.
	if (call.capability !== "SYS_ADMIN" && error.is("EPERM") === missedWithEacces.includes(call.capability)) {
		const other = error.is("EACCES") ? call.inClosed : isInSticky(entry) ? call.inSticky : undefined;
		return other !== undefined && lacks(other) ? other : undefined;
	}
	const self = entry.reads.getresuid()[1];
	// What is not there yet is being made, by us.
	if (call.capability === "FOWNER" && (statOf(entry)?.uid ?? self) === self) {
		return undefined;
	}
	if (lacks(call.capability, call.orToRead)) {
		return call.capability;
	}
	return call.forSetIds !== undefined && hasSetIds(statOf(entry)) && lacks(call.forSetIds) ? call.forSetIds : undefined;
}

function isInSticky({ reads, path }: RefusedEntry): boolean {
	const above = statTrusted(reads, splitPath(path).parent);
	return above !== undefined && (above.mode & S.ISVTX) !== 0;
}

function explain(error: SyscallError, { meanings, readsOnly = false, ...entry }: Refused): Meaning | undefined {
	const isRefused = error.is("EPERM", "EACCES");
	if (error.is("EROFS") || (isRefused && entry.fd !== undefined && isReadOnly(entry.reads, entry.fd))) {
		return readOnly(entry.reads, entry.path, { path: entry.path, call: error.call });
	}
	if (error.is("ENOSYS") && error.call === "fchmod") {
		return withoutProc;
	}
	if (error.is("ENOSYS")) {
		const meaning = errnoMeaning(error.call, error.errno);
		return meaning && { ...meaning, remedy: refusedCall(error).remedy };
	}
	const missing = missingFor(error, entry);
	if (missing !== undefined) {
		const least = readsOnly ? calls[error.call]?.orToRead : undefined;
		const { place, isEmpty } = placeFor(entry.reads, { path: entry.path, call: error.call });
		const { message: lack, remedy } = lackOf([least ?? missing], observeWithheld(entry.reads), isEmpty ? place : undefined);
		return { message: least === undefined ? `CAP_${missing} is ${lack}` : `CAP_${least} (or CAP_${missing}) is ${lack}`, remedy };
	}
	const meaning = meanings?.[errnoName(error.errno) as ErrnoName] ?? deadMount(error, entry);
	if (meaning !== undefined) {
		return meaning;
	}
	return isRefused ? refuserOf(error, entry, isEffective(entry.reads, "DAC_OVERRIDE")) : errnoMeaning(error.call, error.errno);
}

function isEffective(reads: Reads, ...anyOf: readonly (CapabilityName | undefined)[]): boolean {
	const sets = reads.capget(0);
	return typeof sets !== "number" && anyOf.some((name) => name !== undefined && CapabilitySet.fromBits(sets[0]).has(numberOf(name)));
}
