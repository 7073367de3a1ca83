import { isRegular } from "../files/kind.ts";
import { openTrusted } from "../files/open.ts";
import { UntrustedLink } from "../files/walk.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { O } from "../sys/constants.ts";
import { errno, saysAbsent } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Errno, Reads } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { ascending } from "./credentials.ts";
import type { Account, Accounts } from "./identity.ts";
import { type Gid, parseId, toGid, toUid } from "./ids.ts";

const passwd = "/etc/passwd";
const group = "/etc/group";
const fileLimit = 10 * 1024 * 1024;
const lineLimit = 1024 * 1024;
/** Each is compared with what was written. */
const mostNames = 2000;

/**
 * The two files alone, as a container image has them: no NSS, no directory service. Each is read once, when first asked
 * for, and only the line that is asked for is taken apart. passwd(5), group(5)
 */
export function readAccounts(reads: Reads): Accounts {
	const users = lazily(() => readAccountFile(reads, passwd));
	const groups = lazily(() => readAccountFile(reads, group));
	return {
		userByName: (name) => parseUser(lineNamed(users(), name)),
		userById: (uid) => parseUser(lineWithId(users(), uid)),
		groupByName: (name) => parseGroupLine(lineNamed(groups(), name)),
		membershipsOf: (name) => ascending(linesWithMember(groups(), name).map(groupId)),
		membersOf: (gid) => linesWithNumber(groups(), 2, gid).flatMap((line) => (line.split(":")[3] ?? "").split(",").filter(Boolean)),
		usersInGroup: (gid) => linesWithNumber(users(), 3, gid).map((line) => line.split(":")[0] ?? ""),
		namesIn: (file) =>
			linesHolding(file === "passwd" ? users() : groups(), "\n", () => true, mostNames).flatMap((line) => line.split(":")[0] || []),
	};
}

function lazily<T>(compute: () => T): () => T {
	let value: { readonly of: T } | undefined;
	return () => {
		value ??= { of: compute() };
		return value.of;
	};
}

/** Name, password, uid, gid, comment, home, shell. */
function parseUser(line: string | undefined): Account | undefined {
	if (line === undefined) {
		return undefined;
	}
	const [name = "", , uid = "", gid = "", , home = "", shell = ""] = line.split(":");
	if (line.includes("\0")) {
		fail("PASSWD_MALFORMED", `the entry ${quoted(name)} holds a NUL byte`, { where: passwd });
	}
	return {
		name,
		uid: toUid(requireId(uid, passwd, line)),
		gid: toGid(requireId(gid, passwd, line)),
		home: home.startsWith("/") ? home : "/",
		shell,
	};
}

function parseGroupLine(line: string | undefined): Gid | undefined {
	return line === undefined ? undefined : groupId(line);
}

/** Name, password, gid, members. */
function groupId(line: string): Gid {
	return toGid(requireId(line.split(":")[2] ?? "", group, line));
}

/** A number that is malformed stops the run: read as 0, as some programs do, it would be root's. */
function requireId(text: string, file: string, line: string): number {
	const id = parseId(text);
	if (typeof id !== "number") {
		const entry = line.split(":")[0] ?? "";
		fail("PASSWD_MALFORMED", `the entry ${quoted(entry)} has ${quoted(text)} where an id from 0 to 4294967294 belongs`, { where: file });
	}
	return id;
}

/** The first entry of that name. `text` has a newline before every line. */
function lineNamed(text: string, name: string): string | undefined {
	return linesHolding(text, `\n${name}:`, (line) => line.split(":")[0] === name, 1)[0];
}

/** The first entry whose third field is that id, digit by digit: a malformed number is the id of nobody. */
function lineWithId(text: string, id: number): string | undefined {
	return linesWithNumber(text, 2, id, 1)[0];
}

function linesWithNumber(text: string, field: number, id: number, most?: number): string[] {
	return linesHolding(text, `:${id}:`, (line) => line.split(":")[field] === id.toString(), most);
}

function linesWithMember(text: string, name: string): string[] {
	return linesHolding(text, name, (line) => line.split(":")[3]?.split(",").includes(name) ?? false);
}

/** Looks only at lines in which `needle` occurs: taking every line apart costs more than all the rest of a look-up. */
function linesHolding(text: string, needle: string, accept: (line: string) => boolean, most = Number.POSITIVE_INFINITY): string[] {
	const found: string[] = [];
	if (needle === "") {
		return found;
	}
	for (let at = text.indexOf(needle); at >= 0 && found.length < most; ) {
		const start = needle.startsWith("\n") ? at + 1 : text.lastIndexOf("\n", at) + 1;
		const next = text.indexOf("\n", start);
		const end = next < 0 ? text.length : next;
		const line = text.slice(start, text[end - 1] === "\r" ? end - 1 : end);
		if (isEntry(line) && accept(line)) {
			found.push(line);
		}
		at = text.indexOf(needle, end);
	}
	return found;
}

/** Comments, the `+` and `-` lines of NIS and lines without a name are no entries. */
function isEntry(line: string): boolean {
	return !/^[#+:-]/.test(line);
}

/** The content with a newline in front, so that every line has one before it. A missing file has no line. */
function readAccountFile(reads: Reads, path: string): string {
	const fd = openAccountFile(reads, path);
	if (fd < 0 && saysAbsent(fd)) {
		return "";
	}
	if (fd < 0) {
		const { message, remedy } = errnoText("open", fd);
		fail("PASSWD_UNREADABLE", `cannot be opened: ${message}`, { where: path, remedy });
	}
	const content = withDescriptor(reads, fd, () => readRegular(reads, fd, path));
	if (content.length > lineLimit && content.split("\n").some((line) => line.length > lineLimit)) {
		fail("PASSWD_UNREADABLE", "has a line longer than 1 MiB", { where: path });
	}
	return `\n${content}`;
}

/** Some distributions have links here, of root's; by the workload's it would say who is who. */
function openAccountFile(reads: Reads, path: string): number | Errno {
	try {
		return openTrusted(reads, path, O.RDONLY | O.NONBLOCK | O.NOCTTY);
	} catch (error) {
		if (error instanceof UntrustedLink) {
			fail("PASSWD_UNREADABLE", error.message, { where: path });
		}
		throw error;
	}
}

function readRegular(reads: Reads, fd: number, path: string): string {
	if (!isRegular(mustRead("fstat", reads.fstat(fd)))) {
		fail("PASSWD_UNREADABLE", "is not a regular file", { where: path });
	}
	const content = reads.readAll(fd, fileLimit);
	if (content === -errno.EFBIG) {
		fail("PASSWD_UNREADABLE", "larger than 10 MiB", { where: path });
	}
	if (typeof content === "number") {
		const { message, remedy } = errnoText("read", content);
		fail("PASSWD_UNREADABLE", `cannot be read: ${message}`, { where: path, remedy });
	}
	return content;
}
