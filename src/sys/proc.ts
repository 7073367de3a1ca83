import { fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { AT, O } from "./constants.ts";
import { errno, saysAbsent } from "./errno.ts";
import { errnoText } from "./errno-meaning.ts";
import type { Errno, Reads } from "./native.ts";
import { mustRead, readSmallFile, withDescriptor } from "./observe.ts";

/** statfs(2) */
export const PROC_SUPER_MAGIC = 0x9fa0;
export const SYSFS_MAGIC = 0x62656572;

/** Where nobody makes anything, and what is there is the kernel's alone. */
export function isKernelsMagic(magic: number): boolean {
	return magic === PROC_SUPER_MAGIC || magic === SYSFS_MAGIC;
}

/** Where it was the kernel's, and stays so until a step mounts: nobody else can. */
const found = new WeakSet<Reads>();

/** Asks again the next time. */
export function forgetProc(reads: Reads): void {
	found.delete(reads);
}

/**
 * Whether /proc is the kernel's. An image without one may have an ordinary directory there, whose files anybody wrote; that is as good as none.
 * A negative errno where it cannot be told: not to be asked is not to be absent. statfs(2)
 */
export function observeProc(reads: Reads): boolean | Errno {
	if (found.has(reads)) {
		return true;
	}
	const fd = reads.openRead(AT.FDCWD, "/proc", O.PATH | O.DIRECTORY, 0);
	if (fd < 0) {
		return saysAbsent(fd) ? false : fd;
	}
	const system = withDescriptor(reads, fd, () => reads.fstatfs(fd));
	if (typeof system === "number") {
		return system;
	}
	if (system[0] === PROC_SUPER_MAGIC) {
		found.add(reads);
	}
	return system[0] === PROC_SUPER_MAGIC;
}

/** A file of the kernel's /proc, whole, by its name there; `undefined` without /proc, a negative errno when it cannot be read. proc(5) */
export function readProc(reads: Reads, name: string, limit?: number): string | Errno | undefined {
	const isThere = observeProc(reads);
	return isThere === true ? readSmallFile(reads, `/proc/${name}`, limit) : isThere === false ? undefined : isThere;
}

/** As `readProc`, where only the absence of /proc, or of the file in this kernel, excuses a failure. */
export function mustReadProc(reads: Reads, name: string, limit?: number): string | undefined {
	const text = readProc(reads, name, limit);
	return text === -errno.ENOENT ? undefined : mustRead(`reading /proc/${name}`, text);
}

/** The path of a file or a setting there that is opened otherwise. */
export function procPath(reads: Reads, name: string): string {
	const problem = withoutProc(reads, name);
	if (problem !== undefined) {
		const { message, remedy } = problem;
		fail("STEP_FAILED", message, { remedy });
	}
	return `/proc/${name}`;
}

/** Why it is not there to be opened. */
export function withoutProc(reads: Reads, name: string): Problem | undefined {
	const isThere = observeProc(reads);
	if (isThere === true) {
		return undefined;
	}
	const reason = isThere === false ? "the kernel's /proc is not mounted" : `/proc: ${errnoText("open", isThere).message}`;
	return {
		message: `"/proc/${name}" is needed here, and ${reason}`,
		remedy: ["mount /proc: every container runtime does unless told otherwise"],
	};
}

/** The name of what is open, for calls that take nothing else. proc_pid_fd(5) */
export function byDescriptor(reads: Reads, fd: number): string {
	return procPath(reads, `self/fd/${fd}`);
}
