import { flag, oneOrMany, pathPattern } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional, orShort, required } from "../../config/mapping.ts";
import { isPattern } from "../../files/glob.ts";
import { isDirectory } from "../../files/kind.ts";
import { isReadOnly } from "../../files/mount-facts.ts";
import { openTrusted, statTrustedEntry } from "../../files/open.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { openDirectoryHere } from "../../files/same-mount.ts";
import { isSame } from "../../files/trust.ts";
import { Failure, fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { orAsUser } from "../common/as-user.ts";
import { toldBy } from "../common/obstacle.ts";
import { mayTakeAway, toReach, toTakeAway, toTakeFrom, toTakeFromSticky } from "../common/reach.ts";
import { RefusedBySystem, refusal } from "../common/refusal.ts";
import { isOfSystem, isShared } from "../common/system-names.ts";
import type { Need, Obstacle, Outcome, Step, WalkedTree } from "../step.ts";
import { findTrusted, mustFindTrusted, toFind } from "./find.ts";
import { placeOf, type SystemPlace } from "./system-paths.ts";
import { isOlder, observeThisRun, type ThisRun } from "./this-run.ts";

export interface RemoveAction {
	readonly patterns: readonly string[];
	readonly recursive: boolean;
	readonly olderThanBoot: boolean;
}

const fields = {
	path: required(() => oneOrMany(pathPattern())),
	recursive: optional(flag, false),
	older_than_boot: optional(flag, false),
};

const deepest = 128;

export const remove: Step<FieldsOutput<typeof fields>, RemoveAction> = {
	summary: "Removes files and links, such as pid files of the last run; directories only when told so. Links are never followed.",
	schema: () => orShort("path", mapping(fields)),
	plan: ({ path: paths, recursive, older_than_boot: olderThanBoot }, { reads }) => {
		const patterns = paths.map((each) => absolutePath(each, mustRead("getcwd", reads.getcwd())));
		for (const pattern of patterns) {
			refuseSystemPath(pattern);
		}
		return { patterns, recursive, olderThanBoot };
	},
	describe: ({ patterns, recursive, olderThanBoot }) =>
		`${patterns.join(" ")}${recursive ? " with all below" : ""}${olderThanBoot ? " if older than this container's start" : ""}`,
	needs: (action, reads) =>
		action.patterns.flatMap((pattern) => [
			...toFind(pattern),
			...findTrusted(reads, pattern).flatMap((each) => needsFor(action, each, reads)),
		]),
	mayNeed: ({ patterns }) => patterns.flatMap(mayTakeAway),
	// What lay there is in nobody's way by then.
	alters: ({ patterns, olderThanBoot }) =>
		patterns.map((each) => ({
			path: isPattern(each) ? splitPath(each).parent : each,
			isTree: true,
			...(!isPattern(each) && !olderThanBoot && { leaves: "nothing" }),
		})),
	obstacles: (action, reads, _, beholder) => (beholder === undefined || action.olderThanBoot ? [] : removeObstacles(action, reads)),
	trees: ({ patterns, recursive }, reads) =>
		(recursive ? patterns.flatMap((each) => findTrusted(reads, each)) : []).flatMap((path) => doomedTree(path, reads)),
	apply: (action, context) =>
		orAsUser({ uid: undefined, gid: undefined }, context, ({ host }) => {
			const run = action.olderThanBoot ? observeThisRun(host) : undefined;
			const found = action.patterns.flatMap((pattern) => mustFindTrusted(host, pattern));
			for (const each of found) {
				refuseSystemPath(each, placeOf(host, each));
			}
			const outcomes = found.map((each) => removeOne(host, action, each, run));
			return describeAll(outcomes);
		}),
};

function refuseSystemPath(path: string, place?: SystemPlace): void {
	if (isOfSystem(path) || isShared(path) || place !== undefined) {
		fail("CONFIG_INVALID_VALUE", `remove ${quoted(path)}: the directories of the system stay`, { remedy: ["name what is in the way"] });
	}
}

function removeObstacles(action: RemoveAction, reads: Reads): Obstacle[] {
	return action.patterns.flatMap((pattern) => {
		try {
			for (const path of mustFindTrusted(reads, pattern)) {
				refuseSystemPath(path, placeOf(reads, path));
				refuseDirectory(action, path, reads);
			}
			return [];
		} catch (error) {
			const told = error instanceof Failure ? error : refusal(error, { reads, path: pattern });
			return told instanceof RefusedBySystem ? [] : toldBy(told, pattern);
		}
	});
}

function refuseDirectory({ recursive }: RemoveAction, path: string, reads: Reads): void {
	const { parent, name } = splitPath(path);
	const above = openTrusted(reads, parent, O.PATH | O.DIRECTORY);
	if (above < 0) {
		return;
	}
	withDescriptor(reads, above, () => {
		const stat = reads.statat(above, name, AT.SYMLINK_NOFOLLOW);
		if (typeof stat === "number") {
			return;
		}
		if (isDirectory(stat) && !recursive) {
			failDirectory(path);
		}
		const inner = isDirectory(stat) ? openDirectoryHere(reads, above, name) : -errno.ENOTDIR;
		if (inner >= 0) {
			reads.close(inner);
		} else if (inner === -errno.EXDEV) {
			failMounted(path);
		}
		if (isReadOnly(reads, above)) {
			throw new SyscallError("unlinkat", errno.EROFS);
		}
	});
}

function failDirectory(path: string): never {
	fail("STEP_FAILED", `${quoted(path)} is a directory`, { remedy: ["recursive: true removes it with all that is in it"] });
}

function failMounted(path: string): never {
	fail("STEP_FAILED", `${quoted(path)} is a mount of its own, which stays`);
}

/** Whether a directory below is sticky and of somebody else only the walk will know. */
function needsFor({ recursive, olderThanBoot }: RemoveAction, path: string, reads: Reads): Need[] {
	const stat = statTrustedEntry(reads, path);
	const below = recursive && stat !== undefined && isDirectory(stat) ? [{ ...toTakeFromSticky(path), isSpare: true } as const] : [];
	const own = stat === undefined ? [toReach(path)] : toTakeAway(path, reads);
	// What is younger stays.
	return [...own.map((need) => (olderThanBoot ? { ...need, hasOtherWay: true as const } : need)), ...below];
}

/** Each entry goes from the directory that it is in. */
function doomedTree(path: string, reads: Reads): WalkedTree[] {
	const top = statTrustedEntry(reads, path);
	const needsAt = (stat: Stat, above: Stat | undefined) => (above === undefined ? [] : toTakeFrom(above, stat, path, reads));
	return top === undefined ? [] : [{ path, top, exclude: [], crossMounts: false, maxDepth: deepest, needsAt, becomes: (stat) => stat }];
}

type Removed = "removed" | "younger" | "missing";

function removeOne(host: Host, { recursive }: RemoveAction, path: string, run: ThisRun | undefined): Removed {
	// A pattern may have led here.
	refuseSystemPath(path);
	const { parent, name } = splitPath(path);
	try {
		const above = openTrusted(host, parent, O.PATH | O.DIRECTORY);
		if (above < 0 && saysAbsent(above)) {
			return "missing";
		}
		return withDescriptor(host, mustRead("open", above), (directory) => {
			const stat = host.statat(directory, name, AT.SYMLINK_NOFOLLOW);
			if (stat === -errno.ENOENT) {
				return "missing";
			}
			const found = mustRead<Stat>("statx", stat);
			if (run !== undefined && !isOlder(found, run)) {
				return "younger";
			}
			if (!isDirectory(found)) {
				must(host, "unlinkat", directory, name, 0);
			} else if (recursive) {
				removeDirectory(host, { directory, name, path, found }, 0);
			} else {
				failDirectory(path);
			}
			const now = host.statat(directory, name, AT.SYMLINK_NOFOLLOW);
			if (typeof now !== "number" && isSame(now, found) && now.ctime === found.ctime) {
				fail("STEP_FAILED", `${quoted(path)} was answered to be removed, and is there`, {
					remedy: ["a seccomp filter that answers for the kernel has to let unlinkat pass"],
				});
			}
			return "removed";
		});
	} catch (error) {
		throw refusal(error, { reads: host, path });
	}
}

interface Doomed {
	readonly directory: number;
	readonly name: string;
	readonly path: string;
	/** What was looked at, where something was. */
	readonly found?: Stat;
}

/**
 * By descriptor, and never into another mount, which a device number would not tell when it binds the same file system. An entry that is exchanged
 * for a link meanwhile is removed itself, and what it leads to stays. openat2(2)
 */
function removeDirectory(host: Host, { directory, name, path, found }: Doomed, depth: number): void {
	const fd = openDirectoryHere(host, directory, name);
	if (depth > deepest) {
		fail("STEP_FAILED", `${quoted(path)} is too deep`);
	}
	if (fd === -errno.EXDEV) {
		failMounted(path);
	}
	withDescriptor(host, mustRead("open", fd), () => {
		if (found !== undefined && !isSame(mustRead("fstat", host.fstat(fd)), found)) {
			fail("STEP_FAILED", `${quoted(path)} was exchanged meanwhile`);
		}
		for (const each of mustRead<string[]>("getdents64", host.readDirectory(fd))) {
			const result = host.unlinkat(fd, each, 0);
			if (result === -errno.EISDIR) {
				removeDirectory(host, { directory: fd, name: each, path: `${path}/${each}` }, depth + 1);
			} else if (result < 0 && result !== -errno.ENOENT) {
				throw refusal(new SyscallError("unlinkat", result), { reads: host, path: `${path}/${each}` });
			}
		}
	});
	must(host, "unlinkat", directory, name, AT.REMOVEDIR);
}

function describeAll(outcomes: readonly Removed[]): Outcome {
	const count = (kind: Removed) => outcomes.filter((each) => each === kind).length;
	const notes = [
		...(count("removed") === 0 ? [] : [`${count("removed")} removed`]),
		...(count("younger") === 0 ? [] : [`${count("younger")} left, changed since`]),
	];
	return { state: count("removed") === 0 ? "ok" : "changed", detail: notes.join(", ") || "nothing there" };
}
