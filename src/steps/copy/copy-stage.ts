import { isNamed, temporaryNames } from "../../files/place.ts";
import { clearStage, isStage, makeDirectory, mark, markStage, removeStage } from "../../files/stage.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { durationText } from "../../report/units.ts";
import { must } from "../../sys/act.ts";
import { AT, LOCK, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import type { ApplyContext, Outcome } from "../step.ts";
import { namesBut } from "./copy-tree.ts";

/**
 * Where a tree is put together before its entries get their places: in the directory that is seeded, for nobody else, locked by
 * who works there. While it is there the directory is not complete.
 */
export const stageName = ".abdicate-copy";
/** What is there before anybody has put anything there: of mkfs(8) for ext file systems, of servers that show their snapshots. */
export const notContent: readonly string[] = ["lost+found", ".snapshot", ".snapshots", ".zfs"];
const pauseMs = 50;

/** Empty, or given up in the middle. */
export function isUnseeded(reads: Reads, directory: number, ignore: readonly string[]): boolean {
	return namesBut(reads, directory, [...ignore, temporaryNames]).length === 0 || isInterrupted(reads, directory);
}

function hasContent(reads: Reads, directory: number, ignore: readonly string[]): boolean {
	return namesBut(reads, directory, [...ignore, temporaryNames, stageName]).length > 0;
}

/** A copy is at work or was given up. The workload may own the directory and make what it likes there, but no stage. */
export function isInterrupted(reads: Reads, directory: number): boolean {
	const fd = reads.openRead(directory, stageName, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0);
	return fd >= 0 && withDescriptor(reads, fd, () => isStage(reads, fd));
}

interface Seeding {
	readonly to: string;
	readonly unless: "absent" | "entry-absent";
	readonly ignore: readonly string[];
	readonly lockTimeoutMs: number;
}

/** The stage of a tree, for one container at a time. `undefined` when the stage was gone by the time it was ours: another container has finished, or died, and one has to look again. */
export function withLockedStage(
	{ to, unless, ignore, lockTimeoutMs }: Seeding,
	directory: number,
	{ host, progress }: ApplyContext,
	use: (stage: number) => Outcome,
): Outcome | undefined {
	const opened = openStage(host, directory, to);
	if (opened === undefined) {
		return undefined;
	}
	return withDescriptor(host, opened.fd, (stage) => {
		waitForLock(host, stage, lockTimeoutMs, () => progress(`another container copies to ${to}`));
		if (!isNamed(host, directory, stageName, stage)) {
			return undefined;
		}
		// Somebody has finished between the look that led here and this stage.
		if (opened.isNew && unless === "absent" && hasContent(host, directory, ignore)) {
			must(host, "unlinkat", directory, stageName, AT.REMOVEDIR);
			return undefined;
		}
		clearStage(host, stage);
		markStage(host, stage);
		try {
			const outcome = use(stage);
			must(host, "unlinkat", stage, mark, AT.REMOVEDIR);
			must(host, "unlinkat", directory, stageName, AT.REMOVEDIR);
			return outcome;
		} catch (error) {
			clearStage(host, stage);
			if (!hasContent(host, directory, ignore)) {
				// Nothing has got its place: as if it had never been tried.
				removeStage(host, directory, stageName, stage);
			}
			throw error;
		}
	});
}

/** `undefined` when one that was there is gone. */
function openStage(host: Host, directory: number, to: string): { readonly fd: number; readonly isNew: boolean } | undefined {
	const made = makeDirectory(host, directory, stageName);
	const fd = made === -errno.EEXIST ? host.open(directory, stageName, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0, 0) : made;
	if (fd >= 0 && (fd === made || isStage(host, fd))) {
		return { fd, isNew: fd === made };
	}
	if (fd >= 0) {
		host.close(fd);
	} else if (fd === -errno.ENOENT) {
		return undefined;
	} else if (fd !== -errno.ENOTDIR && fd !== -errno.ELOOP) {
		throw new SyscallError(made === -errno.EEXIST ? "open" : "mkdirat", fd);
	}
	return fail("STEP_FAILED", `${quoted(`${to}/${stageName}`)} is there and was not made by this program`, { remedy: ["remove it"] });
}

function waitForLock(host: Host, fd: number, timeoutMs: number, say: () => void): void {
	const start = host.clock();
	for (let isSaid = false; ; host.poll([], pauseMs)) {
		const result = host.flock(fd, LOCK.EX | LOCK.NB);
		const waited = host.clock() - start;
		if (result !== -errno.EAGAIN) {
			// A file system without locks is used by one container at a time, or its owner knows.
			return;
		}
		if (waited > timeoutMs) {
			fail("STEP_FAILED", `another container has been copying for ${durationText(timeoutMs)}`, {
				remedy: ["lock_timeout: 30m, say, if it may take longer"],
			});
		}
		if (waited > 2000 && !isSaid) {
			say();
			isSaid = true;
		}
	}
}
