import { grantRemedy } from "../capability/grant.ts";
import { type CapabilityName, capability as numberOf } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { Failure } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { O, ST } from "../sys/constants.ts";
import { type ErrnoName, errno, errnoName } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { SyscallError, withDescriptor } from "../sys/observe.ts";
import { openTrusted, splitPath, UntrustedLink } from "../sys/paths.ts";
import type { Obstacle } from "./step.ts";

export interface Explanation {
	readonly reason: string;
	readonly remedy?: readonly string[];
}

/** Where a step was refused, and what an errno means there beyond the usual. */
export interface Refused {
	readonly reads: Reads;
	readonly path: string;
	/** A descriptor on the file system concerned, if one is open. */
	readonly fd?: number;
	readonly meanings?: Partial<Record<ErrnoName, Explanation>>;
}

interface Call {
	/** How the kernel calls what crossed the border. */
	readonly name?: string;
	/** What stands behind a refusal. capabilities(7) */
	readonly capability: CapabilityName;
	readonly or?: CapabilityName;
	/** Needed beside it where a new owner costs a file its set-user-ID bit, which the kernel takes for a change of mode. */
	readonly and?: CapabilityName;
}

const calls: Readonly<Record<string, Call>> = {
	open: { capability: "DAC_OVERRIDE", or: "DAC_READ_SEARCH" },
	openat: { capability: "DAC_OVERRIDE", or: "DAC_READ_SEARCH" },
	statx: { capability: "DAC_OVERRIDE", or: "DAC_READ_SEARCH" },
	getdents64: { capability: "DAC_OVERRIDE", or: "DAC_READ_SEARCH" },
	mkdirat: { capability: "DAC_OVERRIDE" },
	unlinkat: { capability: "DAC_OVERRIDE" },
	symlinkat: { capability: "DAC_OVERRIDE" },
	renameat2: { capability: "DAC_OVERRIDE", or: "FOWNER" },
	fchmod: { capability: "FOWNER" },
	fchown: { capability: "CHOWN", and: "FOWNER" },
	fchownat: { capability: "CHOWN", and: "FOWNER" },
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
	mknodat: { capability: "MKNOD" },
	umount: { name: "umount2", capability: "SYS_ADMIN" },
};

/** The failure of a step in words: the call, and which of capability, mount or security module refused it. */
export function refusal(error: unknown, refused: Refused): Failure {
	const where = quoted(refused.path);
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
	const reason = error.words ?? explanation?.reason;
	const message = `${calls[error.call]?.name ?? error.call}: ${errnoName(error.errno)} on ${where}`;
	return new Failure({
		code: "STEP_FAILED",
		message: reason === undefined ? message : `${message}: ${reason}`,
		remedy: explanation?.remedy,
	});
}

const readOnly = {
	reason: "the file system is mounted read-only",
	remedy: ["mount it writable (no :ro, no readOnly: true), or leave this step out"],
};

/** For what is to be made at a path that does not exist: whether anything can be, by the deepest directory that is there. */
export function readOnlyObstacle(reads: Reads, path: string): Obstacle[] {
	const { parent } = splitPath(path);
	try {
		const fd = openTrusted(reads, parent, O.PATH | O.DIRECTORY);
		if (fd < 0) {
			return fd === -errno.ENOENT && parent !== "/" ? readOnlyObstacle(reads, parent) : [];
		}
		return withDescriptor(reads, fd, () => isReadOnly(reads, fd))
			? [{ message: `${quoted(path)} cannot be made: ${readOnly.reason}`, remedy: readOnly.remedy }]
			: [];
	} catch (error) {
		// Told in the words of the step when it is its turn.
		if (error instanceof UntrustedLink) {
			return [];
		}
		throw error;
	}
}

function missingFor(call: Call | undefined, reads: Reads): CapabilityName | undefined {
	if (call === undefined || !isEffective(reads, call.capability, call.or)) {
		return call?.capability;
	}
	return call.and !== undefined && !isEffective(reads, call.and) ? call.and : undefined;
}

function explain(error: SyscallError, { reads, fd, meanings }: Refused): Explanation | undefined {
	if (error.is("EROFS") || (error.is("EPERM", "EACCES") && fd !== undefined && isReadOnly(reads, fd))) {
		return readOnly;
	}
	const missing = error.is("EPERM", "EACCES") ? missingFor(calls[error.call], reads) : undefined;
	if (missing !== undefined) {
		return { reason: `CAP_${missing} is not held`, remedy: grantRemedy([missing]) };
	}
	const meaning = meanings?.[errnoName(error.errno) as ErrnoName];
	if (meaning !== undefined || !error.is("EPERM", "EACCES")) {
		return meaning;
	}
	return error.is("EACCES")
		? { reason: "a file permission or a security module (AppArmor, SELinux) refused it" }
		: { reason: "the file system, a seccomp filter or a security module refused it, although the capability is held" };
}

function isReadOnly(reads: Reads, fd: number): boolean {
	const found = reads.fstatfs(fd);
	return typeof found !== "number" && (found[1] & ST.RDONLY) !== 0;
}

function isEffective(reads: Reads, ...anyOf: readonly (CapabilityName | undefined)[]): boolean {
	const sets = reads.capget(0);
	return typeof sets !== "number" && anyOf.some((name) => name !== undefined && CapabilitySet.fromBits(sets[0]).has(numberOf(name)));
}
