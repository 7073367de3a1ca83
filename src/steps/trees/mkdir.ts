import { capability } from "../../capability/names.ts";
import { lackOf, observeWithheld } from "../../capability/withheld.ts";
import { fileMode, oneOrMany, path } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional, orShort, required } from "../../config/mapping.ts";
import { accessAcl } from "../../files/acl.ts";
import { hasAccessList, hasAccessListAt, removeAccessList } from "../../files/exact-mode.ts";
import { isDirectory } from "../../files/kind.ts";
import { isMountedApart, isReadOnly } from "../../files/mount-facts.ts";
import { lookTrusted, mustOpenTrusted, openTrusted, statTrusted } from "../../files/open.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { octal } from "../../files/permissions.ts";
import { wouldOpen } from "../../files/read.ts";
import { makeDirectory } from "../../files/stage.ts";
import type { Identity } from "../../identity/identity.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { must } from "../../sys/act.ts";
import { AT, O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { orAsUser } from "../common/as-user.ts";
import { refuseGiven } from "../common/believed.ts";
import { makeDirectories } from "../common/directories.ts";
import { mayNeedForSetgid, toSetSetgid } from "../common/mode.ts";
import { refusedAt, toldBy, unplaceable, untrustedOnTheWay } from "../common/obstacle.ts";
import { groupField, hasOtherOwner, type Owner, ownerField, ownerText, resolveOwner, toGiveOwner } from "../common/owner.ts";
import { isClosed, mayMake, mayReach, toReach, toWriteBeside } from "../common/reach.ts";
import { judgeReached } from "../common/reached.ts";
import { readOnlyObstacle, refusal } from "../common/refusal.ts";
import { isMetAsItIs, isRefusal } from "../common/usable.ts";
import type { Beholder, Need, Obstacle, Step } from "../step.ts";
import { isRoots, placeOfOpened } from "./system-paths.ts";

export interface MkdirAction extends Owner {
	readonly paths: readonly string[];
	readonly mode: number;
	/** For directories above that have to be made; they belong to root. */
	readonly parentsMode: number;
}

const fields = {
	path: required(() => oneOrMany(path())),
	mode: optional(fileMode, 0o755),
	owner: ownerField,
	group: groupField,
	parents_mode: optional(fileMode, 0o755),
};

const permissions = 0o7777;

export const mkdir: Step<FieldsOutput<typeof fields>, MkdirAction> = {
	summary: "Makes directories with exactly this mode and owner; one that is there is corrected.",
	schema: () => orShort("path", mapping(fields)),
	plan: ({ path, mode, owner, group, parents_mode: parentsMode }, { target, accounts, reads }) => {
		const given = resolveOwner(owner, group, target, accounts);
		const paths = path.map((each) => absolutePath(each, mustRead("getcwd", reads.getcwd())));
		for (const each of paths) {
			refuseGiven("mkdir", each, given, reads);
		}
		return { ...given, paths, mode, parentsMode: atOnce(parentsMode) };
	},
	describe: (action) => `${action.paths.join(" ")} mode ${octal(action.mode)} owner ${ownerText(action)}`,
	needs: (action, reads) => action.paths.flatMap((path) => needsFor(action, path, reads)),
	gives: ({ paths, uid, gid, mode }) => paths.map((path) => ({ what: "owned", path, uid, gid, mode: () => S.IFDIR | mode })),
	mayNeed: ({ paths, mode, uid, gid }) =>
		paths.flatMap((path): Need[] => [
			...(uid === undefined && gid === undefined ? [] : [toGiveOwner(path)]),
			toSetMode(path),
			...((mode & S.ISGID) === 0 ? [] : [mayNeedForSetgid(path)]),
			...mayMake(path),
			...mayReach(path),
		]),
	obstacles: (action, reads, _, beholder) => {
		const found = action.paths.flatMap((path) => {
			const there = obstaclesAt(path, reads);
			return there.length > 0 || beholder === undefined ? there : refusedThere(action, path, reads, beholder);
		});
		// What is closed above several of them is told once.
		return found.filter(({ message }, index) => found.findIndex((each) => each.message === message) === index);
	},
	makes: ({ paths, mode, uid, gid }) => paths.map((path) => ({ path, directory: { mode, uid, gid } })),
	usesProcesses: false,
	apply: (action, context) =>
		orAsUser(action, context, ({ host, target }) => {
			const results = action.paths.map((path) => ({ path, ...reach(host, action, path, target) }));
			const pathsWith = (...states: readonly Reached["state"][]) =>
				results.filter(({ state }) => states.includes(state)).map(({ path }) => path);
			const told = (paths: readonly string[], tell: (paths: string) => string) => (paths.length === 0 ? [] : [tell(paths.join(" "))]);
			const changed = pathsWith("changed", "unlisted");
			const readOnly = pathsWith("read-only");
			const notes = [
				...told(changed, (paths) => `made or corrected ${paths}`),
				...told(pathsWith("unlisted"), (paths) => `removed the access control list of ${paths}`),
				...told(pathsWith("left"), (paths) => `${paths} may not be changed, but the user can use it`),
				...told(readOnly, (paths) => `read-only: ${paths} cannot be changed, but the user can read it`),
				...results.flatMap(({ path, note }) => (note === undefined ? [] : [`${path}: ${note}`])),
			];
			const isSkipped = readOnly.length === results.length;
			return { state: changed.length > 0 ? "changed" : isSkipped ? "skipped" : "ok", detail: notes.join("; ") || "already there" };
		}),
};

function obstaclesAt(path: string, reads: Reads): Obstacle[] {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const isOther = typeof stat === "number" ? stat === -errno.ENOTDIR : !isDirectory(stat);
	if (isOther) {
		return [{ message: notDirectory(path), at: [path] }];
	}
	if (typeof stat !== "number") {
		return [];
	}
	const readOnly = readOnlyObstacle(reads, path, "mkdirat");
	if (readOnly.length > 0 || reads.getresuid()[1] === 0) {
		return [...readOnly];
	}
	const top = topmostMissing(reads, path);
	// Whoever may write beside a link that leads nowhere makes nothing in its place: that is told when it is the step's turn.
	const isFree = typeof reads.statat(AT.FDCWD, top, AT.SYMLINK_NOFOLLOW) === "number";
	return isFree ? unplaceable(reads, top, "mkdirat") : [];
}

/** By what is there. */
function refusedThere(action: MkdirAction, path: string, reads: Reads, { target, permitted }: Beholder): Obstacle[] {
	const untrusted = untrustedOnTheWay(reads, path);
	const fd = untrusted.length > 0 ? -errno.ELOOP : openTrusted(reads, path, O.PATH | O.DIRECTORY);
	if (fd < 0) {
		const isThere = fd === -errno.ENOENT && typeof reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW) !== "number";
		return isThere ? [refusedAt(reads, path, new SyscallError("mkdirat", errno.EEXIST))] : untrusted;
	}
	return withDescriptor(reads, fd, () => {
		const stat = reads.fstat(fd);
		if (typeof stat === "number") {
			return [];
		}
		const { mode, uid } = action;
		const otherMode = (stat.mode & permissions) !== mode;
		const otherOwner = hasOtherOwner(stat, action);
		if (!otherMode && !otherOwner) {
			return [];
		}
		try {
			refuseSystem(reads, fd, stat, path);
		} catch (error) {
			return toldBy(error, path);
		}
		const isFixed = isReadOnly(reads, fd);
		const isNotOurs = otherMode && stat.uid !== reads.getresuid()[1] && !permitted.has(capability("FOWNER"));
		const isNotGiven = otherOwner && uid !== undefined && uid !== stat.uid && !permitted.has(capability("CHOWN"));
		const isMet = (!isFixed || isMountedApart(reads, fd)) && isMetAsItIs(stat, mode, action, target, isFixed);
		if (isMet || !(isFixed || isNotOurs || isNotGiven)) {
			return [];
		}
		const call = isFixed ? otherMode : isNotOurs;
		return [refusedAt(reads, path, new SyscallError(call ? "fchmod" : "fchownat", isFixed ? errno.EROFS : errno.EPERM))];
	});
}

function refuseSystem(reads: Reads, fd: number, stat: Stat, path: string): void {
	if (isRoots(placeOfOpened(reads, fd, stat))) {
		fail("CONFIG_INVALID_VALUE", `mkdir ${quoted(path)}: the directories of the system keep their owners and modes`, {
			remedy: ["name what the workload uses"],
		});
	}
}

function topmostMissing(reads: Reads, path: string): string {
	const { parent } = splitPath(path);
	return typeof reads.statat(AT.FDCWD, parent, 0) === "number" && parent !== "/" ? topmostMissing(reads, parent) : path;
}

function notDirectory(path: string): string {
	return `${quoted(path)} or something on the way to it is there and is not a directory`;
}

/** mkdir(2) takes no other bits, and what is above gets its mode at once. */
function atOnce(mode: number): number {
	return mode <= 0o1777 ? mode : fail("CONFIG_INVALID_VALUE", "parents_mode is at most 1777: set-user-ID and set-group-ID are not given");
}

function needsFor(action: MkdirAction, path: string, reads: Reads): Need[] {
	const stat = statTrusted(reads, path);
	const [, self] = reads.getresuid();
	const [, ownGroup] = reads.getresgid();
	const needs: Need[] = [];
	if (hasOtherOwner(stat ?? { uid: self, gid: ownGroup }, action)) {
		// One that exists may do as it is.
		needs.push({ ...toGiveOwner(path), certain: stat === undefined && !isClosed(reads, path) });
	}
	needs.push(stat === undefined ? toWriteBeside(path) : toReach(path));
	if (stat !== undefined && stat.uid !== self && ((stat.mode & permissions) !== action.mode || hasAccessListAt(reads, path))) {
		needs.push(toSetMode(path));
	}
	if ((action.mode & S.ISGID) !== 0 && (stat === undefined || (stat.mode & permissions) !== action.mode)) {
		needs.push(toSetSetgid(path, stat, reads));
	}
	return needs;
}

function toSetMode(path: string): Need {
	return { anyOf: ["FOWNER"], certain: false, purpose: `to set the mode of ${path}` };
}

interface Reached {
	readonly state: "as it was" | "changed" | "unlisted" | "left" | "read-only";
	readonly note?: string | undefined;
}

function reach(host: Host, action: MkdirAction, path: string, target: Identity): Reached {
	const added: string[] = [];
	try {
		const made = makeMissing(host, path, action, (each) => added.unshift(each));
		const fd = made ?? mustOpenTrusted(host, path, O.PATH | O.DIRECTORY);
		const isMade = made !== undefined;
		const reached = withDescriptor(host, fd, () => correct(host, { fd, path, isMade }, action, target));
		return isMade ? { ...reached, state: "changed" } : reached;
	} catch (error) {
		for (const each of added) {
			removeEmpty(host, each);
		}
		if (error instanceof SyscallError && error.is("ENOTDIR")) {
			fail("STEP_FAILED", notDirectory(path));
		}
		throw refusal(error, { reads: host, path });
	}
}

/** What was made for one that did not become what it shall be: on NFS it is nobody's, which would keep the user from making its own. */
function removeEmpty(host: Host, path: string): void {
	const { parent, name } = splitPath(path);
	const directory = lookTrusted(host, parent, O.PATH | O.DIRECTORY);
	if (directory >= 0) {
		withDescriptor(host, directory, () => host.unlinkat(directory, name, AT.REMOVEDIR));
	}
}

interface Opened {
	readonly fd: number;
	readonly path: string;
	/** It was missing. */
	readonly isMade: boolean;
}

/** The mode first, while a new directory is still ours: then CHOWN is the only capability it takes. chmod(2) */
function correct(host: Host, { fd, path, isMade }: Opened, action: MkdirAction, target: Identity): Reached {
	const { mode, uid, gid } = action;
	const stat = mustRead("fstat", host.fstat(fd));
	// A new one has no list any more; what an older one hands on to others is its owner's decision.
	const isListed = hasAccessList(host, fd, stat);
	const otherMode = (stat.mode & permissions) !== mode || isListed;
	const otherOwner = hasOtherOwner(stat, action);
	if (!otherMode && !otherOwner) {
		return { state: "as it was" };
	}
	if (!isMade) {
		refuseSystem(host, fd, stat, path);
		refuseOpening(host, fd, stat, path, action, target);
	}
	try {
		if (otherMode) {
			if (gid !== undefined && gid !== stat.gid && (mode & S.ISGID) === 0) {
				// The group it has, from the directory above perhaps, gets no way in; the setgid bit may take a group of ours. chmod(2)
				must(host, "fchownat", fd, "", undefined, gid, AT.EMPTY_PATH);
			}
			const readable = must(host, "open", fd, ".", O.RDONLY | O.DIRECTORY, 0, 0) as number;
			withDescriptor(host, readable, () => {
				removeAccessList(host, readable);
				must(host, "fchmod", readable, mode);
			});
		}
		if (otherOwner) {
			must(host, "fchownat", fd, "", uid, gid, AT.EMPTY_PATH);
		}
	} catch (error) {
		const isReadOnly = error instanceof SyscallError && error.is("EROFS") && isMountedApart(host, fd);
		if (!isMade && (isReadOnly || isRefusal(error)) && isMetAsItIs(stat, mode, action, target, isReadOnly)) {
			return { state: isReadOnly ? "read-only" : "left" };
		}
		throw error;
	}
	const now = mustRead("fstat", host.fstat(fd));
	requireSetgid(host, now, path, mode);
	const note = judgeReached(now, { path, wanted: action, target });
	return { state: note !== undefined ? "left" : isListed ? "unlisted" : "changed", note };
}

/** One that holds what the user does not see, and that it could have moved here, is not opened to it in the name of making one. */
function refuseOpening(reads: Reads, fd: number, stat: Stat, path: string, action: MkdirAction, target: Identity): void {
	if (!wouldOpen(reads, path, { stat, acl: accessAcl(reads, fd), wanted: action }, target, 5)) {
		return;
	}
	const readable = mustRead("open", reads.openRead(fd, ".", O.RDONLY | O.DIRECTORY, 0));
	if (withDescriptor(reads, readable, () => mustRead<string[]>("getdents64", reads.readDirectory(readable))).length > 0) {
		fail("STEP_FAILED", `${quoted(path)} is closed to uid ${target.uid}, who could have put it there, and not empty`, {
			remedy: [
				`if what is in it is meant for that user: - own: ${yamlScalar(path)}`,
				"otherwise take it away, or keep it where only root can write",
			],
		});
	}
}

/** The kernel drops the bit without a word when the group is none of ours and FSETID is missing. chmod(2) */
function requireSetgid(reads: Reads, now: Stat, path: string, mode: number): void {
	if ((now.mode & permissions) === (mode & ~S.ISGID) && (mode & S.ISGID) !== 0) {
		const { message, remedy } = lackOf(["FSETID"], observeWithheld(reads));
		fail("STEP_FAILED", `fchmod on ${quoted(path)}: the setgid bit was not set: CAP_FSETID is ${message}`, { remedy });
	}
}

/** A directory that was missing, open, and for us alone until it is what it shall be; `undefined` when there is one. */
function makeMissing(host: Host, path: string, { parentsMode }: MkdirAction, onMade: (path: string) => void): number | undefined {
	const existing = openTrusted(host, path, O.PATH);
	if (existing >= 0) {
		host.close(existing);
		return undefined;
	}
	if (existing !== -errno.ENOENT) {
		throw new SyscallError("open", existing);
	}
	const { parent, name } = splitPath(path);
	makeDirectories(host, parent, parentsMode, onMade);
	const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
	const made = withDescriptor(host, directory, () => makeDirectory(host, directory, name));
	const fd = mustRead("mkdirat", made);
	onMade(path);
	return fd;
}
