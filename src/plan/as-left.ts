import { capability } from "../capability/names.ts";
import type { CapabilitySet } from "../capability/set.ts";
import { accessAcl } from "../files/acl.ts";
import { isDirectory } from "../files/kind.ts";
import { isReadOnly } from "../files/mount-facts.ts";
import { mountAt } from "../files/mountinfo.ts";
import { isWithin } from "../files/path-text.ts";
import { thisViewer } from "../files/this-process.ts";
import { alteredBy, madeBy, treesOf } from "../steps/index.ts";
import type { Made } from "../steps/step.ts";
import { AT, O, S } from "../sys/constants.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { covers } from "./below.ts";
import { leadsTo } from "./made.ts";
import type { PlannedStep } from "./plan.ts";

/** What is known of the steps before: which of them are done, and of which that cannot be told. */
export interface Before {
	readonly done: readonly PlannedStep[];
	readonly unsure: readonly PlannedStep[];
}

/** Of steps that run. Not sure is what may fail, and what waits for something that may be there by then; and what comes behind a failure is never done. */
export function beforeOf(steps: readonly PlannedStep[], isFailing: (step: PlannedStep) => boolean = () => false): Before {
	const isSure = (each: PlannedStep) => each.onError !== "warn" && each.when?.exists === undefined && !isFailing(each);
	return { done: steps.filter(isSure), unsure: steps.filter((each) => !isSure(each)) };
}

/** What is at a path when they are done. */
export type Left = There | { readonly goneBy: PlannedStep } | "absent" | "unknown";

interface There {
	readonly stat: Stat;
	/** Whether it holds what it holds now. */
	readonly isContentKnown: boolean;
}

/** What steps leave at a path without links; undefined where they do not touch it. */
export type LeftAt = (path: string) => Left | undefined;

interface Touching {
	readonly step: PlannedStep;
	readonly made: Made;
	/** Where that leads. */
	readonly at: string;
	readonly isUnsure: boolean;
}

interface Seer {
	readonly reads: Reads;
	readonly permitted: CapabilitySet;
}

export function leftBy({ done, unsure }: Before, seer: Seer): LeftAt {
	const touchings = (isUnsure: boolean) => (step: PlannedStep) =>
		[...madeBy(step.action), ...alteredBy(step.action)].map(
			(made): Touching => ({ step, made, at: leadsTo(seer.reads, made.path), isUnsure }),
		);
	// What is not sure may be done before or after the others.
	const all = [...unsure.flatMap(touchings(true)), ...done.flatMap(touchings(false)), ...unsure.flatMap(touchings(true))];
	const known = new Map<string, Left | undefined>();
	return (path) => {
		if (!known.has(path)) {
			known.set(path, leftAt(path, all, seer));
		}
		return known.get(path);
	};
}

function leftAt(path: string, all: readonly Touching[], seer: Seer): Left | undefined {
	let left: Left | undefined;
	for (const touching of all) {
		left = afterStep(touching, path, left ?? now(seer.reads, path), seer) ?? left;
	}
	return left;
}

function now(reads: Reads, path: string): Left {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	return typeof stat === "number" ? "absent" : { stat, isContentKnown: true };
}

/** Undefined where the step leaves it as it was. */
function afterStep({ step, made, at, isUnsure }: Touching, path: string, before: Left, seer: Seer): Left | undefined {
	const isExact = path === at;
	const there = typeof before === "object" && "stat" in before ? before : undefined;
	if (!isExact && !(made.isTree === true && isWithin(path, at))) {
		// What leads there is made with it.
		return isWithin(at, path) && there === undefined ? "unknown" : undefined;
	}
	if (isWithin(path, "/dev") && made.path === "/" && !mayMakeDevices(step)) {
		return undefined;
	}
	if (isUnsure) {
		return "unknown";
	}
	switch (made.leaves) {
		case "nothing":
			return { goneBy: step };
		case "emptiness":
			return isExact || mountAt(seer.reads, at)?.point === at ? "unknown" : { goneBy: step };
		case "another":
			return mountAt(seer.reads, at)?.point === at ? "unknown" : shown(step, made, path.slice(at.length), seer);
		case "content":
			return there && changed(step, path, there, seer);
		default:
			return made.from === undefined
				? placed(made, isExact, there ?? (before === "unknown" ? before : undefined), seer)
				: copied(made.from, path.slice(at.length), there ?? (before === "unknown" ? before : undefined), seer);
	}
}

/** Of a program that may make anything else. */
function mayMakeDevices({ children = {} }: PlannedStep): boolean {
	const held = Object.values(children).map((child) => ("refused" in child ? undefined : child.departure.expected.sets.permitted));
	const givers = (["MKNOD", "SYS_ADMIN"] as const).map(capability);
	return held.some((sets) => sets === undefined || givers.some((each) => sets.has(each)));
}

/** What is bound there is as it is at its source. */
function shown(step: PlannedStep, { from }: Made, below: string, { reads }: Seer): Left {
	const there = from === undefined ? "unknown" : now(reads, `${from.path}${below}`);
	return there === "absent"
		? { goneBy: step }
		: typeof there === "object" && "stat" in there
			? { ...there, isContentKnown: false }
			: "unknown";
}

/** By the walk over a tree. Where there is a list of access, a second name, or the walk is choosy, that is for the step to find. */
function changed(step: PlannedStep, path: string, there: There, { reads }: Seer): Left | undefined {
	if (isFixed(reads, path)) {
		return undefined;
	}
	const trees = treesOf(step.action, reads).filter((tree) => covers(tree, path, there.stat));
	if (trees.length === 0) {
		return there.isContentKnown ? undefined : "unknown";
	}
	const isSimple = isDirectory(there.stat) || there.stat.nlink === 1;
	return isSimple && !trees.some(({ isChoosy }) => isChoosy) && !hasList(reads, path)
		? { ...there, stat: trees.reduce((stat, tree) => tree.becomes(stat), there.stat) }
		: "unknown";
}

function hasList(reads: Reads, path: string): boolean {
	return opened(reads, path, (fd) => accessAcl(reads, fd) !== "none");
}

/** Where nothing can be changed, what a step leaves that does not fail does as it is. */
function isFixed(reads: Reads, path: string): boolean {
	return opened(reads, path, (fd) => isReadOnly(reads, fd));
}

function opened(reads: Reads, path: string, is: (fd: number) => boolean): boolean {
	const fd = reads.openRead(AT.FDCWD, path, O.PATH | O.NOFOLLOW, 0);
	return fd >= 0 && withDescriptor(reads, fd, () => is(fd));
}

/** What may not be changed can do as it is. */
function placed(
	{ path, directory, file }: Made,
	isExact: boolean,
	before: There | "unknown" | undefined,
	{ reads, permitted }: Seer,
): Left | undefined {
	const type = directory === undefined ? S.IFREG : S.IFDIR;
	const owned = directory ?? file;
	if (!isExact || owned === undefined) {
		return "unknown";
	}
	const mayAll = (["CHOWN", "FOWNER"] as const).every((name) => permitted.has(capability(name)));
	if (before === "unknown") {
		const { uid, gid } = owned;
		const isSaid = uid !== undefined && gid !== undefined && mayAll;
		return isSaid ? { stat: { ...blank, mode: type | owned.mode, uid, gid }, isContentKnown: directory !== undefined } : "unknown";
	}
	const there = before;
	if (there?.isContentKnown === true && isFixed(reads, path)) {
		return undefined;
	}
	const { uid, groups } = thisViewer(reads);
	const { stat } = there ?? { stat: { ...blank, mode: type, uid, gid: groups[0] ?? 0 } };
	const then = { ...stat, mode: type | owned.mode, uid: owned.uid ?? stat.uid, gid: owned.gid ?? stat.gid };
	const isSameOwner = stat.uid === then.uid && stat.gid === then.gid;
	const isOurs = stat.mode === then.mode || stat.uid === uid || permitted.has(capability("FOWNER"));
	const isReached = (isSameOwner || permitted.has(capability("CHOWN"))) && isOurs && (stat.mode & S.IFMT) === type;
	return there === undefined || (isReached && !hasList(reads, path)) ? { stat: then, isContentKnown: directory !== undefined } : "unknown";
}

/** Only what is not there is copied. */
function copied(from: Required<Made>["from"], below: string, there: There | "unknown" | undefined, { reads }: Seer): Left | undefined {
	if (there === "unknown") {
		return "unknown";
	}
	if (there !== undefined) {
		return below === "" && there.isContentKnown && isDirectory(there.stat) ? "unknown" : undefined;
	}
	const stat = reads.statat(AT.FDCWD, `${from.path}${below}`, AT.SYMLINK_NOFOLLOW);
	return typeof stat === "number"
		? "unknown"
		: { stat: { ...stat, uid: from.uid ?? stat.uid, gid: from.gid ?? stat.gid }, isContentKnown: false };
}

const blank: Stat = { mode: 0, uid: 0, gid: 0, nlink: 1, size: 0, mtime: 0, ctime: 0, dev: "0:0", rdev: "0:0", ino: 0n };
