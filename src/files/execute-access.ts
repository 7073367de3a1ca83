import { operand } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { yamlQuoted } from "../report/yaml.ts";
import { AT, O, ST } from "../sys/constants.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { accessAcl } from "./acl.ts";
import { destination } from "./destination.ts";
import { isDirectory, isRegular } from "./kind.ts";
import { mountAt } from "./mountinfo.ts";
import { absolutePath, directoriesTo } from "./path-text.ts";
import { bitsFor, isExecutable, type Viewer } from "./permissions.ts";
import { certain, type ProgramFault } from "./program-format.ts";

/** On whose behalf a program is looked at. */
export interface Executor {
	readonly viewer: Viewer;
	/** Whether a capability lets it pass closed directories, and execute what somebody may. */
	readonly overrides: boolean;
	readonly workdir: string;
	/** Before the setup: whether a path is then as it is now. What is not is not judged. */
	readonly isSettled?: (path: string) => boolean;
	/** Why a program whose file begins so would not live where it is executed; as the end of a sentence about it. */
	readonly barred?: ((head: string) => ProgramFault | undefined) | undefined;
}

/** Whether the file may be executed at all, and by this one. `isOwn`: of the program itself it is said what to do. */
export function accessFault(reads: Reads, path: string, executor: Executor, who: string, isOwn: boolean): ProgramFault | undefined {
	const closed = executor.overrides ? undefined : closedDirectory(reads, path, executor);
	if (closed !== undefined) {
		return certain(`the user may not enter ${quoted(closed)}${isOwn ? "" : `, where ${who} lies`}`, [
			`let the user enter it: chmod o+x ${operand(closed)} in the image, or a step: chmod, own`,
		]);
	}
	const fd = reads.openRead(AT.FDCWD, path, O.PATH, 0);
	return fd < 0 ? undefined : withDescriptor(reads, fd, () => openedFault(reads, fd, path, executor, who));
}

function openedFault(reads: Reads, fd: number, path: string, executor: Executor, who: string): ProgramFault | undefined {
	const stat = reads.fstat(fd);
	if (typeof stat === "number") {
		return undefined;
	}
	if (!isRegular(stat)) {
		return certain(`${who} is ${isDirectory(stat) ? "a directory" : "not a regular file"}`);
	}
	if (!isExecutable(stat)) {
		const what = who === "it" ? "the execute permission is not set" : `${who} has no execute permission`;
		return certain(what, [`chmod +x ${operand(path)} in the image; a step that makes it: mode: "0755"`]);
	}
	const system = reads.fstatfs(fd);
	if (typeof system !== "number" && (system[1] & ST.NOEXEC) !== 0) {
		const point = mountAt(reads, path)?.point ?? "PATH";
		const [word, value] = [operand(`${point}:exec`), yamlQuoted(`${point}:exec`)];
		return certain(`${who} lies on a file system mounted noexec`, [
			`mount it with exec: docker run --tmpfs ${word} ... | compose: tmpfs: [${value}] | kubernetes: an emptyDir, or no noexec in the mountOptions of the volume | of the mount step: options: [exec]`,
			"or keep the program elsewhere",
		]);
	}
	return executor.overrides || may(reads, fd, stat, executor.viewer)
		? undefined
		: certain(`the user may not execute ${who === "it" ? "it" : who}`, [
				`chmod o+rx ${operand(path)} in the image, or make it the user's: chown`,
			]);
}

/** A script is executed by the kernel, and read by its interpreter as the user. */
export function unreadableScript(reads: Reads, path: string, { overrides, viewer }: Executor, who: string): ProgramFault | undefined {
	const fd = overrides ? -1 : reads.openRead(AT.FDCWD, path, O.PATH, 0);
	const isClosed = fd >= 0 && withDescriptor(reads, fd, () => isUnreadable(reads, fd, viewer));
	return isClosed
		? certain(`${who} is a script, which its interpreter has to read, and the user may not`, [`chmod o+rx ${operand(path)} in the image`])
		: undefined;
}

function isUnreadable(reads: Reads, fd: number, viewer: Viewer): boolean {
	const stat = reads.fstat(fd);
	return typeof stat !== "number" && !may(reads, fd, stat, viewer, 4);
}

/** To execute a file, or to search a directory. */
function may(reads: Reads, fd: number, stat: Stat, viewer: Viewer, bits = 1): boolean {
	return (bitsFor(stat, accessAcl(reads, fd), viewer) & bits) === bits;
}

/** The first directory on the way, by the links that are written and without them, that the user may not search. path_resolution(7) */
export function closedDirectory(
	reads: Reads,
	path: string,
	{ viewer, workdir, isSettled = () => true }: Omit<Executor, "overrides">,
): string | undefined {
	const written = absolutePath(path, workdir);
	return [...new Set([...directoriesTo(written), ...directoriesTo(destination(reads, written))])].find((directory) => {
		const fd = reads.openRead(AT.FDCWD, directory, O.PATH | O.DIRECTORY, 0);
		if (fd < 0) {
			return false;
		}
		return withDescriptor(reads, fd, () => {
			const stat = reads.fstat(fd);
			return typeof stat !== "number" && !may(reads, fd, stat, viewer) && isSettled(directory);
		});
	});
}
