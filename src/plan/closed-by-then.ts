import { capability } from "../capability/names.ts";
import type { CapabilitySet } from "../capability/set.ts";
import { accessAcl } from "../files/acl.ts";
import { findMount } from "../files/mountinfo.ts";
import { directoriesTo, isWithin, splitPath } from "../files/path-text.ts";
import { allows, octal } from "../files/permissions.ts";
import { thisViewer } from "../files/this-process.ts";
import { refusedAt } from "../steps/common/obstacle.ts";
import { decidingSystem } from "../steps/common/refuser.ts";
import { alteredBy, madeBy, type StepAction, type StepKind, treesOf } from "../steps/index.ts";
import type { Need, Obstacle } from "../steps/step.ts";
import { AT, O, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { errnoOf, SyscallError, withDescriptor } from "../sys/observe.ts";
import { isTouched, leadsTo } from "./made.ts";
import type { PlannedStep } from "./plan.ts";

/** A directory as steps leave it. */
type Left = Pick<Stat, "mode" | "uid" | "gid">;

/** What is known of the steps before: which of them are done, and of which that cannot be told. */
export interface Before {
	readonly done: readonly PlannedStep[];
	readonly unsure: readonly PlannedStep[];
}

const [toWrite, writeAndSearch] = [2, 3];

/** What a step would be refused at, where that is not to open a new file and to move it to its place. */
const calls: Readonly<Partial<Record<StepKind, { readonly makes?: string; readonly takes?: string }>>> = {
	device: { makes: "mkdirat" },
	link: { makes: "symlinkat" },
	listen: { makes: "bindUnix", takes: "unlinkat" },
	remove: { makes: "unlinkat", takes: "unlinkat" },
};

/**
 * What root without DAC_OVERRIDE or FOWNER would be refused: to write into a directory that is closed to it, as it is or as the steps before leave it, and to
 * take away what is not its own. What cannot be told before is left for the step's turn.
 */
export function closedByThen(
	{ kind }: StepAction,
	needs: readonly Need[],
	before: Before,
	permitted: CapabilitySet,
	reads: Reads,
): Obstacle[] {
	const { makes = "open", takes: takesBy = "renameat2" } = calls[kind] ?? {};
	const missed = needs.filter(({ anyOf, hasOtherWay }) => hasOtherWay !== true && !anyOf.some((name) => permitted.has(capability(name))));
	return missed.flatMap(({ unlessOpen, takes }) =>
		takes !== undefined
			? notTaken(takes, takesBy, before, reads)
			: unlessOpen?.for === "write"
				? notWritten(unlessOpen.path, makes, before, permitted, reads)
				: [],
	);
}

function notWritten(path: string, call: string, before: Before, permitted: CapabilitySet, reads: Reads): Obstacle[] {
	const directory = deepestBy(before.done, path, reads);
	const left = leftBy(before, directory, permitted, reads);
	const isOpen =
		left === "unknown" || (left === "as it is" ? isWritable(reads, directory) : allows(left, thisViewer(reads), writeAndSearch));
	return isOpen || isJudgedElsewhere(reads, path) ? [] : [refusedIn({ path, call }, directory, left, reads)];
}

function notTaken(path: string, call: string, { done, unsure }: Before, reads: Reads): Obstacle[] {
	const touched = [...done, ...unsure].flatMap(({ action }) => [...madeBy(action), ...alteredBy(action)]);
	const isAnother = [path, splitPath(path).parent].some((each) => isTouched(each, touched, reads));
	return isAnother || isJudgedElsewhere(reads, path) ? [] : [refusedAt(reads, path, new SyscallError(call, errno.EPERM))];
}

/** The deepest directory on the way to it that is there, or that a step makes. */
function deepestBy(done: readonly PlannedStep[], path: string, reads: Reads): string {
	const made = done.flatMap(({ action }) => madeBy(action)).flatMap((each) => (each.directory === undefined ? [] : [each.path]));
	return directoriesTo(path).findLast((each) => made.includes(each) || statAt(reads, each) !== undefined) ?? "/";
}

function leftBy({ done, unsure }: Before, directory: string, permitted: CapabilitySet, reads: Reads): Left | "as it is" | "unknown" {
	const at = leadsTo(reads, directory);
	const isAbout = (path: string, isTree?: true) => (isTree === true ? isWithin(at, leadsTo(reads, path)) : at === leadsTo(reads, path));
	const isBy = ({ action }: PlannedStep) => [...madeBy(action), ...alteredBy(action)].some(({ path, isTree }) => isAbout(path, isTree));
	const touching = done.filter(isBy);
	const now = statAt(reads, directory);
	if (unsure.some(isBy) || (now !== undefined && touching.length > 0 && hasList(reads, directory))) {
		return "unknown";
	}
	let left: Left | undefined = now;
	for (const step of touching) {
		left = afterStep(step, directory, left, permitted, reads);
		if (left === undefined) {
			return "unknown";
		}
	}
	return touching.length === 0 ? "as it is" : (left ?? "unknown");
}

function afterStep({ action }: PlannedStep, directory: string, left: Left | undefined, permitted: CapabilitySet, reads: Reads) {
	const { uid: self, groups } = thisViewer(reads);
	const made = madeBy(action).find(({ path }) => path === directory)?.directory;
	if (made !== undefined) {
		const { mode, uid = left?.uid ?? self, gid = left?.gid ?? groups[0] ?? 0 } = made;
		const isMade = left === undefined || mayBecome(left, { mode, uid, gid }, self, permitted);
		return isMade ? { mode: S.IFDIR | mode, uid, gid } : undefined;
	}
	const tree = treesOf(action, reads).find(({ path, maxDepth }) => path === directory || (maxDepth > 0 && isWithin(directory, path)));
	const isTreesOwn = tree !== undefined && !isExcluded(tree.exclude, tree.path, directory);
	return left !== undefined && isTreesOwn ? tree.becomes(left as Stat) : undefined;
}

function hasList(reads: Reads, directory: string): boolean {
	const fd = reads.openRead(AT.FDCWD, directory, O.PATH | O.DIRECTORY, 0);
	return fd < 0 || withDescriptor(reads, fd, () => accessAcl(reads, fd) !== "none");
}

/** What may not be changed can do as it is. */
function mayBecome(now: Left, then: Left, self: number, permitted: CapabilitySet): boolean {
	const isSameOwner = now.uid === then.uid && now.gid === then.gid;
	const isSameMode = (now.mode & ~S.IFMT) === (then.mode & ~S.IFMT);
	return (isSameOwner || permitted.has(capability("CHOWN"))) && (isSameMode || now.uid === self || permitted.has(capability("FOWNER")));
}

function isExcluded(exclude: readonly string[], top: string, directory: string): boolean {
	return exclude.length > 0 && directory !== top;
}

function isWritable(reads: Reads, directory: string): boolean {
	return errnoOf(reads.faccessat(AT.FDCWD, directory, toWrite)) !== errno.EACCES;
}

/** By a file system in which root is nobody special, so that it is done as the user; or what is there is a mount of its own, which is written to in place. */
function isJudgedElsewhere(reads: Reads, path: string): boolean {
	const fd = reads.openRead(AT.FDCWD, path, O.PATH | O.NOFOLLOW, 0);
	return decidingSystem({ reads, path }) !== undefined || (fd >= 0 && withDescriptor(reads, fd, () => findMount(reads, fd) !== undefined));
}

function refusedIn(
	{ path, call }: { readonly path: string; readonly call: string },
	directory: string,
	left: Left | "as it is" | "unknown",
	reads: Reads,
): Obstacle {
	const said = refusedAt(reads, path, new SyscallError(call, errno.EACCES));
	return typeof left === "string"
		? { ...said, at: [directory] }
		: {
				message: `${said.message}, and a step before leaves ${directory} to ${left.uid}:${left.gid} with mode ${octal(left.mode & ~S.IFMT)}`,
				remedy: said.remedy,
			};
}

function statAt(reads: Reads, path: string): Stat | undefined {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat === "number" ? undefined : stat;
}
