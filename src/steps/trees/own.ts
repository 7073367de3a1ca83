import { choice, fileMode, nonEmptyText, oneOrMany, pathPattern } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional, orShort, required } from "../../config/mapping.ts";
import { hasAccessListAt } from "../../files/exact-mode.ts";
import { isDirectory } from "../../files/kind.ts";
import { mustOpenTrustedEntry, statTrustedEntry } from "../../files/open.ts";
import { fail } from "../../report/failure.ts";
import { matches } from "../../report/pattern.ts";
import { quoted } from "../../report/text.ts";
import { O } from "../../sys/constants.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { exactMode, hasSetIds, type Modes, missingMode, modesText, refuseSetIds, saysAllOfGroup } from "../common/mode.ts";
import { groupField, hasOtherOwner, ownerField, ownerText, resolveOwner } from "../common/owner.ts";
import { mayReach, toReach } from "../common/reach.ts";
import { refusal } from "../common/refusal.ts";
import { isOfSystem, isShared } from "../common/system-names.ts";
import { mayBeUnmapped } from "../common/unmapped.ts";
import type { Need, Step } from "../step.ts";
import { hasLostAndFound, lostAndFound } from "./lost-and-found.ts";
import { believedPlace, isRoots, placeOfOpened, type SystemPlace } from "./system-paths.ts";
import { topObstacles } from "./top-obstacles.ts";
import { combine, reachTree, type Which } from "./tree.ts";
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

const policies = ["off", "top-only", "if-root-differs", "mismatched", "unusable", "always", "idmap-or-chown"] as const;

export interface OwnAction extends TreeGoal {
	readonly policy: (typeof policies)[number];
	/** Patterns for the names in a directory that is walked; with any other name there it is not touched. */
	readonly onlyIfContents: readonly string[] | undefined;
}

const modeFields = { dirs: optional(fileMode), files: optional(fileMode) };

const fields = {
	path: required(() => oneOrMany(pathPattern())),
	owner: ownerField,
	group: groupField,
	only_if_contents: optional(() => oneOrMany(nonEmptyText())),
	policy: optional(() => choice(...policies), "mismatched"),
	modes: optional(() => mapping(modeFields)),
	...walkFields,
};

export const own: Step<FieldsOutput<typeof fields>, OwnAction> = {
	summary: "Gives a tree its owner: only entries with another owner are changed, links are never followed.",
	schema: () => orShort("path", mapping(fields)),
	plan: (config, { target, accounts, reads }) => {
		const modes = config.modes === undefined ? undefined : exactModes(config.modes);
		const goal = treeGoal(config, resolveOwner(config.owner, config.group, target, accounts), modes, reads);
		for (const pattern of goal.patterns) {
			refuseSystemPath(pattern, config.policy, believedPlace(reads, pattern));
		}
		if (config.policy === "unusable" && goal.uid !== target.uid) {
			fail("CONFIG_CONFLICT", "own: policy unusable is about what the workload's user can use, so the owner is that user", {
				remedy: ["leave owner out, or policy"],
			});
		}
		return { ...goal, policy: config.policy, onlyIfContents: config.only_if_contents };
	},
	describe: (action) =>
		`${action.patterns.join(" ")} to ${ownerText(action)}${action.modes === undefined ? "" : modesText(action.modes)} (${action.policy})`,
	needs: (action, reads) => (action.policy === "off" ? [] : needsOfAll(action, reads, (path) => needsFor(action, path, reads))),
	mayNeed: (action) => (action.policy === "off" ? [] : action.patterns.flatMap((path) => mayNeedIn(action, path))),
	gives: (action, reads) => (action.policy === "off" ? [] : givenTrees(action, reads)),
	alters: alteredTrees,
	asksFor: (action) => (action.policy === "off" ? [] : namedTrees(action)),
	obstacles: (action, reads, _, beholder) => {
		if (action.policy === "off" || beholder === undefined) {
			return action.policy === "off" ? [] : absentTrees(action, reads);
		}
		return obstaclesOfEach(action, reads, (path) => {
			refuseAt(action, path, reads);
			return topObstacles(action, whichOf(action), path, extentAt(action, path, reads), reads, beholder);
		});
	},
	trees: (action, reads) =>
		action.policy === "off"
			? []
			: walkedTrees(
					action,
					reads,
					(top) => extentOf(action, top),
					(path, stat) => (costsSetIds(action, stat, reads) ? [changesIn(action, path)[1]] : []),
				).map((tree) => ({ ...tree, isChoosy: action.policy === "unusable" })),
	givesAway: ({ path, policy }) => (policy === "off" || policy === "top-only" ? [] : path),
	usesProcesses: false,
	apply: (action, context) => {
		if (action.policy === "off") {
			return { state: "skipped", detail: "policy off" };
		}
		const found = pathsOf(action, context.host);
		for (const path of found) {
			refuseAt(action, path, context.host);
		}
		return combine(
			found.map((path) =>
				reachTree(
					action,
					mayBeUnmapped(context.host, action.uid) ? "always" : whichOf(action),
					path,
					extentAt(action, path, context.host),
					context,
				),
			),
		);
	},
};

function refuseAt(action: OwnAction, path: string, reads: Reads): void {
	// A pattern may have led here.
	refuseSystemPath(path, action.policy, believedPlace(reads, path));
	if (action.onlyIfContents !== undefined) {
		refuseOtherContents(action, action.onlyIfContents, path, reads);
	}
}

function extentAt(action: OwnAction, path: string, reads: Reads) {
	return (stat: Stat, fd: number) => {
		// A name may be another one of what it stands for.
		refuseSystemPath(path, action.policy, placeOfOpened(reads, fd, stat));
		return extentOf(action, stat);
	};
}

export function refuseSystemPath(path: string, policy: OwnAction["policy"], place?: SystemPlace): void {
	const isSystem = isOfSystem(path) || isRoots(place);
	if (policy !== "off" && (isSystem || ((isShared(path) || place === "shared") && policy !== "top-only"))) {
		const what =
			place === "believed" && !isOfSystem(path) && !isShared(path)
				? "what the next start believes or runs is"
				: "the directories of the system are";
		fail("CONFIG_INVALID_VALUE", `own ${quoted(path)}: ${what} not given away`, {
			remedy: [`name the directories that the workload writes to${isSystem ? "" : ", or policy: top-only"}`],
		});
	}
}

function exactModes({ dirs, files }: FieldsOutput<typeof modeFields>): Modes {
	const exact = (mode: number | undefined) => (mode === undefined ? undefined : exactMode(mode));
	const modes = { directories: exact(dirs), files: exact(files), others: undefined };
	refuseSetIds("own", modes);
	return modes;
}

function whichOf({ policy }: OwnAction): Which {
	return policy === "unusable" || policy === "always" ? policy : "different";
}

/** The top directory is changed last, so one that is right tells that a walk was completed. */
function extentOf(action: OwnAction, stat: Stat): Extent {
	const { policy, modes } = action;
	if (policy === "if-root-differs" && !hasOtherOwner(stat, action) && missingMode(stat, modes) === undefined) {
		return "nothing";
	}
	return policy !== "top-only" && isDirectory(stat) ? "tree" : "entry";
}

/** The top tells whether there is anything to do; what lies deeper only the walk will know. */
function needsFor(action: OwnAction, path: string, reads: Reads): Need[] {
	const { policy, modes } = action;
	const stat = statTrustedEntry(reads, path);
	const hasList = stat !== undefined && saysAllOfGroup(stat, modes) && hasAccessListAt(reads, path);
	const isRight = stat !== undefined && !hasOtherOwner(stat, action) && missingMode(stat, modes) === undefined && !hasList;
	if (stat === undefined || (isRight && (policy === "top-only" || policy === "if-root-differs"))) {
		return [toReach(path)];
	}
	const [chown, fowner] = changesIn(action, path);
	return [...chown, setsModes(action) ? fowner : { ...fowner, isSpare: true }, ...needsForSetgid(action, path, stat, reads), toReach(path)];
}

function mayNeedIn(action: OwnAction, path: string): Need[] {
	return [...changesIn(action, path).flat(), ...mayNeedSetgid(action, path), ...mayReach(path)];
}

/** A new owner costs a file its set-user-ID bit, and for the kernel that is a change of mode. */
function changesIn(action: OwnAction, path: string): [chown: Need[], fowner: Need] {
	const keepsOwners = action.uid === undefined && action.gid === undefined;
	return [
		keepsOwners ? [] : [{ anyOf: ["CHOWN"], certain: false, purpose: `to change owners in ${path}` }],
		{
			anyOf: ["FOWNER"],
			certain: false,
			purpose: setsModes(action) ? `to set modes in ${path}` : `to re-own set-user-ID files in ${path}`,
		},
	];
}

/** A link that the walk leaves alone keeps them. */
function costsSetIds(action: OwnAction, stat: Stat, reads: Reads): boolean {
	const isChanged = action.policy === "always" || hasOtherOwner(stat, action);
	return isChanged && hasSetIds(stat) && stat.uid !== reads.getresuid()[1] && (stat.nlink === 1 || action.hardLinks === "change");
}

function setsModes({ policy, modes }: OwnAction): boolean {
	return policy === "unusable" || modes !== undefined;
}

/** A guard against the wrong volume: nothing of a directory is changed that holds what nobody expected. */
export function refuseOtherContents(action: OwnAction, expected: readonly string[], path: string, reads: Reads): void {
	const stat = statTrustedEntry(reads, path);
	if (stat === undefined || extentOf(action, stat) !== "tree") {
		return;
	}
	const isExpected = (name: string) => expected.some((each) => matches(name, each) && (!name.startsWith(".") || each.startsWith(".")));
	const [other] = namesOf(reads, path)
		.filter((name) => !action.exclude.includes(name) && !isExpected(name))
		.sort();
	if (other !== undefined) {
		fail("STEP_FAILED", `${quoted(path)} holds ${quoted(other)}, which only_if_contents does not expect; nothing was changed`, {
			remedy: ["mount the right volume, or add the name; on_error: warn starts all the same"],
		});
	}
}

function namesOf(reads: Reads, path: string): readonly string[] {
	try {
		return withDescriptor(reads, mustOpenTrustedEntry(reads, path, O.RDONLY | O.DIRECTORY), (fd) =>
			mustRead<string[]>("getdents64", reads.readDirectory(fd)).filter((name) => name !== lostAndFound || !hasLostAndFound(reads, fd)),
		);
	} catch (error) {
		throw refusal(error, { reads, path, readsOnly: true });
	}
}
