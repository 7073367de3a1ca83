import { O, RESOLVE, S, ST } from "../../src/sys/constants.ts";
import { errno } from "../../src/sys/errno.ts";
import type { Errno, Stat } from "../../src/sys/native.ts";
import { type FakeEntry, mayAccess } from "./entry.ts";
import type { FakeProcess } from "./process.ts";

const typeBits = { file: S.IFREG, directory: S.IFDIR, link: S.IFLNK, fifo: S.IFIFO, device: S.IFCHR, socket: S.IFSOCK } as const;
const usualMode = { file: 0o644, directory: 0o755, link: 0o777, fifo: 0o600, device: 0o600, socket: 0o755 } as const;
const mostLinks = 40;

interface OpenFile {
	readonly path: string;
	readonly entry: FakeEntry;
	position: number;
}

/** A tree in memory: path to entry, with the permission checks of the process that asks. */
export class FakeFiles {
	readonly #entries = new Map<string, FakeEntry>();
	readonly #open = new Map<number, OpenFile>();

	constructor(files: Readonly<Record<string, Partial<FakeEntry> | string>>) {
		this.add("/", { kind: "directory" });
		for (const [path, entry] of Object.entries(files)) {
			this.add(path, typeof entry === "string" ? { content: entry } : entry);
		}
	}

	/** Directories on the way come into being as root's, mode 0755, unless they are written down as well. */
	add(path: string, { kind = "file", ...rest }: Partial<FakeEntry>): void {
		this.#entries.set(path, { kind, uid: 0, gid: 0, mode: usualMode[kind], content: "", ...rest });
		const parent = parentOf(path);
		if (path !== "/" && !this.#entries.has(parent)) {
			this.add(parent, { kind: "directory" });
		}
	}

	/** How many descriptors are open: a test asks whether all were closed. */
	get openCount(): number {
		return this.#open.size;
	}

	/** path_resolution(7): search permission on each directory, links followed. */
	resolve(process: FakeProcess, path: string, follow = true, links = 0): { path: string; entry: FakeEntry } | Errno {
		const names = path.split("/").filter((name) => name !== "" && name !== ".");
		let at = "/";
		for (const [index, name] of names.entries()) {
			const directory = this.#entries.get(at) as FakeEntry;
			if (directory.kind !== "directory") {
				return -errno.ENOTDIR;
			}
			if (!mayAccess(process, directory, 1)) {
				return -errno.EACCES;
			}
			const next = name === ".." ? parentOf(at) : `${at === "/" ? "" : at}/${name}`;
			const entry = this.#entries.get(next);
			if (entry === undefined) {
				return -errno.ENOENT;
			}
			const isLast = index === names.length - 1;
			if (entry.kind === "link" && (follow || !isLast)) {
				const target = entry.content.startsWith("/") ? entry.content : `${at}/${entry.content}`;
				return links === mostLinks ? -errno.ELOOP : this.resolve(process, [target, ...names.slice(index + 1)].join("/"), follow, links + 1);
			}
			at = next;
		}
		return { path: at, entry: this.#entries.get(at) as FakeEntry };
	}

	open(process: FakeProcess, path: string, flags: number, resolve = 0): number | Errno {
		const found = this.resolve(process, path, (flags & O.NOFOLLOW) === 0);
		if (typeof found === "number") {
			return found;
		}
		if ((resolve & RESOLVE.NO_XDEV) !== 0 && this.#isOnOtherMount(found.path)) {
			return -errno.EXDEV;
		}
		const { kind } = found.entry;
		if (kind === "link" && (flags & O.PATH) === 0) {
			return -errno.ELOOP;
		}
		if ((flags & O.DIRECTORY) !== 0 && kind !== "directory") {
			return -errno.ENOTDIR;
		}
		if ((flags & O.PATH) === 0 && !mayAccess(process, found.entry, 4)) {
			return -errno.EACCES;
		}
		if (kind === "fifo" && (flags & (O.NONBLOCK | O.PATH)) === 0) {
			throw new Error(`opening the fifo ${path} would block for ever`);
		}
		let fd = 3;
		while (this.#open.has(fd)) {
			fd++;
		}
		this.#open.set(fd, { ...found, position: 0 });
		return fd;
	}

	/** A read-only part of the tree, or one of another type, is a mount of its own. */
	#isOnOtherMount(path: string): boolean {
		const [here, above] = [path, parentOf(path)].map((each) => this.#entries.get(each));
		return here?.readOnly !== above?.readOnly || here?.system !== above?.system;
	}

	close(fd: number): number | Errno {
		return this.#open.delete(fd) ? 0 : -errno.EBADF;
	}

	stat(fd: number): Stat | Errno {
		const file = this.#open.get(fd);
		return file === undefined ? -errno.EBADF : toStat(file.entry);
	}

	/** At most `limit` bytes when `partly`, else all that is left or -EFBIG. */
	read(fd: number, limit: number, partly: boolean): string | Errno {
		const file = this.#open.get(fd);
		if (file === undefined || file.entry.kind === "link") {
			return -errno.EBADF;
		}
		if (file.entry.kind === "directory") {
			return -errno.EISDIR;
		}
		const rest = file.entry.content.slice(file.position);
		if (rest.length > limit && !partly) {
			return -errno.EFBIG;
		}
		const read = rest.slice(0, limit);
		file.position += read.length;
		return read;
	}

	names(fd: number): string[] | Errno {
		const file = this.#open.get(fd);
		if (file?.entry.kind !== "directory") {
			return -errno.ENOTDIR;
		}
		const prefix = file.path === "/" ? "/" : `${file.path}/`;
		const below = [...this.#entries.keys()].filter((path) => path !== "/" && path.startsWith(prefix));
		return below.map((path) => path.slice(prefix.length)).filter((name) => !name.includes("/"));
	}

	/** The path a descriptor was opened by. */
	pathOf(fd: number): string | undefined {
		return this.#open.get(fd)?.path;
	}

	/** The magic of its file system, ext4's unless it is written down, and the flags of its mount. */
	system(fd: number): [magic: number, flags: number] {
		const { readOnly = false, system = 0xef53 } = this.#open.get(fd)?.entry ?? {};
		return [system, readOnly ? ST.RDONLY : 0];
	}
}

export function toStat({ kind, mode, uid, gid, content, nlink = 1, ino = 1n }: FakeEntry): Stat {
	return { mode: typeBits[kind] | mode, uid, gid, nlink, size: content.length, mtime: 0, ctime: 0, dev: "0:1", rdev: "0:0", ino };
}

function parentOf(path: string): string {
	return path.slice(0, path.lastIndexOf("/")) || "/";
}
