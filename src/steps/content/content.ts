import { type CapabilityName, capability } from "../../capability/names.ts";
import { findMount } from "../../files/mountinfo.ts";
import { lookTrusted, mustOpenTrusted, openTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { byteLength } from "../../report/bytes.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import { isKernelsMagic } from "../../sys/proc.ts";
import { orAsUser } from "../common/as-user.ts";
import { refusedAt, toldBy, unplaceable } from "../common/obstacle.ts";
import { hasOtherOwner, toGiveOwner } from "../common/owner.ts";
import { isClosed, isInSticky, mayWrite, toReach, toTakeAway, toTakeFromSticky, toWriteBeside } from "../common/reach.ts";
import { makeFirst, refusal } from "../common/refusal.ts";
import { isMetAsItIs } from "../common/usable.ts";
import { withBytes } from "../common/with-bytes.ts";
import type { ApplyContext, Beholder, Need, Obstacle, Outcome } from "../step.ts";
import { correct, couldBeOpen } from "./correct.ts";
import type { Content, ContentGoal, Found } from "./goal.ts";
import { difference, exchanged, look, ownerFor } from "./look.ts";
import { type Place, write } from "./write.ts";

/** What writing needs. Whatever is wrong with the place is left for `reachContent` to say: an earlier step may put it right. */
export function contentNeeds(goal: ContentGoal, content: Content, reads: Reads): Need[] {
	const { path } = goal;
	const { found, differs, isReached } = observe(goal, content, reads);
	if (differs === "nothing") {
		return [toReach(path)];
	}
	const [, self] = reads.getresuid();
	const [, ownGroup] = reads.getresgid();
	const now = differs === "metadata" && found !== undefined ? found.stat : { uid: self, gid: ownGroup };
	const isGiven = hasOtherOwner(now, ownerFor(goal, found));
	return [
		...(isGiven ? [{ ...toGiveOwner(path), certain: found === undefined && (isReached || !isClosed(reads, path)) }] : []),
		...(isGiven && differs === "all" && isInSticky(path, reads) ? [{ ...toTakeFromSticky(path), takes: path }] : []),
		// Where no new file can be made, the old one is changed.
		...(differs === "metadata" ? [{ ...toWriteBeside(path), hasOtherWay: true } as const] : toTakeAway(path, reads)),
		...(found !== undefined && found.stat.uid !== self ? [toChange(path)] : []),
	];
}

/** As `contentNeeds`, whatever stands there. */
export function contentMayNeed({ path }: ContentGoal): Need[] {
	return [toGiveOwner(path), toChange(path), ...mayWrite(path)];
}

/** What keeps it from its place. What is there may do as it is, or be a mount of its own, which is written to where its directory is read-only. */
export function contentObstacles(
	goal: ContentGoal,
	content: Content,
	reads: Reads,
	isClose: boolean,
	beholder: Beholder | undefined,
): readonly Obstacle[] {
	const { path } = goal;
	const refused = unplaceable(reads, path, "open", directoryMeanings(path));
	const entry = refused.length === 0 && !isClose ? -errno.ENOENT : reads.openRead(AT.FDCWD, path, O.PATH | O.NOFOLLOW, 0);
	if (entry < 0) {
		return refused;
	}
	const isMount = withDescriptor(reads, entry, () => refused.length > 0 && findMount(reads, entry) !== undefined);
	const other = otherThanFile(path, reads);
	const isReadOnly = refused.some(({ at }) => at === undefined);
	const here = isReadOnly ? [refusedAt(reads, path, new SyscallError("open", errno.EROFS))] : refused;
	return other.length > 0 || isMount ? other : notChanged(goal, observe(goal, content, reads), here, reads, beholder);
}

/** Whoever may not change it is content with that where its mode and owner do; for a run, that is told in its turn. */
function notChanged(
	goal: ContentGoal,
	{ found, differs }: Observed,
	refused: readonly Obstacle[],
	reads: Reads,
	beholder: Beholder | undefined,
): readonly Obstacle[] {
	if (differs !== "metadata" || found === undefined || beholder === undefined) {
		return differs === "all" ? refused : [];
	}
	const mode = goal.mode ?? found.stat.mode & 0o7777;
	const isFixed = refused.length > 0;
	const lacks = (name: CapabilityName) => !beholder.permitted.has(capability(name));
	const isNotOurs = ((found.stat.mode & 0o7777) !== mode || found.hasList) && found.stat.uid !== reads.getresuid()[1] && lacks("FOWNER");
	const isKept = isNotOurs || (hasOtherOwner(found.stat, goal) && lacks("CHOWN"));
	const isMet = isMetAsItIs(found.stat, mode, goal, beholder.target, isFixed);
	if (isMet || isFixed) {
		return isMet ? [] : refused;
	}
	// Where a new file is made instead, that one is ours.
	return !isKept || couldBeOpen(goal, found, reads)
		? []
		: [refusedAt(reads, goal.path, new SyscallError(isNotOurs ? "fchmod" : "fchown", errno.EPERM))];
}

function otherThanFile(path: string, reads: Reads): Obstacle[] {
	const { parent, name } = splitPath(path);
	try {
		withDescriptor(reads, mustOpenTrusted(reads, parent, O.PATH | O.DIRECTORY), (directory) => look(reads, directory, name, path));
		return [];
	} catch (error) {
		return toldBy(error, path);
	}
}

function directoryMeanings(path: string) {
	return { meanings: { ENOENT: makeFirst("its directory does not exist", splitPath(path).parent) } };
}

function toChange(path: string): Need {
	return { anyOf: ["FOWNER"], certain: false, purpose: `to change ${path}, which belongs to somebody else` };
}

interface Observed {
	readonly found: Found | undefined;
	readonly differs: ReturnType<typeof difference>;
	/** What is there, or that nothing is, was seen. */
	readonly isReached: boolean;
}

function observe(goal: ContentGoal, content: Content, reads: Reads): Observed {
	const { parent, name } = splitPath(goal.path);
	let found: Found | undefined;
	let isReached = false;
	try {
		const directory = openTrusted(reads, parent, O.PATH | O.DIRECTORY);
		if (directory >= 0) {
			found = withDescriptor(reads, directory, () => look(reads, directory, name, goal.path));
			isReached = true;
		}
		return { found, differs: difference(goal, content, reads, found), isReached };
	} catch {
		return { found, differs: "all", isReached };
	}
}

const mostAttempts = 8;

interface Manner {
	/** Whatever the file holds now, it shall hold the same. */
	readonly isFixed: boolean;
	/** It has exactly its mode, or fails. */
	readonly isSecret?: boolean;
}

/** Reaches the goal: atomically by a new file, or in place where the file is a mount of its own. */
export function reachContent(goal: ContentGoal, content: Content, context: ApplyContext, { isFixed, isSecret = false }: Manner): Outcome {
	if (!isFixed) {
		return orAsUser(goal, context, (each) => reach(goal, content, each, isSecret));
	}
	let known: string | undefined;
	// The source may be root's to read alone.
	const once: Content = (reads, found) => {
		known ??= content(reads, found);
		return known;
	};
	try {
		return orAsUser(
			goal,
			context,
			(each) => reach(goal, once, each, isSecret),
			() => void once(context.host, undefined),
		);
	} catch (error) {
		throw withBytes(error, () => (known === undefined ? undefined : byteLength(known)));
	}
}

function reach(goal: ContentGoal, content: Content, context: ApplyContext, isSecret: boolean): Outcome {
	const { host } = context;
	const { parent, name } = splitPath(goal.path);
	try {
		const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
		return withDescriptor(host, directory, () => {
			// Another container may place the same file, and the workload of one anything.
			for (let attempt = 0; attempt < mostAttempts; attempt++) {
				const outcome = attemptOnce(goal, content, { directory, name, isSecret, target: context.target }, context);
				if (outcome !== undefined) {
					return outcome;
				}
			}
			return exchanged(goal.path);
		});
	} catch (error) {
		if (error instanceof SyscallError && error.is("EACCES", "EPERM", "ENOENT", "EROFS")) {
			refuseSetting(host, parent, goal.path);
		}
		throw refusal(error, { reads: host, path: goal.path, ...directoryMeanings(goal.path) });
	}
}

/** What stands in proc and sysfs is the kernel's, and nobody makes a file there: not even beside one, to take its place. */
function refuseSetting(reads: Reads, parent: string, path: string): void {
	const fd = lookTrusted(reads, parent, O.PATH | O.DIRECTORY);
	const system = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.fstatfs(fd));
	if (typeof system === "number" || !isKernelsMagic(system[0])) {
		return;
	}
	fail("STEP_FAILED", `${quoted(path)} is a setting of the kernel, for the whole machine: it is no file that a step makes`, {
		remedy: ["set it on the machine; what a container has of its own below /proc/sys, the step sysctl sets"],
	});
}

/** `undefined` when what was made has not got its place, or has lost it at once. */
function attemptOnce(goal: ContentGoal, content: Content, place: Place, context: ApplyContext): Outcome | undefined {
	const { host } = context;
	const found = look(host, place.directory, place.name, goal.path);
	switch (difference(goal, content, host, found)) {
		case "nothing":
			return { state: "ok", detail: goal.rewrite === "absent" ? "already there" : "already right" };
		case "metadata":
			return correct(goal, { ...place, found: found as Found }, context);
		case "all":
			return write(goal, { ...place, found }, content(host, found), host);
	}
}
