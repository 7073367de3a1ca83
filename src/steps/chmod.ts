import { choice, flag, integer, nonEmptyText, oneOrMany, path } from "../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../config/mapping.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { S } from "../sys/constants.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { absolutePath, statTrustedEntry } from "../sys/paths.ts";
import { findTrusted } from "./find.ts";
import { givesSetgid, type Modes, missingMode, modeSpec, modesText, refuseSetIds } from "./mode.ts";
import { toReach } from "./reach.ts";
import type { Need, Step } from "./step.ts";
import { isOfSystem, isShared } from "./system-paths.ts";
import { combine, type Extent, reachTree, type TreeGoal } from "./tree.ts";

export interface ChmodAction extends TreeGoal {
	readonly modes: Modes;
	readonly recursive: boolean;
}

const fields = {
	path: required(() => oneOrMany(path())),
	mode: optional(modeSpec),
	dirs: optional(modeSpec),
	files: optional(modeSpec),
	recursive: optional(flag, false),
	exclude: list(() => oneOrMany(nonEmptyText())),
	cross_mounts: optional(flag, false),
	hard_links: optional(() => choice("skip", "change"), "skip"),
	max_depth: optional(() => integer(1, 1000), 256),
};

export const chmod: Step<FieldsOutput<typeof fields>, ChmodAction> = {
	summary: "Sets modes, exactly or by changes such as u+rwX, only where they differ; links are never followed.",
	schema: () => mapping(fields),
	plan: ({ path: paths, mode, dirs = mode, files = mode, recursive, ...rest }, { reads }) => {
		if (dirs === undefined && files === undefined) {
			fail("CONFIG_MISSING_KEY", `chmod ${quoted(paths.join(" "))}: give mode, or dirs and files`);
		}
		const patterns = paths.map((each) => absolutePath(each, mustRead("getcwd", reads.getcwd())));
		for (const pattern of patterns) {
			refuseSystemPath(pattern, recursive);
		}
		// In a tree, what is no file and no directory is left: a mode for all was hardly meant for a device that lies there.
		const modes = { directories: dirs, files, others: recursive ? undefined : mode };
		if (recursive) {
			refuseSetIds("chmod", modes);
		}
		return {
			uid: undefined,
			gid: undefined,
			patterns,
			modes,
			recursive,
			exclude: rest.exclude,
			crossMounts: rest.cross_mounts,
			hardLinks: rest.hard_links,
			maxDepth: rest.max_depth,
		};
	},
	describe: ({ patterns, modes, recursive }) => `${patterns.join(" ")}${modesText(modes)}${recursive ? " with all below" : ""}`,
	needs: (action, reads) =>
		action.patterns.flatMap((pattern) => findTrusted(reads, pattern)).flatMap((path) => needsFor(action, path, reads)),
	apply: (action, context) => {
		const found = action.patterns.flatMap((pattern) => findTrusted(context.host, pattern));
		for (const path of found) {
			// A pattern may have led here.
			refuseSystemPath(path, action.recursive);
		}
		return combine(found.map((path) => reachTree(action, "different", path, (stat) => extentOf(action, stat), context)));
	},
};

function refuseSystemPath(path: string, recursive: boolean): void {
	if (isOfSystem(path) || (isShared(path) && recursive)) {
		fail("CONFIG_INVALID_VALUE", `chmod ${quoted(path)}: the directories of the system keep their modes`, {
			remedy: ["name what the workload uses"],
		});
	}
}

function extentOf({ recursive }: ChmodAction, { mode }: Stat): Extent {
	return recursive && (mode & S.IFMT) === S.IFDIR ? "tree" : "entry";
}

function needsFor({ modes, recursive }: ChmodAction, path: string, reads: Reads): Need[] {
	const stat = statTrustedEntry(reads, path);
	const [, self] = reads.getresuid();
	const isWhole = recursive && stat !== undefined && (stat.mode & S.IFMT) === S.IFDIR;
	if (stat === undefined || (!isWhole && missingMode(stat, modes) === undefined)) {
		return [toReach(path)];
	}
	return [
		...(isWhole || stat.uid !== self
			? [{ anyOf: ["FOWNER"], certain: false, purpose: `to set modes of others at ${path}` } as const satisfies Need]
			: []),
		...(givesSetgid(modes)
			? [{ anyOf: ["FSETID"], certain: false, isSpare: true, purpose: `to set the setgid bit at ${path}` } as const satisfies Need]
			: []),
		toReach(path),
	];
}
