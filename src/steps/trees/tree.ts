import { lackOf, observeWithheld } from "../../capability/withheld.ts";
import { hasAccessList, removeAccessList } from "../../files/exact-mode.ts";
import { ownedByKernelMagic } from "../../files/file-systems.ts";
import { isDirectory, isLink } from "../../files/kind.ts";
import { isMountedApart } from "../../files/mount-facts.ts";
import { mustOpenTrusted, mustOpenTrustedEntry } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { openBelow } from "../../files/same-mount.ts";
import type { Identity } from "../../identity/identity.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { O } from "../../sys/constants.ts";
import { errnoName } from "../../sys/errno.ts";
import type { Host, OwnTreeResult, Reads, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { announcer } from "../common/announce.ts";
import { changesOf, missingMode, saysAllOfGroup } from "../common/mode.ts";
import { hasOtherOwner } from "../common/owner.ts";
import { failIgnored } from "../common/reached.ts";
import { refusal } from "../common/refusal.ts";
import { mayBeUnmapped } from "../common/unmapped.ts";
import { isRefusal, mayRead, mayUse } from "../common/usable.ts";
import type { ApplyContext, Outcome } from "../step.ts";
import { hasLostAndFound, isLostAndFound, lostAndFound } from "./lost-and-found.ts";
import { absentMeanings, type Extent, notFollowed, type TreeGoal } from "./tree-goal.ts";

/** `unusable`: only what the target user cannot use. */
export type Which = "different" | "unusable" | "always";

/** Sees what was opened, and may refuse it. */
export type ExtentOf = (stat: Stat, fd: number) => Extent;

/** A path and what it was when it was opened. */
export interface Top {
	readonly path: string;
	readonly fd: number;
	readonly stat: Stat;
}

interface Work {
	readonly goal: TreeGoal;
	readonly which: Which;
	readonly top: Top;
	readonly host: Host;
	readonly target: Identity;
	readonly progress: ApplyContext["progress"];
}

/** Reaches the goal for a path that exists, and all below it when `extentOf` says so, which sees what was opened and may refuse it. */
export function reachTree(
	goal: TreeGoal,
	which: Which,
	path: string,
	extentOf: ExtentOf,
	{ host, target, progress }: Pick<ApplyContext, "host" | "target" | "progress">,
): Outcome {
	try {
		if (!goal.patterns.includes(path) && isLostAndFound(host, path)) {
			return { state: "ok", detail: `${path} left alone` };
		}
		return withTop(goal, path, extentOf, host, (top, extent) => {
			const work = { goal, which, top, host, target, progress };
			switch (extent) {
				case "nothing":
					return { state: "ok", detail: "already right" };
				case "entry":
					return changeEntry(work);
				case "tree":
					return changeTree(work);
			}
		});
	} catch (error) {
		throw refusal(error, {
			reads: host,
			path,
			readsOnly: true,
			meanings: absentMeanings(path),
		});
	}
}

/** Opened by a way that is trusted, and what is asked of it. */
export function withTop<T>(goal: TreeGoal, path: string, extentOf: ExtentOf, reads: Reads, work: (top: Top, extent: Extent) => T): T {
	return withDescriptor(reads, mustOpenTrustedEntry(reads, path, O.PATH), (fd) => {
		const stat = mustRead("fstat", reads.fstat(fd));
		const extent = extentOf(stat, fd);
		if (isLink(stat) && goal.patterns.includes(path)) {
			const { message, remedy } = notFollowed(reads, path);
			fail("STEP_FAILED", message, { remedy });
		}
		return work({ path, fd, stat }, extent);
	});
}

/** By its name in its directory: only there can be told that it is not another name of a file from elsewhere. */
function changeEntry(work: Work): Outcome {
	const { goal, host } = work;
	const { path, stat } = work.top;
	const hasList = saysAllOfGroup(stat, goal.modes) && hasAccessList(host, work.top.fd, stat);
	const mayDiffer = hasList || work.which !== "different" || hasOtherOwner(stat, goal) || missingMode(stat, goal.modes) !== undefined;
	if (mayDiffer && !isDirectory(stat) && stat.nlink > 1 && goal.hardLinks === "skip") {
		return { state: "ok", detail: `${path} is left alone: it has ${stat.nlink} links` };
	}
	const refused = hasList ? removeList(work) : undefined;
	const { parent, name } = splitPath(path);
	const result = withDescriptor(host, mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY), (directory) => walk(work, directory, name));
	if (result.failed > 0) {
		return judgeWalk(work, result);
	}
	const list = hasList && refused === undefined ? ["access control list removed"] : [];
	const done = [...list, ...(result.changed === 0 ? [] : ["1 entry re-owned"]), ...(result.modesChanged === 0 ? [] : ["mode set"])];
	return { state: done.length === 0 ? "ok" : "changed", detail: done.join(", ") || (refused ?? "already right") };
}

/** Of one entry: in a tree, only what gets another mode is asked for a list. What refuses it, as far as that is no failure. */
function removeList({ host, top, target }: Work): string | undefined {
	try {
		removeAccessList(host, top.fd);
		return undefined;
	} catch (error) {
		if (isRefusal(error) && mayUse(top.stat, target)) {
			return `${errnoName(error.errno)} on its access control list, which gives more than the mode`;
		}
		throw error;
	}
}

function changeTree(work: Work): Outcome {
	const { host, top } = work;
	const readable = host.open(top.fd, ".", O.RDONLY | O.DIRECTORY, 0, 0);
	if (readable < 0) {
		const isMet = mayUse(top.stat, work.target) && missingMode(top.stat, work.goal.modes) === undefined;
		return judge(work, { where: top.path, error: new SyscallError("open", readable), isMet, entry: top.stat });
	}
	const [result, own] = withDescriptor(host, readable, () => {
		const left = hasLostAndFound(host, readable) ? [lostAndFound] : [];
		return [walk(work, readable, undefined, left), left] as const;
	});
	return result.failed > 0
		? judgeWalk(work, result)
		: { state: result.changed + result.modesChanged === 0 ? "ok" : "changed", detail: summary(work.goal, result, own) };
}

function walk(
	{ goal, which, host, target, progress, top }: Work,
	fd: number,
	name: string | undefined,
	left: readonly string[] = [],
): OwnTreeResult {
	const { uid, gid, crossMounts, maxDepth, exclude } = goal;
	const options = {
		name,
		uid,
		gid,
		always: which === "always",
		unusable: which === "unusable",
		user: target,
		modes: goal.modes === undefined ? undefined : changesOf(goal.modes),
		crossMounts,
		hardLinks: goal.hardLinks === "change",
		asksServer: isServed(host, fd),
		maxDepth,
		exclude: [...exclude, ...left],
	};
	const announce = announcer({ host, progress });
	const onProgress = (seen: number, changed: number) =>
		announce(() => `${seen} entries seen and ${changed} changes made so far in ${quoted(top.path)}`);
	return mustRead("statx", host.ownTree(fd, options, onProgress));
}

/** Whether another than this kernel keeps what is there. */
function isServed(reads: Reads, fd: number): boolean {
	const system = reads.fstatfs(fd);
	return typeof system === "number" || !ownedByKernelMagic(system[0]);
}

function judgeWalk(work: Work, result: OwnTreeResult): Outcome {
	const { goal, host, target } = work;
	const { path, fd, stat } = work.top;
	const first = result.failures[0] ?? { path: "", call: "statx", errno: 0 };
	const where = `${path}${first.path}`;
	if (first.call === "depth") {
		fail("STEP_FAILED", `${quoted(where)} lies deeper than max_depth ${goal.maxDepth}`);
	}
	if (first.call === "setgid") {
		const { message, remedy } = lackOf(["FSETID"], observeWithheld(host));
		fail("STEP_FAILED", `fchmod on ${quoted(where)}: the setgid bit was not set: CAP_FSETID is ${message}`, { remedy });
	}
	if (first.call === "wait4") {
		const remedy = ["if it was for memory, raise the container's limit"];
		fail("STEP_FAILED", `wait4: ${errnoName(first.errno)} on ${quoted(where)}: a process that helped with it was killed`, { remedy });
	}
	const { failed, failedButMet, failures, seen } = result;
	const others = failed === 1 ? "" : ` and ${failed - 1} more of ${seen}`;
	const error = new SyscallError(first.call, first.errno);
	// As it is by now: what a file system has ignored may have been changed in part.
	const entryAt = (below: string) => (below === "" ? statOf(host, fd) : statBelow(host, fd, below));
	// What could not even be looked at by the walk is looked at here, as far as it was recorded.
	const isMetBelow = () =>
		failed === failures.length && failures.every(({ call, path: below }) => !isChange(call) && isUsable(entryAt(below), target));
	const suffices = error.is("EROFS") ? mayRead : mayUse;
	const isMet = suffices(stat, target) && (failed === failedButMet || isMetBelow());
	return judge(work, { where, others, error, isMet, entry: entryAt(first.path) });
}

/** The walk has judged what became of these. */
function isChange(call: string): boolean {
	return ["fchmod", "ignored"].includes(call);
}

/** Looked at from the directory that was walked, again without following a link. */
function statBelow(reads: Reads, top: number, below: string): Stat | undefined {
	const fd = openBelow(reads, top, `.${below}`);
	return fd < 0 ? undefined : withDescriptor(reads, fd, () => statOf(reads, fd));
}

/** `undefined` where a server that is gone would have to answer. */
function statOf(reads: Reads, fd: number): Stat | undefined {
	const stat = reads.fstat(fd);
	return typeof stat === "number" ? undefined : stat;
}

function isUsable(stat: Stat | undefined, target: Identity): boolean {
	return stat !== undefined && mayUse(stat, target);
}

interface Refused {
	readonly where: string;
	/** How many others there are, for a message. */
	readonly others?: string;
	readonly error: SyscallError;
	/** What was refused does as it is. */
	readonly isMet: boolean;
	/** What it was. */
	readonly entry: Stat | undefined;
}

/** A refused change is no failure when the workload can already do what the change was for. To what is mounted read-only nobody can write. */
export function judge(
	{ goal, top, host, target }: Pick<Work, "goal" | "top" | "target"> & { readonly host: Reads },
	{ where, others = "", error, isMet, entry }: Refused,
): Outcome {
	const isOfUser = goal.uid === target.uid || (goal.uid === undefined && goal.gid === undefined);
	const isForUser = isOfUser && !mayBeUnmapped(host, top.stat.uid);
	const at = quoted(`${where}${others}`);
	if (isForUser && isMet && error.is("EROFS") && isMountedApart(host, top.fd)) {
		return { state: "skipped", detail: `read-only: ${at} cannot be changed, but the user can read it` };
	}
	if (isForUser && isMet && isRefusal(error)) {
		const what = error.call === "ignored" ? "the file system ignored the change of" : `${errnoName(error.errno)} on`;
		return { state: "ok", detail: `${what} ${at}, but the user can read and write there` };
	}
	if (error.call === "ignored") {
		failIgnored(at, entry);
	}
	throw refusal(error, { reads: host, path: where, others, readsOnly: true, fd: top.fd, stat: entry });
}

function summary(
	{ uid, gid, modes }: TreeGoal,
	{ seen, changed, modesChanged, hardLinked, otherMounts }: OwnTreeResult,
	left: readonly string[],
): string {
	const owners = uid !== undefined || gid !== undefined || modes === undefined;
	return [
		...(owners ? [`${changed} of ${seen} entries re-owned`] : [`${modesChanged} of ${seen} modes set`]),
		...(owners && modesChanged > 0 ? [modesChanged === 1 ? "1 mode set" : `${modesChanged} modes set`] : []),
		...(hardLinked === 0 ? [] : [`${hardLinked} with several links left alone`]),
		...(otherMounts === 0 ? [] : [`${otherMounts} on other mounts left alone`]),
		...left.map((name) => `${name} left alone`),
	].join(", ");
}

/** The outcome of several paths as one. */
export function combine(outcomes: readonly Outcome[]): Outcome {
	if (outcomes.length === 0) {
		return { state: "ok", detail: "nothing matches" };
	}
	const [state] = (["changed", "ok", "skipped"] as const).filter((one) => outcomes.some((each) => each.state === one)) as [
		Outcome["state"],
	];
	return { state, detail: outcomes.map(({ detail }) => detail).join("; ") };
}
