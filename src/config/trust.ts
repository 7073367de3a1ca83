import { fail } from "../report/failure.ts";
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

/** Each directory on the way, and the way of each link. */
function requireTrustedWay(reads: Reads, path: string, linksLeft: number): void {
	const absolute = path.startsWith("/") ? path : `${mustRead("getcwd", reads.getcwd())}/${path}`;
	const names = absolute.split("/").filter((name) => name !== "" && name !== ".");
	let directory = "";
	for (const [index, name] of names.entries()) {
		requireTrustedDirectory(reads, directory === "" ? "/" : directory);
		const entry = `${directory}/${name}`;
		const target = reads.readlinkat(AT.FDCWD, entry);
		if (typeof target === "string") {
			if (linksLeft === 0) {
				fail("CONFIG_UNTRUSTED", "more links than can be followed", { where: path });
			}
			const rest = names.slice(index + 1).join("/");
			const led = target.startsWith("/") ? target : `${directory}/${target}`;
			requireTrustedWay(reads, rest === "" ? led : `${led}/${rest}`, linksLeft - 1);
			return;
		}
		directory = entry;
	}
}

function requireTrustedDirectory(reads: Reads, directory: string): void {
	const stat = reads.statat(AT.FDCWD, directory, 0);
	if (typeof stat === "number") {
		fail("CONFIG_UNTRUSTED", `the directory ${quoted(directory)} cannot be looked at: ${errnoName(stat)}`, { where: directory });
	}
	const isSticky = (stat.mode & S.ISVTX) !== 0;
	if (stat.uid === 0 && ((stat.mode & othersMayWrite) === 0 || isSticky)) {
		return;
	}
	const fd = reads.openRead(AT.FDCWD, directory, O.PATH | O.DIRECTORY, 0);
	const readOnly = fd >= 0 && withDescriptor(reads, fd, () => isReadOnly(reads, fd));
	if (!readOnly) {
		refuse(directory, stat, "the directory");
	}
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
			remedy: [`chown root:root ${path}`],
		});
	}
	fail("CONFIG_UNTRUSTED", `${what} ${quoted(path)} has mode ${(mode & 0o7777).toString(8).padStart(4, "0")}: others than root can write`, {
		where: path,
		remedy: [`chmod go-w ${path}`],
	});
}
