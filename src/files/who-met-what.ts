import { shellWord } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { AT, S } from "../sys/constants.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { isDirectory, isLink } from "./kind.ts";
import { absolutePath, directoriesTo } from "./path-text.ts";
import { allows, octal, type Viewer } from "./permissions.ts";
import { thisViewer } from "./this-process.ts";

const [reading, writing, searching] = [4, 2, 1];

/** They change the directory, whatever the entry is. */
const ofEntries = ["mkdirat", "unlinkat", "symlinkat", "renameat2", "mknodat", "bindUnix"];

const readers = ["open", "openat", "statx", "getdents64"];

/**
 * Who was refused by whose mode: the first directory on the way that this one may not enter, or what it may not read or change. As a sentence; `undefined` where
 * no mode stands in the way. By modes alone: a list may say otherwise, and links are not gone by.
 */
export function whoMetWhat(reads: Reads, call: string, path: string, viewer = thisViewer(reads)): string | undefined {
	const whole = absolutePath(path, "/");
	const closed = firstClosed(reads, directoriesTo(whole), viewer);
	if (closed !== undefined) {
		return mayNotEnter(reads, closed, viewer);
	}
	const stat = statAt(reads, whole);
	const isItself = stat !== undefined && !isLink(stat) && !ofEntries.includes(call);
	if (isItself && readers.includes(call) && !allows(stat, viewer, reading)) {
		return `${who(viewer)} may not read ${ofWhom(reads, whole)}`;
	}
	return (isItself ? unwritable(reads, whole, viewer) : undefined) ?? unwritable(reads, deepestAbove(reads, whole), viewer);
}

/** What is not written in place is replaced, and directories that are not there are made too. */
function deepestAbove(reads: Reads, path: string): string {
	return directoriesTo(path).findLast((each) => statAt(reads, each) !== undefined) ?? "/";
}

/** For any uid with the group of root, as OpenShift gives them: what is closed to it by its mode alone. */
export function waysOfRootGroup(reads: Reads, path: string): string[] {
	const viewer = thisViewer(reads);
	const stat = statAt(reads, path);
	const directory = stat !== undefined && isDirectory(stat) ? path : deepestAbove(reads, path);
	const word = shellWord(directory);
	return viewer.uid !== 0 && viewer.groups.includes(0) && directory !== "/" && isShut(reads, directory, viewer, writing)
		? [`or open it to any uid of group 0, as images for OpenShift do: RUN chgrp -R 0 ${word} && chmod -R g=u ${word} in the Dockerfile`]
		: [];
}

function unwritable(reads: Reads, path: string, viewer: Viewer): string | undefined {
	return isShut(reads, path, viewer, writing) ? `${who(viewer)} may not write to ${ofWhom(reads, path)}` : undefined;
}

/** The same of a directory that is only to be entered, by the one that is to be in it, and which one is to be opened. */
export function whoMayNotEnter(
	reads: Reads,
	path: string,
	viewer: Viewer,
): { readonly closed: string; readonly words: string } | undefined {
	const whole = absolutePath(path, "/");
	const closed = firstClosed(reads, [...directoriesTo(whole), whole], viewer);
	return closed === undefined ? undefined : { closed, words: mayNotEnter(reads, closed, viewer) };
}

function firstClosed(reads: Reads, directories: readonly string[], viewer: Viewer): string | undefined {
	return directories.find((each) => isShut(reads, each, viewer, searching));
}

function mayNotEnter(reads: Reads, closed: string, viewer: Viewer): string {
	return `${who(viewer)} may not enter ${ofWhom(reads, closed)}`;
}

const mostGroups = 8;

function who({ uid, groups }: Viewer): string {
	const all = [...new Set(groups)];
	return `uid ${uid}${all.length > mostGroups ? "" : ` (groups ${all.join(",")})`}`;
}

function isShut(reads: Reads, path: string, viewer: Viewer, bits: number): boolean {
	const stat = statAt(reads, path);
	return stat !== undefined && !isLink(stat) && !allows(stat, viewer, bits | (isDirectory(stat) ? searching : 0));
}

function ofWhom(reads: Reads, path: string): string {
	const { uid, gid, mode } = statAt(reads, path) as Stat;
	return `${quoted(path)}, which is of ${uid}:${gid} with mode ${octal(mode & ~S.IFMT)}`;
}

function statAt(reads: Reads, path: string): Stat | undefined {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	return typeof stat === "number" ? undefined : stat;
}
