import { isDirectory, isLink } from "../../files/kind.ts";
import { absolutePath, isWithin, splitPath } from "../../files/path-text.ts";
import { allows, type Viewer } from "../../files/permissions.ts";
import { AT, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads, Stat } from "../../sys/native.ts";
import type { ImageFiles } from "./image-files.ts";
import { isOfMachine, type Made, type Mount } from "./machine.ts";

/** Something at a path without links: the image's, made by the runtime, or the machine's own below /proc. */
export interface Entry {
	readonly path: string;
	readonly stat: Stat;
	readonly from: "image" | "runtime" | "machine";
	readonly made?: Made;
}

const mostLinks = 40;
const search = 1;

/** Who looks, and whether a capability lets it pass what is closed to it. */
export interface Looker extends Viewer {
	readonly overrides: boolean;
}

export interface Surroundings {
	readonly reads: Reads;
	readonly image: ImageFiles;
	readonly mounts: readonly Mount[];
	readonly made: ReadonlyMap<string, Made>;
	readonly looker: Looker;
	/** Where an open descriptor leads, for /proc/self/fd. */
	readonly pathOf: (fd: number) => string | undefined;
}

/** The tree that a start would see: the image, and around it what a runtime mounts. A link leads within it, never out of it. path_resolution(7) */
export class Tree {
	readonly #with: Surroundings;

	constructor(surroundings: Surroundings) {
		this.#with = surroundings;
	}

	/** As the kernel goes a path, with the eyes of who looks; `followsLast` is false for a link itself. */
	resolve(from: string, path: string, followsLast: boolean, followsAny = true): Entry | Errno {
		const names = namesIn(path);
		let at = this.#entry(path.startsWith("/") ? "/" : from);
		for (let links = 0; typeof at !== "number" && names.length > 0; ) {
			if (!isDirectory(at.stat)) {
				return -errno.ENOTDIR;
			}
			if (!this.may(at.stat, search)) {
				return -errno.EACCES;
			}
			const name = names.shift() as string;
			const next = this.#entry(name === ".." ? splitPath(at.path).parent : joined(at.path, name));
			if (typeof next !== "number" && isLink(next.stat) && (names.length > 0 || followsLast)) {
				const target = this.readlink(next);
				if (typeof target === "number" || !followsAny || ++links > mostLinks) {
					return typeof target === "number" ? target : -errno.ELOOP;
				}
				names.unshift(...namesIn(target));
				at = target.startsWith("/") ? this.#entry("/") : at;
				continue;
			}
			at = next;
		}
		return typeof at !== "number" && path.endsWith("/") && !isDirectory(at.stat) ? -errno.ENOTDIR : at;
	}

	may(stat: Stat, bits: number): boolean {
		const { looker } = this.#with;
		return looker.overrides || allows(stat, looker, bits);
	}

	readlink({ path, from, made, stat }: Entry): string | Errno {
		if (!isLink(stat)) {
			return -errno.EINVAL;
		}
		return made?.link ?? (from === "image" ? this.#with.image.readlink(path) : this.#with.reads.readlinkat(AT.FDCWD, path));
	}

	mountOf(path: string): Mount {
		return this.#with.mounts.reduce((found, each) =>
			isWithin(path, each.point) && each.point.length >= found.point.length ? each : found,
		);
	}

	/** Made by the runtime, right in a directory. */
	namesMadeIn(directory: string): string[] {
		const top = directory === "/" ? "/" : `${directory}/`;
		const below = [...this.#with.made.keys()].filter((path) => path.startsWith(top) && path !== top);
		return [...new Set(below.map((path) => path.slice(top.length).split("/", 1)[0] ?? ""))];
	}

	#entry(path: string): Entry | Errno {
		const made = this.#with.made.get(path) ?? this.#ofDescriptor(path);
		const own = made?.isSpare === true || made?.takesMode === true ? this.#with.image.stat(path) : -errno.ENOENT;
		if (made !== undefined && (typeof own === "number" || made.takesMode === true)) {
			const mode = typeof own === "number" || !isDirectory(own) ? made.mode : own.mode;
			return { path, from: "runtime", made, stat: this.statOf(path, { ...made, mode }) };
		}
		if (isOfMachine(path)) {
			const stat = this.#with.reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
			return typeof stat === "number" ? this.#wayTo(path, stat) : { path, from: "machine", stat };
		}
		const stat = this.mountOf(path).covers ? -errno.ENOENT : this.#with.image.stat(path);
		return typeof stat === "number" ? this.#wayTo(path, stat) : { path, from: "image", stat };
	}

	#wayTo(path: string, stat: Errno): Entry | Errno {
		// A runtime makes the way to what it mounts.
		return stat === -errno.ENOENT && this.namesMadeIn(path).length > 0
			? { path, from: "runtime", made: way, stat: this.statOf(path, way) }
			: stat;
	}

	/** proc_pid_fdinfo(5), proc_pid_fd(5) */
	#ofDescriptor(path: string): Made | undefined {
		const [, kind, fd] = /^\/proc\/self\/(fd|fdinfo)\/(\d+)$/.exec(path) ?? [];
		const at = fd === undefined ? undefined : this.#with.pathOf(Number(fd));
		if (at === undefined) {
			return undefined;
		}
		if (kind === "fd" && isPipe(at)) {
			return { mode: S.IFIFO | 0o600, uid: this.#with.looker.uid };
		}
		return kind === "fd"
			? { mode: S.IFLNK | 0o700, link: at }
			: { mode: S.IFREG | 0o444, text: `pos:\t0\nflags:\t02100000\nmnt_id:\t${this.mountOf(at).id}\n` };
	}

	statOf(path: string, { mode, rdev = "0:0", text = "", uid = 0, gid = 0 }: Made): Stat {
		const dev = `0:${this.mountOf(path).id}`;
		// Of a path there is always the same.
		const ino = [...path].reduce((sum, letter) => BigInt.asUintN(62, sum * 31n + BigInt(letter.codePointAt(0) ?? 0)), 7n);
		return { mode, uid, gid, nlink: 1, size: text.length, mtime: 0, ctime: 0, dev, rdev, ino };
	}
}

/** What a descriptor is open on that has no path. */
export function isPipe(path: string): boolean {
	return !path.startsWith("/");
}

const way: Made = { mode: S.IFDIR | 0o755 };

function joined(directory: string, name: string): string {
	return absolutePath(name, directory);
}

function namesIn(path: string): string[] {
	return path.split("/").filter((name) => name !== "" && name !== ".");
}
