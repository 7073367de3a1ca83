/**
 * Calls of which the C libraries and the usual tools take an older one where the kernel says ENOSYS, and give up at any other errno: threads of glibc
 * (clone3), `test -r` (faccessat2), `ls` and `stat` (statx), `mv` (renameat2), `tar` (openat2, fchmodat2), Wine (futex_waitv). Of close_range,
 * copy_file_range, epoll_pwait2, pidfd_open and rseq they do without at any errno.
 */
const older: Readonly<Record<string, readonly string[]>> = {
	clone3: ["clone"],
	faccessat2: ["faccessat"],
	fchmodat2: ["fchmodat"],
	futex_waitv: ["futex"],
	openat2: ["openat"],
	renameat2: ["renameat", "rename"],
	statx: ["newfstatat", "fstatat64"],
};

/** Those of 32-bit ABIs with a time of 64 bits: `futex_time64`, `clock_gettime64`. */
const withTime64 = /^(?:(.+)_time64|(clock_(?:get|set|adj)time|timer(?:fd)?_[gs]ettime)64)$/;

/** What programs call in its place when they get ENOSYS; empty for a call that they do not do without. */
export function olderCalls(name: string): readonly string[] {
	const [, before = "", clock = before] = withTime64.exec(name) ?? [];
	return Object.hasOwn(older, name) ? (older[name] as readonly string[]) : clock === "" ? [] : [clock];
}

export const callsWithOlder: readonly string[] = Object.keys(older);
