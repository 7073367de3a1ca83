import { choice, flag, integer, nonEmptyText, oneOrMany } from "../../config/fields.ts";
import { type FieldsOutput, list, optional } from "../../config/mapping.ts";
import { isPattern } from "../../files/glob.ts";
import { isDirectory } from "../../files/kind.ts";
import { statTrustedEntry } from "../../files/open.ts";
import { absolutePath } from "../../files/path-text.ts";
import { quoted } from "../../report/text.ts";
import { AT, S } from "../../sys/constants.ts";
import { saysAbsent } from "../../sys/errno.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { errnoOf, mustRead } from "../../sys/observe.ts";
import { givesSetgid, type Modes, mayNeedForSetgid, missingMode, toSetSetgid } from "../common/mode.ts";
import { absent, toldBy } from "../common/obstacle.ts";
import type { Owner } from "../common/owner.ts";
import { makeFirst } from "../common/refusal.ts";
import type { Gift, Made, Need, Obstacle, WalkedTree } from "../step.ts";
import { findTrusted, mustFindTrusted, toFind } from "./find.ts";

/** What every entry shall have, and which entries are concerned. */
export interface TreeGoal extends Owner {
	/** Paths as they are written: a link among them is an error, one that a pattern finds is not. */
	readonly patterns: readonly string[];
	/** `undefined` leaves them all as they are. */
	readonly modes: Modes | undefined;
	readonly exclude: readonly string[];
	readonly crossMounts: boolean;
	readonly hardLinks: "skip" | "change";
	readonly maxDepth: number;
}

/** How much of what a path names is concerned. */
export type Extent = "nothing" | "entry" | "tree";

/** How far a step goes into a tree. */
export const walkFields = {
	exclude: list(() => oneOrMany(nonEmptyText())),
	cross_mounts: optional(flag, false),
	hard_links: optional(() => choice("skip", "change"), "skip"),
	max_depth: optional(() => integer(1, 1000), 256),
};

type WalkConfig = FieldsOutput<typeof walkFields> & { readonly path: readonly string[] };

export function treeGoal(config: WalkConfig, { uid, gid }: Owner, modes: Modes | undefined, reads: Reads): TreeGoal {
	return {
		uid,
		gid,
		patterns: config.path.map((each) => absolutePath(each, mustRead("getcwd", reads.getcwd()))),
		modes,
		exclude: config.exclude,
		crossMounts: config.cross_mounts,
		hardLinks: config.hard_links,
		maxDepth: config.max_depth,
	};
}

/** Everything below what is written before the first pattern. */
export function alteredTrees({ patterns }: TreeGoal): Made[] {
	return patterns.map((pattern) => ({ path: pattern.replace(/\/[^/]*[*?].*$/, "") || "/", isTree: true, leaves: "content" }));
}

/** What becomes of what they name; for an owner a pattern stands for all that it will name. */
export function givenTrees({ patterns, uid, gid, modes }: TreeGoal, reads: Reads): Gift[] {
	const mode = (before: number | undefined) =>
		before === undefined ? undefined : (before & S.IFMT) | (missingMode({ mode: before }, modes) ?? before & ~S.IFMT);
	return patterns
		.flatMap((pattern) => (uid === undefined && isPattern(pattern) ? findTrusted(reads, pattern) : [pattern]))
		.map((path) => ({ what: "owned", path, uid, gid, mode }));
}

/** A pattern may name nothing. */
export function namedTrees({ patterns }: TreeGoal): string[] {
	return patterns.filter((each) => !isPattern(each));
}

export function absentTrees(goal: TreeGoal, reads: Reads): Obstacle[] {
	return namedTrees(goal).flatMap((path) => {
		const found = absent(reads, path, "open", { meanings: absentMeanings(path) });
		// A link that leads nowhere is there, and refused as the link that it is.
		return found.length > 0 && typeof reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW) !== "number"
			? [{ ...notFollowed(reads, path), at: [path] }]
			: found;
	});
}

export function notFollowed(reads: Reads, path: string): { readonly message: string; readonly remedy: readonly string[] } {
	const target = reads.readlinkat(AT.FDCWD, path);
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	const isOfRoot = typeof stat !== "number" && stat.uid === 0;
	const leads = typeof target === "string" ? target : path;
	const isBroken = saysAbsent(errnoOf(reads.statat(AT.FDCWD, path, 0)));
	const remedy = !isOfRoot
		? "remove it: it is not root's, and who made it would be given what it leads to"
		: isBroken
			? `remove it, or make what is missing where it leads to: ${quoted(leads)}`
			: `name the real path: it leads to ${quoted(leads)}`;
	return { message: `${quoted(path)} is a symbolic link, which is not followed`, remedy: [remedy] };
}

/** Each path that is found, and what stands in the way there. */
export function obstaclesOfEach(goal: TreeGoal, reads: Reads, obstaclesAt: (path: string) => Obstacle[]): Obstacle[] {
	const missing = absentTrees(goal, reads);
	if (missing.length > 0) {
		return missing;
	}
	try {
		return pathsOf(goal, reads).flatMap(obstaclesAt);
	} catch (error) {
		return toldBy(error, ...goal.patterns);
	}
}

export function absentMeanings(path: string) {
	return { ENOENT: { ...makeFirst("it does not exist", path), isOfAnyKind: true } };
}

/** What its patterns name now. */
export function pathsOf({ patterns }: TreeGoal, reads: Reads): string[] {
	return patterns.flatMap((pattern) => mustFindTrusted(reads, pattern, { readsOnly: true }));
}

/** What looking takes, and then each path that is found. */
export function needsOfAll({ patterns }: TreeGoal, reads: Reads, needsFor: (path: string) => readonly Need[]): Need[] {
	return patterns.flatMap((pattern) => [...toFind(pattern), ...findTrusted(reads, pattern).flatMap(needsFor)]);
}

/** What it would change now, as deep as `extentOf` says for each path. What `needsAt` says stands beside the setgid bit of directories. */
export function walkedTrees(
	goal: TreeGoal,
	reads: Reads,
	extentOf: (top: Stat) => Extent,
	needsAt: (path: string, stat: Stat) => readonly Need[],
): WalkedTree[] {
	const { exclude, crossMounts, maxDepth, modes, uid, gid } = goal;
	const lacksSetgid = (stat: Stat) => givesSetgid(modes) && isDirectory(stat) && missingMode(stat, modes) !== undefined;
	const becomes = (stat: Stat): Stat => {
		const mode = missingMode(stat, modes) ?? stat.mode;
		return { ...stat, uid: uid ?? stat.uid, gid: gid ?? stat.gid, mode: (stat.mode & S.IFMT) | (mode & ~S.IFMT) };
	};
	const treeAt = (path: string, top: Stat, extent: Extent): WalkedTree => ({
		path,
		top,
		exclude,
		crossMounts,
		maxDepth: extent === "tree" ? maxDepth : 0,
		becomes,
		needsAt: (stat) => [...needsAt(path, stat), ...(lacksSetgid(stat) ? [toSetSetgid(path, stat, reads)] : [])],
	});
	return goal.patterns.flatMap((pattern) =>
		findTrusted(reads, pattern).flatMap((path) => {
			const top = statTrustedEntry(reads, path);
			const extent = top === undefined ? "nothing" : extentOf(top);
			return top === undefined || extent === "nothing" ? [] : [treeAt(path, top, extent)];
		}),
	);
}

/** What the top lacks is known to be needed; what lies deeper is not looked at. */
export function needsForSetgid({ modes }: TreeGoal, path: string, top: Stat, reads: Reads): Need[] {
	return givesSetgid(modes) ? [toSetSetgid(path, missingMode(top, modes) === undefined ? undefined : top, reads)] : [];
}

export function mayNeedSetgid({ modes }: TreeGoal, path: string): Need[] {
	return givesSetgid(modes) ? [mayNeedForSetgid(path)] : [];
}
