import { failBecame, handsOnLists } from "../../files/exact-mode.ts";
import { mustOpenTrusted, openTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { renameNew } from "../../files/place.ts";
import { removeAbandoned, withTemporaryStage } from "../../files/stage.ts";
import { must } from "../../sys/act.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";

/** What the mask of the process would take away from a mode that is meant as it is written. umask(2) */
export function unmasked<T>(host: Host, work: () => T): T {
	const mask = host.umask(0);
	try {
		return work();
	} finally {
		host.umask(mask);
	}
}

/**
 * Makes what is missing of a directory and of those above it; nothing that exists is touched. With their final mode at once: one that
 * an interrupted run leaves behind would not be looked at again.
 */
export function makeDirectories(host: Host, path: string, mode: number, onMade: (path: string) => void = () => {}): void {
	const existing = openTrusted(host, path, O.PATH);
	if (existing >= 0) {
		host.close(existing);
		return;
	}
	if (existing !== -errno.ENOENT) {
		throw new SyscallError("open", existing);
	}
	const { parent, name } = splitPath(path);
	makeDirectories(host, parent, mode, onMade);
	const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
	withDescriptor(host, directory, () => {
		unmasked(host, () => makeWithMode(host, directory, name, mode));
		onMade(path);
		const now = mustRead<Stat>("statx", host.statat(directory, name, AT.SYMLINK_NOFOLLOW));
		if (!isMode(now.mode, mode)) {
			failBecame(path, { mode, uid: undefined, gid: undefined }, now);
		}
	});
}

/** Whether all that it lets somebody do is let, and nothing more where it is not for everybody. */
function isMode(has: number, mode: number): boolean {
	return (mode & ~has) === 0 && ((mode & S.IROTH) !== 0 || (has & 0o7777 & ~mode) === 0);
}

/** Where the directory above hands on lists, it is made in a place that does not: its mode and nothing beside it is final when it appears. */
function makeWithMode(host: Host, directory: number, name: string, mode: number): void {
	if (!handsOnLists(host, directory)) {
		must(host, "mkdirat", directory, name, mode);
		return;
	}
	removeAbandoned(host, directory);
	withTemporaryStage(host, directory, (stage) => {
		must(host, "mkdirat", stage, name, mode);
		mustRead("renameat2", renameNew(host, { directory: stage, name }, { directory, name }));
	});
}
