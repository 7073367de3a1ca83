import {
	type BigIntStats,
	closeSync,
	constants,
	fstatSync,
	lstatSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	readSync,
	statfsSync,
	statSync,
} from "node:fs";
import { AT, O, ST } from "../sys/constants.ts";
import { type ErrnoName, errno } from "../sys/errno.ts";
import type { Errno, Reads, Stat } from "../sys/native.ts";
import { toBytes, toText } from "./bytes.ts";

type Files = Pick<Reads, "openRead" | "close" | "fstat" | "statat" | "readlinkat" | "readAll" | "read" | "readDirectory" | "fstatfs">;

/** The flags by which a file is opened, in the numbers of this system; those that change something are left out. */
const flagNames = { NOCTTY: "O_NOCTTY", NONBLOCK: "O_NONBLOCK", DIRECTORY: "O_DIRECTORY", NOFOLLOW: "O_NOFOLLOW" } as const;
const changing = O.WRONLY | O.RDWR | O.CREAT | O.TRUNC | O.APPEND;

/** Files as Node sees them. Below a directory's descriptor by /proc, or by the path that it was opened by. */
export const files: Files = {
	openRead: (dirfd, path, flags, resolve) => {
		if ((flags & changing) !== 0) {
			return -errno.EINVAL;
		}
		// Node cannot restrict how a path is resolved; the caller then walks it name by name.
		return resolve !== 0 ? -errno.ENOSYS : attempt(() => remembered(openSync(at(dirfd, path), nativeFlags(flags)), at(dirfd, path)));
	},
	close: (fd) =>
		attempt(() => {
			opened.delete(fd);
			closeSync(fd);
			return 0;
		}),
	fstat: (fd) => attempt(() => toStat(fstatSync(fd, { bigint: true }))),
	statat: (dirfd, path, flags) =>
		attempt(() => {
			if (path === "" && (flags & AT.EMPTY_PATH) !== 0) {
				return toStat(fstatSync(dirfd, { bigint: true }));
			}
			const look = (flags & AT.SYMLINK_NOFOLLOW) === 0 ? statSync : lstatSync;
			return toStat(look(at(dirfd, path), { bigint: true }));
		}),
	readlinkat: (dirfd, path) =>
		attempt(() => {
			// The descriptor of a link: /proc tells where the link is, not where it leads.
			const link = path === "" ? readlinkSync(ofDescriptor(dirfd), "buffer") : at(dirfd, path);
			return toText(readlinkSync(link, "buffer"));
		}),
	readAll: (fd, limit) => attempt(() => readAll(fd, limit)),
	read: (fd, limit) =>
		attempt(() => {
			const buffer = Buffer.alloc(limit);
			return toText(buffer.subarray(0, readSync(fd, buffer)));
		}),
	readDirectory: (fd) => attempt(() => readdirSync(ofDescriptor(fd), "buffer").map(toText)),
	fstatfs: (fd) => attempt((): [number, number] => [statfsSync(ofDescriptor(fd)).type, mountFlags(fd)]),
};

/** The value, or the errno as the native border gives it, by its Linux number. */
export function attempt<T>(work: () => T): T | Errno {
	try {
		return work();
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === undefined) {
			throw error;
		}
		return -(errno[code as ErrnoName] ?? errno.EIO);
	}
}

export function at(dirfd: number, path: string): Buffer {
	return toBytes(dirfd === AT.FDCWD || path.startsWith("/") ? path : `${ofDescriptor(dirfd)}/${path}`);
}

/** Where there is no /proc that tells what is open: by which path each was opened. */
const opened = new Map<number, string>();

function remembered(fd: number, path: Buffer): number {
	if (process.platform !== "linux") {
		opened.set(fd, toText(path));
	}
	return fd;
}

function ofDescriptor(fd: number): string {
	return opened.get(fd) ?? `/proc/self/fd/${fd}`;
}

export function nativeFlags(flags: number): number {
	const known = Object.entries(flagNames).filter(([name]) => (flags & O[name as keyof typeof flagNames]) !== 0);
	// Only Linux has O_PATH, and Node does not name it.
	const path = process.platform === "linux" ? flags & O.PATH : 0;
	return known.reduce((sum, [, name]) => sum | (constants[name] ?? 0), constants.O_RDONLY | path);
}

function readAll(fd: number, limit: number): string | Errno {
	const parts: Buffer[] = [];
	for (let total = 0; total <= limit; ) {
		const part = Buffer.alloc(65_536);
		const count = readSync(fd, part);
		if (count === 0) {
			return toText(Buffer.concat(parts));
		}
		parts.push(part.subarray(0, count));
		total += count;
	}
	return -errno.EFBIG;
}

function toStat({ mode, uid, gid, nlink, size, mtimeNs, ctimeNs, dev, rdev, ino }: BigIntStats): Stat {
	return {
		mode: Number(mode),
		uid: Number(uid),
		gid: Number(gid),
		nlink: Number(nlink),
		size: Number(size),
		mtime: Number(mtimeNs) / 1e9,
		ctime: Number(ctimeNs) / 1e9,
		dev: device(dev),
		rdev: device(rdev),
		ino,
	};
}

/** `major:minor`. makedev(3) */
function device(number: bigint): string {
	const major = ((number >> 32n) & 0xfffff000n) | ((number >> 8n) & 0xfffn);
	const minor = ((number >> 12n) & 0xffffff00n) | (number & 0xffn);
	return `${major}:${minor}`;
}

/** What statfs(2) would say of the mount, which Node leaves out. proc_pid_mountinfo(5) */
function mountFlags(fd: number): number {
	const id = /^mnt_id:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
	const line = readFileSync("/proc/self/mountinfo", "utf8")
		.split("\n")
		.find((each) => each.startsWith(`${id} `));
	const [own = "", file = ""] = [line?.split(" ")[5], line?.split(" ").at(-1)];
	const options = [...own.split(","), ...file.split(",").filter((option) => option === "ro")];
	const bits: Readonly<Record<string, number>> = { ro: ST.RDONLY, nosuid: ST.NOSUID, nodev: ST.NODEV, noexec: ST.NOEXEC };
	return [...new Set(options)].reduce((sum, option) => sum | (bits[option] ?? 0), 0);
}
