import { isDirectory, isLink, isRegular } from "../../files/kind.ts";
import { AT, O, RESOLVE, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads, Stat } from "../../sys/native.ts";
import type { ImageFiles } from "./image-files.ts";
import { type Entry, isPipe, type Tree } from "./tree.ts";

/** Numbers that no kernel gives. */
const firstOwn = 1 << 28;
const changing = O.WRONLY | O.RDWR | O.CREAT | O.TRUNC | O.APPEND;
const [read, write] = [4, 2];

interface Open extends Entry {
	/** The real one; undefined for what was made, which is read here. */
	readonly fd: number | undefined;
	position: number;
}

const pipeMagic = 0x5049_5045;

/** What is no path: pipe(7) */
function pipe(fd: number, uid: number): Entry {
	const stat = { mode: S.IFIFO | 0o600, uid, gid: 0, nlink: 1, size: 0, mtime: 0, ctime: 0, dev: "0:13", rdev: "0:0", ino: BigInt(fd) };
	return { path: `pipe:[${fd}]`, from: "runtime", stat };
}

/** The calls on files of an imagined start, over a tree. Nothing of the image is opened but files and directories: a device or a pipe is only looked at. */
export class Descriptors {
	readonly #open = new Map<number, Open>();
	readonly #reads: Reads;
	readonly #image: ImageFiles;
	#next = firstOwn;

	/** `owner` is whom the runtime gives the pipes of the start. */
	constructor(reads: Reads, image: ImageFiles, owner: number) {
		this.#reads = reads;
		this.#image = image;
		for (const fd of [0, 1, 2]) {
			this.#open.set(fd, { ...pipe(fd, owner), fd: undefined, position: 0 });
		}
	}

	readonly pathOf = (fd: number): string | undefined => this.#open.get(fd)?.path;

	/** What stands in the place of the border's own. */
	calls(tree: Tree): Partial<Reads> {
		const find = (dirfd: number, path: string, follows: boolean, resolve = 0): Entry | Errno => {
			const from = dirfd === AT.FDCWD || path.startsWith("/") ? "/" : this.pathOf(dirfd);
			const found = from === undefined ? -errno.EBADF : tree.resolve(from, path, follows, (resolve & RESOLVE.NO_SYMLINKS) === 0);
			const isElsewhere =
				typeof found !== "number" && (resolve & RESOLVE.NO_XDEV) !== 0 && tree.mountOf(found.path) !== tree.mountOf(from as string);
			return isElsewhere ? -errno.EXDEV : path === "" ? -errno.ENOENT : found;
		};
		const found = (dirfd: number, path: string, flags: number): Entry | Errno =>
			path === "" && (flags & AT.EMPTY_PATH) !== 0
				? (this.#open.get(dirfd) ?? -errno.EBADF)
				: find(dirfd, path, (flags & AT.SYMLINK_NOFOLLOW) === 0);
		return {
			openRead: (dirfd, path, flags, resolve) => {
				const entry = find(dirfd, path, (flags & O.NOFOLLOW) === 0, resolve);
				return typeof entry === "number" ? entry : this.#opened(tree, entry, flags);
			},
			close: (fd) => this.#close(fd),
			fstat: (fd) => this.#fstat(fd),
			statat: (dirfd, path, flags) => {
				const entry = found(dirfd, path, flags);
				return typeof entry === "number" ? entry : entry.stat;
			},
			readlinkat: (dirfd, path) => {
				const entry = path === "" ? (this.#open.get(dirfd) ?? -errno.EBADF) : find(dirfd, path, false);
				return typeof entry === "number" ? entry : tree.readlink(entry);
			},
			faccessat: (dirfd, path, mode) => {
				const entry = find(dirfd, path, true);
				if (typeof entry === "number") {
					return entry;
				}
				// The mode is asked before the mount is: access(2) of what is mounted read-only, as runtimes mount it.
				const isRefused = !tree.may(entry.stat, mode);
				return isRefused ? -errno.EACCES : (mode & write) !== 0 && tree.mountOf(entry.path).isReadOnly ? -errno.EROFS : 0;
			},
			fstatfs: (fd) => {
				const path = this.pathOf(fd);
				if (path !== undefined && isPipe(path)) {
					return [pipeMagic, 0];
				}
				const mount = path === undefined ? undefined : tree.mountOf(path);
				return mount === undefined ? this.#reads.fstatfs(fd) : [mount.magic, mount.isReadOnly ? 1 : 0];
			},
			readAll: (fd, limit) => this.#text(fd, limit, "all") ?? this.#reads.readAll(this.#real(fd), limit),
			read: (fd, limit) => this.#text(fd, limit, "some") ?? this.#reads.read(this.#real(fd), limit),
			pread: (fd, offset, limit) =>
				this.#open.get(fd)?.made?.text?.slice(offset, offset + limit) ?? this.#reads.pread(this.#real(fd), offset, limit),
			readDirectory: (fd) => {
				const open = this.#open.get(fd);
				const names = open === undefined || open.fd !== undefined ? this.#reads.readDirectory(this.#real(fd)) : [];
				return typeof names === "number" ? names : [...new Set([...names, ...(open === undefined ? [] : tree.namesMadeIn(open.path))])];
			},
			getxattr: (fd, name) => (this.#isMade(fd) ? -errno.ENODATA : this.#reads.getxattr(this.#real(fd), name)),
			listxattr: (fd) => (this.#isMade(fd) ? [] : this.#reads.listxattr(this.#real(fd))),
		};
	}

	#opened(tree: Tree, entry: Entry, flags: number): number | Errno {
		const { path, stat, from } = entry;
		const isLook = (flags & O.PATH) !== 0;
		if ((flags & changing) !== 0 || (isLink(stat) && !isLook)) {
			return (flags & changing) !== 0 ? -errno.EINVAL : -errno.ELOOP;
		}
		if ((flags & O.DIRECTORY) !== 0 && !isDirectory(stat)) {
			return -errno.ENOTDIR;
		}
		if (!isLook && !tree.may(stat, read)) {
			return -errno.EACCES;
		}
		const isOpenable = isLook || isRegular(stat) || isDirectory(stat);
		if (from === "runtime" || !isOpenable) {
			return this.#keep({ ...entry, fd: undefined, position: 0 }, this.#next++);
		}
		const fd = from === "image" ? this.#image.open(path, flags) : this.#reads.openRead(AT.FDCWD, path, flags, 0);
		return fd < 0 ? fd : this.#keep({ ...entry, fd, position: 0 }, fd);
	}

	#keep(open: Open, fd: number): number {
		this.#open.set(fd, open);
		return fd;
	}

	#close(fd: number): number | Errno {
		const isMade = this.#isMade(fd);
		this.#open.delete(fd);
		return isMade ? 0 : this.#reads.close(fd);
	}

	#fstat(fd: number): Stat | Errno {
		const open = this.#open.get(fd);
		const stat = open?.fd === undefined ? (open?.stat ?? this.#reads.fstat(fd)) : this.#reads.fstat(open.fd);
		return open?.from !== "image" || open.fd === undefined || typeof stat === "number" ? stat : this.#image.asInImage(open.path, stat);
	}

	/** Of what was made, from where it was read to; undefined for what is real. */
	#text(fd: number, limit: number, how: "all" | "some"): string | Errno | undefined {
		const open = this.#open.get(fd);
		if (open === undefined || open.fd !== undefined) {
			return undefined;
		}
		const rest = (open.made?.text ?? "").slice(open.position);
		open.position += rest.length;
		return isDirectory(open.stat) ? -errno.EISDIR : how === "all" && rest.length > limit ? -errno.EFBIG : rest.slice(0, limit);
	}

	#isMade(fd: number): boolean {
		const open = this.#open.get(fd);
		return open !== undefined && open.fd === undefined;
	}

	#real(fd: number): number {
		return this.#open.get(fd)?.fd ?? fd;
	}
}
