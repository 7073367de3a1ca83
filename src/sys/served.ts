import { errno } from "./errno.ts";
import type { Errno, Reads, Stat } from "./native.ts";

/** statx(2); fstatat(2) takes it as well, but not with an empty path. */
const AT_STATX_FORCE_SYNC = 0x2000;

/**
 * What the server or the daemon of a file system says now. A stat, and even opening for a path alone, is answered by the kernel for as long as
 * the last answer was said to hold, whoever has ended since: an hour is usual for an image that does not change.
 */
export function statServed(reads: Reads, directory: number, path: string): Stat | Errno {
	const stat = reads.statat(directory, path, AT_STATX_FORCE_SYNC);
	// gVisor does not know it.
	return stat === -errno.EINVAL ? reads.statat(directory, path, 0) : stat;
}
