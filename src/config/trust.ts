import { fail } from "../report/failure.ts";
import { operand } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { AT, O, S, ST } from "../sys/constants.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { sizeLimit } from "./parse.ts";

const othersMayWrite = 0o022;
const mostLinks = 16;

/**
 * The text of a configuration file that only root can have written. With privilege to lose, every directory and link on the
 * way counts too; a file system that is mounted read-only is as its mounter made it, whatever the mode bits say.
 */
export function readTrustedFile(reads: Reads, path: string, privileged: boolean): string {
	const fd = reads.openRead(AT.FDCWD, path, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	if (fd < 0) {
		fail(fd === -errno.ENOENT ? "CONFIG_NOT_FOUND" : "CONFIG_UNREADABLE", `cannot be opened: ${errnoName(fd)}`, { where: path });
	}
	return withDescriptor(reads, fd, () => {
		const stat = mustRead("fstat", reads.fstat(fd));
		if ((stat.mode & S.IFMT) !== S.IFREG) {
			fail("CONFIG_UNREADABLE", "is not a regular file", { where: path });
		}
		if (privileged) {
			requireRootOnly(reads, fd, stat, path);
			requireTrustedWay(reads, path, mostLinks);
		}
		const text = reads.readAll(fd, sizeLimit);
		if (typeof text === "number") {
			fail(
				text === -errno.EFBIG ? "CONFIG_TOO_LARGE" : "CONFIG_UNREADABLE",
				text === -errno.EFBIG ? `larger than ${sizeLimit / 1024} KiB` : errnoName(text),
				{ where: path },
			);
		}
		return text;
	});
}

/**
 * Each directory on the way, and each link with its own way: in a sticky directory anybody can make a link, and so choose
 * among root's files.
 */
function requireTrustedWay(reads: Reads, path: string, linksLeft: number): void {
	const absolute = path.startsWith("/") ? path : `${mustRead("getcwd", reads.getcwd())}/${path}`;
	const names = absolute.split("/").filter((name) => name !== "" && name !== ".");
	requireTrustedDirectory(reads, "/", lookAt(reads, "/"));
	let directory = "";
	for (const [index, name] of names.entries()) {
		const entry = `${directory}/${name}`;
		const stat = lookAt(reads, entry);
		if ((stat.mode & S.IFMT) === S.IFLNK) {
			requireTrustedLink(reads, entry, stat, directory);
			const target = mustRead("readlink", reads.readlinkat(AT.FDCWD, entry));
			if (linksLeft === 0) {
				fail("CONFIG_UNTRUSTED", "more links than can be followed", { where: path });
			}
			const led = target.startsWith("/") ? target : `${directory}/${target}`;
			requireTrustedWay(reads, [led, ...names.slice(index + 1)].join("/"), linksLeft - 1);
			return;
		}
		if ((stat.mode & S.IFMT) === S.IFDIR) {
			requireTrustedDirectory(reads, entry, stat);
		}
		directory = entry;
	}
}

function lookAt(reads: Reads, path: string): Stat {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	if (typeof stat === "number") {
		fail("CONFIG_UNTRUSTED", `${quoted(path)}, on the way to the file, cannot be looked at: ${errnoName(stat)}`, { where: path });
	}
	return stat;
}

function requireTrustedLink(reads: Reads, link: string, stat: Stat, directory: string): void {
	if (stat.uid !== 0 && !isDirectoryReadOnly(reads, directory === "" ? "/" : directory)) {
		refuse(link, stat, "the link");
	}
}

function requireTrustedDirectory(reads: Reads, directory: string, stat: Stat): void {
	const isSticky = (stat.mode & S.ISVTX) !== 0;
	const isRootOnly = stat.uid === 0 && ((stat.mode & othersMayWrite) === 0 || isSticky);
	if (!isRootOnly && !isDirectoryReadOnly(reads, directory)) {
		refuse(directory, stat, "the directory");
	}
}

function isDirectoryReadOnly(reads: Reads, directory: string): boolean {
	const fd = reads.openRead(AT.FDCWD, directory, O.PATH | O.DIRECTORY, 0);
	return fd >= 0 && withDescriptor(reads, fd, () => isReadOnly(reads, fd));
}

function requireRootOnly(reads: Reads, fd: number, stat: Stat, path: string): void {
	if ((stat.uid !== 0 || (stat.mode & othersMayWrite) !== 0) && !isReadOnly(reads, fd)) {
		refuse(path, stat, "the file");
	}
}

function isReadOnly(reads: Reads, fd: number): boolean {
	const found = reads.fstatfs(fd);
	return typeof found !== "number" && (found[1] & ST.RDONLY) !== 0;
}

const unmappedUid = 65_534;

function refuse(path: string, { uid, mode }: Stat, what: string): never {
	if (uid !== 0) {
		const unmapped = uid === unmappedUid ? " (which is also how an owner without a mapping in this user namespace looks)" : "";
		fail("CONFIG_UNTRUSTED", `${what} ${quoted(path)} belongs to uid ${uid}, not to root${unmapped}`, {
			where: path,
			remedy: [`chown ${what === "the link" ? "-h " : ""}root:root ${operand(path)}`],
		});
	}
	fail("CONFIG_UNTRUSTED", `${what} ${quoted(path)} has mode ${(mode & 0o7777).toString(8).padStart(4, "0")}: others than root can write`, {
		where: path,
		remedy: [`chmod go-w ${operand(path)}`],
	});
}
