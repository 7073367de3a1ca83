/** The errno values this program tells apart, by name. errno(3) */
export const errno = {
	EPERM: 1,
	ENOENT: 2,
	ESRCH: 3,
	EINTR: 4,
	EIO: 5,
	ENXIO: 6,
	E2BIG: 7,
	ENOEXEC: 8,
	EBADF: 9,
	ECHILD: 10,
	EAGAIN: 11,
	ENOMEM: 12,
	EACCES: 13,
	ENOTBLK: 15,
	EBUSY: 16,
	EEXIST: 17,
	EXDEV: 18,
	ENODEV: 19,
	ENOTDIR: 20,
	EISDIR: 21,
	EINVAL: 22,
	ENFILE: 23,
	EMFILE: 24,
	ETXTBSY: 26,
	EFBIG: 27,
	ENOSPC: 28,
	EROFS: 30,
	EMLINK: 31,
	ERANGE: 34,
	ENAMETOOLONG: 36,
	ENOSYS: 38,
	ENOTEMPTY: 39,
	ELOOP: 40,
	ENODATA: 61,
	EPROTO: 71,
	EOVERFLOW: 75,
	EBADFD: 77,
	ELIBBAD: 80,
	ENOTSOCK: 88,
	EPROTONOSUPPORT: 93,
	EOPNOTSUPP: 95,
	EAFNOSUPPORT: 97,
	EADDRINUSE: 98,
	EADDRNOTAVAIL: 99,
	ENETUNREACH: 101,
	ECONNABORTED: 103,
	ECONNRESET: 104,
	EISCONN: 106,
	ENOTCONN: 107,
	ETIMEDOUT: 110,
	ECONNREFUSED: 111,
	EHOSTDOWN: 112,
	EHOSTUNREACH: 113,
	EINPROGRESS: 115,
	ESTALE: 116,
	EUCLEAN: 117,
	EDQUOT: 122,
	ENOKEY: 126,
} as const;

export type ErrnoName = keyof typeof errno;

const nameByNumber: ReadonlyMap<number, string> = new Map(Object.entries(errno).map(([name, number]) => [number, name]));

/** `EPERM` for 1 or -1; `errno 200` for one without a name here. */
export function errnoName(value: number): string {
	const positive = Math.abs(value);
	return nameByNumber.get(positive) ?? `errno ${positive}`;
}

/**
 * Whether the answer to a look says that nothing is there. Any other, as of a mount whose server is gone or of a closed directory, tells nothing of
 * what is there.
 */
export function saysAbsent(result: number): boolean {
	const code = Math.abs(result);
	return code === errno.ENOENT || code === errno.ENOTDIR;
}

/**
 * Whether a call may be missing: old kernels and some sandboxes say ENOSYS, and so do filters, or EPERM when they do not know it. A real
 * refusal is refused once more where the same is tried otherwise. seccomp(2)
 */
export function mayBeAbsent(result: number): boolean {
	return result === -errno.ENOSYS || result === -errno.EPERM;
}
