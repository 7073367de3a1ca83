import { O } from "./constants.ts";
import { type ErrnoName, errno, errnoName, saysAbsent } from "./errno.ts";
import type { Errno, Reads } from "./native.ts";

/** A system call that had to succeed did not. `call` is its name, `errno` positive. */
export class SyscallError extends Error {
	readonly call: string;
	readonly errno: number;
	/** What the kernel says about it in words, where it does. */
	readonly words: string | undefined;

	constructor(call: string, code: number, words?: string) {
		super(`${call}: ${errnoName(code)}`);
		this.name = "SyscallError";
		this.call = call;
		this.errno = Math.abs(code);
		this.words = words;
	}

	is(...names: readonly ErrnoName[]): boolean {
		return names.some((name) => errno[name] === this.errno);
	}
}

/** The value of an observing call, or a SyscallError. */
export function mustRead<T>(call: string, result: T | Errno): T {
	if (typeof result === "number" && result < 0) {
		throw new SyscallError(call, result);
	}
	return result as T;
}

/** The value of a look; `undefined` when nothing is there. That it could not be told is a SyscallError. */
export function unlessAbsent<T>(call: string, result: T | Errno): T | undefined {
	return typeof result === "number" && result < 0 && saysAbsent(result) ? undefined : mustRead(call, result);
}

/** Runs `use` with an open descriptor and closes it in any case. */
export function withDescriptor<T>(reads: Reads, fd: number, use: (fd: number) => T): T {
	try {
		return use(fd);
	} finally {
		reads.close(fd);
	}
}

/** A small file of the kernel's, below /proc or /sys, or of the runtime's in /etc, whole; a negative errno when it cannot be read. */
export function readSmallFile(reads: Reads, path: string, limit = 65_536): string | Errno {
	const fd = reads.openRead(-100, path, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	return fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readAll(fd, limit));
}

/** The errno of a look, as a positive number; 0 when it has seen something. */
export function errnoOf(result: object | Errno): number {
	return typeof result === "number" ? -result : 0;
}
