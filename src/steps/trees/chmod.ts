import { flag, oneOrMany, pathPattern } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional, required } from "../../config/mapping.ts";
import { hasAccessListAt } from "../../files/exact-mode.ts";
import { isDirectory } from "../../files/kind.ts";
import { statTrustedEntry } from "../../files/open.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { orAsUser } from "../common/as-user.ts";
import { type Modes, missingMode, modeSpec, modesText, refuseSetIds, saysAllOfGroup } from "../common/mode.ts";
import { mayReach, toReach } from "../common/reach.ts";
import { isOfSystem, isShared } from "../common/system-names.ts";
import type { Need, Step } from "../step.ts";
import { believedPlace, isRoots, placeOfOpened, type SystemPlace } from "./system-paths.ts";
import { topObstacles } from "./top-obstacles.ts";
import { combine, reachTree } from "./tree.ts";
import {
	absentTrees,
	alteredTrees,
	type Extent,
	givenTrees,
	mayNeedSetgid,
	namedTrees,
	needsForSetgid,
	needsOfAll,
	obstaclesOfEach,
	pathsOf,
	type TreeGoal,
	treeGoal,
	walkedTrees,
	walkFields,
} from "./tree-goal.ts";

export interface ChmodAction extends TreeGoal {
	readonly modes: Modes;
	readonly recursive: boolean;
}

const fields = {
	path: required(() => oneOrMany(pathPattern())),
	mode: optional(modeSpec),
	dirs: optional(modeSpec),
	files: optional(modeSpec),
	recursive: optional(flag, false),
	...walkFields,
};

export const chmod: Step<FieldsOutput<typeof fields>, ChmodAction> = {
	summary: "Sets modes, exactly or by changes such as u+rwX, only where they differ; links are never followed.",
	schema: () => mapping(fields, { path: ["path", "mode"] }),
	plan: (config, { reads }) => {
		const { mode, dirs = mode, files = mode, recursive } = config;
		if (dirs === undefined && files === undefined) {
			fail("CONFIG_MISSING_KEY", `chmod ${quoted(config.path.join(" "))}: give mode, or dirs and files`);
		}
		// In a tree, what is no file and no directory is left: a mode for all was hardly meant for a device that lies there.
		const modes = { directories: dirs, files, others: recursive ? undefined : mode };
		const goal = treeGoal(config, { uid: undefined, gid: undefined }, modes, reads);
		for (const pattern of goal.patterns) {
			refuseSystemPath(pattern, recursive, believedPlace(reads, pattern));
		}
		if (recursive) {
			refuseSetIds("chmod", modes);
		}
		return { ...goal, modes, recursive };
	},
	describe: ({ patterns, modes, recursive }) => `${patterns.join(" ")}${modesText(modes)}${recursive ? " with all below" : ""}`,
	needs: (action, reads) => needsOfAll(action, reads, (path) => needsFor(action, path, reads)),
	mayNeed: (action) => action.patterns.flatMap((path) => [toSetModes(path), ...mayNeedSetgid(action, path), ...mayReach(path)]),
	gives: givenTrees,
	alters: alteredTrees,
	asksFor: namedTrees,
	changesMode: ({ path }) => path,
	obstacles: (action, reads, _, beholder) =>
		beholder === undefined
			? absentTrees(action, reads)
			: obstaclesOfEach(action, reads, (path) => {
					refuseSystemPath(path, action.recursive, believedPlace(reads, path));
					return topObstacles(action, "different", path, extentAt(action, path, reads), reads, beholder);
				}),
	trees: (action, reads) =>
		walkedTrees(
			action,
			reads,
			(top) => extentOf(action, top),
			(path, stat) => (missingMode(stat, action.modes) !== undefined && stat.uid !== reads.getresuid()[1] ? [toSetModes(path)] : []),
		),
	apply: (action, anyone) =>
		orAsUser(action, anyone, (context) => {
			const found = pathsOf(action, context.host);
			for (const path of found) {
				// A pattern may have led here.
				refuseSystemPath(path, action.recursive, believedPlace(context.host, path));
			}
			return combine(found.map((path) => reachTree(action, "different", path, extentAt(action, path, context.host), context)));
		}),
};

function extentAt(action: ChmodAction, path: string, reads: Reads) {
	return (stat: Stat, fd: number) => {
		// A name may be another one of what it stands for.
		refuseSystemPath(path, action.recursive, placeOfOpened(reads, fd, stat));
		return extentOf(action, stat);
	};
}

function refuseSystemPath(path: string, recursive: boolean, place?: SystemPlace): void {
	if (isOfSystem(path) || isRoots(place) || ((isShared(path) || place === "shared") && recursive)) {
		const what =
			place === "believed" && !isOfSystem(path) && !isShared(path)
				? "paths that the next start believes or runs"
				: "the directories of the system";
		fail("CONFIG_INVALID_VALUE", `chmod ${quoted(path)}: ${what} keep their modes`, {
			remedy: ["name what the workload uses"],
		});
	}
}

function extentOf({ recursive }: ChmodAction, stat: Stat): Extent {
	return recursive && isDirectory(stat) ? "tree" : "entry";
}

function needsFor(action: ChmodAction, path: string, reads: Reads): Need[] {
	const { modes, recursive } = action;
	const stat = statTrustedEntry(reads, path);
	const [, self] = reads.getresuid();
	const isWhole = recursive && stat !== undefined && isDirectory(stat);
	const hasList = () => stat !== undefined && saysAllOfGroup(stat, modes) && hasAccessListAt(reads, path);
	if (stat === undefined || (!isWhole && missingMode(stat, modes) === undefined && !hasList())) {
		return [toReach(path)];
	}
	return [...(isWhole || stat.uid !== self ? [toSetModes(path)] : []), ...needsForSetgid(action, path, stat, reads), toReach(path)];
}

function toSetModes(path: string): Need {
	return { anyOf: ["FOWNER"], certain: false, purpose: `to set modes of others at ${path}` };
}
