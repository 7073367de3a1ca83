import { matches } from "../report/pattern.ts";
import { AT, O } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead, unlessAbsent, withDescriptor } from "../sys/observe.ts";

/** The names in a directory; none when it cannot be read. */
export type ListNames = (directory: string) => readonly string[];

export function isPattern(path: string): boolean {
	return path.includes("*") || path.includes("?");
}

/** The paths that a pattern with `*` and `?` names now, ascending. Without either it is the path itself. Hidden names need a written dot. glob(7) */
export function expandPattern(reads: Reads, pattern: string, list: ListNames = (directory) => namesIn(reads, directory)): string[] {
	if (!isPattern(pattern)) {
		return [pattern];
	}
	return pattern
		.split("/")
		.filter((name) => name !== "")
		.reduce<string[]>((parents, name) => parents.flatMap((parent) => step(list, parent, name)), [pattern.startsWith("/") ? "" : "."]);
}

function step(list: ListNames, parent: string, name: string): string[] {
	if (!isPattern(name)) {
		return [`${parent}/${name}`];
	}
	return list(parent === "" ? "/" : parent)
		.filter((entry) => matches(entry, name) && (!entry.startsWith(".") || name.startsWith(".")))
		.sort()
		.map((entry) => `${parent}/${entry}`);
}

function namesIn(reads: Reads, directory: string): readonly string[] {
	return namesOf(reads, reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY, 0));
}

/** The names in an opened directory, which is closed; none when there is no such directory. A SyscallError when it cannot be told. */
export function mustListNames(reads: Reads, fd: number): readonly string[] {
	const opened = unlessAbsent("open", fd);
	return opened === undefined ? [] : withDescriptor(reads, opened, () => mustRead<string[]>("getdents64", reads.readDirectory(opened)));
}

/** As `mustListNames`, for a look: none for any errno. */
export function namesOf(reads: Reads, fd: number): readonly string[] {
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return typeof names === "number" ? [] : names;
}
