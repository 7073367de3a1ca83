import { isDirectory } from "../../files/kind.ts";
import { AT, O, RESOLVE } from "../../sys/constants.ts";
import { errno, mayBeAbsent } from "../../sys/errno.ts";
import type { Errno, Reads, Stat } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import type { Owners } from "./owners.ts";

/** What a look takes: the link itself, whatever it is. */
const looking = O.PATH | O.NOFOLLOW;
const opening = O.NOFOLLOW | O.NONBLOCK | O.NOCTTY;

/**
 * An unpacked image below a directory, by paths in it that have no link on the way and no `..`. The kernel keeps each look below the directory, should
 * somebody exchange what was looked at before; Node cannot ask it to.
 */
export class ImageFiles {
	readonly #reads: Reads;
	readonly #directory: string;
	readonly #owners: Owners;
	readonly #root: number;
	#isKept = true;

	constructor(reads: Reads, directory: string, owners: Owners) {
		this.#reads = reads;
		this.#directory = directory === "/" ? "" : directory;
		this.#owners = owners;
		this.#root = reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY, 0);
	}

	/** No link is followed. */
	stat(path: string): Stat | Errno {
		const fd = this.#kept(path, looking);
		const stat =
			fd === -errno.ENOSYS
				? this.#reads.statat(AT.FDCWD, this.#onHost(path), AT.SYMLINK_NOFOLLOW)
				: fd < 0
					? fd
					: withDescriptor(this.#reads, fd, () => this.#reads.fstat(fd));
		return typeof stat === "number" ? stat : this.asInImage(path, stat);
	}

	readlink(path: string): string | Errno {
		const fd = this.#kept(path, looking);
		return fd === -errno.ENOSYS
			? this.#reads.readlinkat(AT.FDCWD, this.#onHost(path))
			: fd < 0
				? fd
				: withDescriptor(this.#reads, fd, () => this.#reads.readlinkat(fd, ""));
	}

	open(path: string, flags: number): number | Errno {
		// With O_PATH the kernel takes few others.
		const all = (flags & O.PATH) === 0 ? flags | opening : (flags & (O.PATH | O.DIRECTORY)) | O.NOFOLLOW;
		const fd = this.#kept(path, all);
		return fd === -errno.ENOSYS ? this.#reads.openRead(AT.FDCWD, this.#onHost(path), all, 0) : fd;
	}

	asInImage(path: string, stat: Stat): Stat {
		return this.#owners.inImage(path, stat, isDirectory(stat));
	}

	#kept(path: string, flags: number): number | Errno {
		const fd = this.#isKept
			? this.#reads.openRead(this.#root, path === "/" ? "." : path.slice(1), flags, RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS)
			: -errno.ENOSYS;
		this.#isKept &&= !mayBeAbsent(fd);
		return this.#isKept ? fd : -errno.ENOSYS;
	}

	#onHost(path: string): string {
		return `${this.#directory}${path}`;
	}
}
