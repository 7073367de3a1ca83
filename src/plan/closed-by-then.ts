import { capability } from "../capability/names.ts";
import type { CapabilitySet } from "../capability/set.ts";
import { findMount } from "../files/mountinfo.ts";
import { directoriesTo, splitPath } from "../files/path-text.ts";
import { allows, octal } from "../files/permissions.ts";
import { thisViewer } from "../files/this-process.ts";
import { refusedAt } from "../steps/common/obstacle.ts";
import { decidingSystem } from "../steps/common/refuser.ts";
import { alteredBy, madeBy, type StepAction, type StepKind } from "../steps/index.ts";
import type { Need, Obstacle } from "../steps/step.ts";
import { AT, O, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { errnoOf, SyscallError, withDescriptor } from "../sys/observe.ts";
import { type Before, type LeftAt, leftBy } from "./as-left.ts";
import { isTouched, leadsTo } from "./made.ts";
import type { PlannedStep } from "./plan.ts";

/** A directory as steps leave it. */
type Left = Pick<Stat, "mode" | "uid" | "gid">;

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
	const left = leftOf(leftBy(before, { reads, permitted })(leadsTo(reads, directory)));
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

function leftOf(left: ReturnType<LeftAt>): Left | "as it is" | "unknown" {
	return left === undefined ? "as it is" : typeof left === "object" && "stat" in left ? left.stat : "unknown";
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
