/** Numbers of the Linux ABI on x86_64, named as in the headers. */

/** open(2); DIRECTORY and NOFOLLOW have other values on arm64. */
export const O = {
	RDONLY: 0,
	WRONLY: 1,
	RDWR: 2,
	CREAT: 0o100,
	EXCL: 0o200,
	NOCTTY: 0o400,
	TRUNC: 0o1000,
	APPEND: 0o2000,
	NONBLOCK: 0o4000,
	DIRECTORY: 0o200000,
	NOFOLLOW: 0o400000,
	PATH: 0o10000000,
} as const;

/** openat2(2) */
export const RESOLVE = { NO_XDEV: 1, NO_MAGICLINKS: 2, NO_SYMLINKS: 4, BENEATH: 8, IN_ROOT: 16 } as const;

/** openat(2) and friends */
export const AT = { FDCWD: -100, SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, SYMLINK_FOLLOW: 0x400, EMPTY_PATH: 0x1000 } as const;

/** stat(2), inode(7) */
export const S = {
	IFMT: 0o170000,
	IFSOCK: 0o140000,
	IFLNK: 0o120000,
	IFREG: 0o100000,
	IFBLK: 0o060000,
	IFDIR: 0o040000,
	IFCHR: 0o020000,
	IFIFO: 0o010000,
	ISUID: 0o4000,
	ISGID: 0o2000,
	ISVTX: 0o1000,
	IWGRP: 0o020,
	IROTH: 0o004,
} as const;

/** renameat2(2) */
export const RENAME_NOREPLACE = 1;

/** fcntl(2), F_SETLEASE */
export const LEASE = { READ: 0, NONE: 2 } as const;

/** flock(2) */
export const LOCK = { EX: 2, NB: 4 } as const;

/** statvfs(3): mount flags in f_flag */
export const ST = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, VALID: 32 } as const;

/** signal(7), x86_64 and arm64 */
export const SIG = {
	HUP: 1,
	INT: 2,
	QUIT: 3,
	KILL: 9,
	PIPE: 13,
	TERM: 15,
	CHLD: 17,
	CONT: 18,
	STOP: 19,
	TSTP: 20,
	TTIN: 21,
	TTOU: 22,
} as const;

/** socket(2), x86_64 and arm64 */
export const AF = { UNIX: 1, INET: 2, INET6: 10 } as const;
export const SOCK = { STREAM: 1, DGRAM: 2, NONBLOCK: 0o4000 } as const;

/** clock_gettime(2) */
export const CLOCK = { REALTIME: 0, BOOTTIME: 7 } as const;

/** poll(2) */
export const POLL = { IN: 1, OUT: 4 } as const;

/** What the kernel shows instead of an id that a user namespace does not have. user_namespaces(7) */
export const OVERFLOW_ID = 65_534;

/** getrlimit(2) */
export const RLIM_INFINITY = (1n << 64n) - 1n;
