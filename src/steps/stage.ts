import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { AT, LOCK, O, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host, Reads } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { namesToCopy, openDirectory, statEntry, typeOf } from "./copy-tree.ts";
import { makeTemporary, removeTree } from "./place.ts";
import type { ApplyContext, Outcome } from "./step.ts";

/**
 * Where a tree is put together before its entries get their places: in the directory that is seeded, for nobody else, locked by
 * who works there. While it is there the directory is not complete.
 */
const stageName = ".abdicate-copy";
/** Made by mkfs on every new ext file system, and what our steps have at work. */
const notContent: readonly string[] = ["lost+found", ".abdicate-new-*"];
const pauseMs = 50;

/** Empty, or given up in the middle. */
export function isUnseeded(reads: Reads, directory: number): boolean {
	return namesToCopy(reads, directory, notContent).length === 0 || isInterrupted(reads, directory);
}

function hasContent(reads: Reads, directory: number): boolean {
	return namesToCopy(reads, directory, [...notContent, stageName]).length > 0;
}

/** A copy is at work or was given up. The workload may own the directory and make what it likes there, but not for us. */
export function isInterrupted(reads: Reads, directory: number): boolean {
	const stat = statEntry(reads, directory, stageName);
	return stat !== undefined && typeOf(stat) === S.IFDIR && stat.uid === reads.getresuid()[1];
}

/** A stage for one directory, without waiting: what two containers make there is whole in any case. */
export function withTemporaryStage<T>(host: Host, directory: number, use: (stage: number) => T): T {
	const { name, fd } = makeTemporary(host, directory, "mkdirat", (each) => makeDirectory(host, directory, each));
	try {
		return withDescriptor(host, fd, use);
	} finally {
		removeTree(host, directory, name);
	}
}

export function makeDirectory(host: Host, directory: number, name: string): number {
	const made = host.mkdirat(directory, name, 0o700);
	return made < 0 ? made : host.open(directory, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0, 0);
}

/** The stage of a tree, for one container at a time. `undefined` when the stage was gone by the time it was ours: another container has finished, or died, and one has to look again. */
export function withLockedStage(
	{ to, unless, lockTimeoutMs }: { readonly to: string; readonly unless: "absent" | "entry-absent"; readonly lockTimeoutMs: number },
	directory: number,
	{ host, progress }: ApplyContext,
	use: (stage: number) => Outcome,
): Outcome | undefined {
	const made = host.mkdirat(directory, stageName, 0o700);
	if (made < 0 && made !== -errno.EEXIST) {
		throw new SyscallError("mkdirat", made);
	}
	if (!isInterrupted(host, directory)) {
		fail("STEP_FAILED", `${quoted(`${to}/${stageName}`)} is there and was not made by this program`, { remedy: ["remove it"] });
	}
	return withDescriptor(host, openDirectory(host, { directory, name: stageName }), (stage) => {
		waitForLock(host, stage, lockTimeoutMs, () => progress(`another container copies to ${to}`));
		const [held, found] = [mustRead("fstat", host.fstat(stage)), statEntry(host, directory, stageName)];
		if (found === undefined || found.ino !== held.ino || found.dev !== held.dev) {
			return undefined;
		}
		// Somebody has finished between the look that led here and this stage.
		if (made >= 0 && unless === "absent" && hasContent(host, directory)) {
			must(host, "unlinkat", directory, stageName, AT.REMOVEDIR);
			return undefined;
		}
		clear(host, stage);
		try {
			const outcome = use(stage);
			must(host, "unlinkat", directory, stageName, AT.REMOVEDIR);
			return outcome;
		} catch (error) {
			clear(host, stage);
			if (!hasContent(host, directory)) {
				// Nothing has got its place: as if it had never been tried.
				host.unlinkat(directory, stageName, AT.REMOVEDIR);
			}
			throw error;
		}
	});
}

function clear(host: Host, stage: number): void {
	for (const name of namesToCopy(host, stage, [])) {
		removeTree(host, stage, name);
	}
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
			fail("STEP_FAILED", `another container has been copying for ${timeoutMs} ms`, {
				remedy: ["lock_timeout: 30m, say, if it may take longer"],
			});
		}
		if (waited > 2000 && !isSaid) {
			say();
			isSaid = true;
		}
	}
}
