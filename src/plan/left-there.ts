import { type CapabilityName, capability } from "../capability/names.ts";
import { accessAcl } from "../files/acl.ts";
import { isDirectory, isRegular } from "../files/kind.ts";
import { isReadOnly } from "../files/mount-facts.ts";
import { thisViewer } from "../files/this-process.ts";
import { treesOf } from "../steps/index.ts";
import type { Made } from "../steps/step.ts";
import { AT, O, S } from "../sys/constants.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { covers } from "./below.ts";
import { isThere, type Left, type There, type Turn } from "./left.ts";
import type { PlannedStep } from "./plan.ts";

/** What is bound there is as it is at its source. */
export function shown(step: PlannedStep, { from }: Made, below: string, { sourceAt }: Turn): Left {
	const there = from === undefined ? "unknown" : sourceAt(`${from.path}${below}`);
	return isThere(there) ? { ...there, isContentKnown: false } : there === "unknown" ? "unknown" : { goneBy: step };
}

/** By the walk over a tree. Where there is a list of access, a second name, or the walk is choosy, that is for the step to find. */
export function changed(step: PlannedStep, path: string, there: There, { reads }: Turn): Left | undefined {
	if (isFixed(reads, path)) {
		return undefined;
	}
	const trees = treesOf(step.action, reads).filter((tree) => covers(tree, path, there.stat));
	if (trees.length === 0) {
		return there.isContentKnown ? undefined : "unknown";
	}
	const isSimple = isDirectory(there.stat) || there.stat.nlink === 1;
	return isSimple && !trees.some(({ isChoosy }) => isChoosy) && !hasList(reads, path, there.stat)
		? { ...there, stat: trees.reduce((stat, tree) => tree.becomes(stat), there.stat) }
		: "unknown";
}

function hasList(reads: Reads, path: string, stat: Stat): boolean {
	const has = (fd: number) => accessAcl(reads, fd) !== "none";
	// By a descriptor that opens it, where there is no /proc that one of O_PATH would take.
	const isOpenable = isDirectory(stat) || isRegular(stat);
	return opened(reads, path, has) && !(isOpenable && opened(reads, path, (fd) => !has(fd), O.NONBLOCK));
}

/** Where nothing can be changed, what a step leaves that does not fail does as it is. */
function isFixed(reads: Reads, path: string): boolean {
	return opened(reads, path, (fd) => isReadOnly(reads, fd));
}

function opened(reads: Reads, path: string, is: (fd: number) => boolean, flags: number = O.PATH): boolean {
	const fd = reads.openRead(AT.FDCWD, path, flags | O.NOFOLLOW, 0);
	return fd >= 0 && withDescriptor(reads, fd, () => is(fd));
}

/** What may not be changed can do as it is; what is not known now is corrected where that is allowed. */
export function placed({ path, directory, file }: Made, isExact: boolean, before: Left, { reads, permitted }: Turn): Left | undefined {
	const owned = directory ?? file;
	if (!isExact || owned === undefined) {
		return "unknown";
	}
	const type = directory === undefined ? S.IFREG : S.IFDIR;
	const isContentKnown = directory !== undefined;
	const may = (name: CapabilityName) => permitted.has(capability(name));
	if (before === "unknown") {
		const { uid, gid } = owned;
		const isSaid = uid !== undefined && gid !== undefined && may("CHOWN") && may("FOWNER");
		return isSaid ? { stat: { ...blank, mode: type | owned.mode, uid, gid }, isContentKnown } : "unknown";
	}
	const self = thisViewer(reads);
	const found = isThere(before) ? before : undefined;
	if (found?.isContentKnown === true && isFixed(reads, path)) {
		return undefined;
	}
	const { stat } = found ?? { stat: { ...blank, mode: type, uid: self.uid, gid: self.groups[0] ?? 0 } };
	const then = { ...stat, mode: type | owned.mode, uid: owned.uid ?? stat.uid, gid: owned.gid ?? stat.gid };
	const isGiven = (stat.uid === then.uid && stat.gid === then.gid) || may("CHOWN");
	const isSet = stat.mode === then.mode || stat.uid === self.uid || may("FOWNER");
	const isReached = isGiven && isSet && (stat.mode & S.IFMT) === type && !hasList(reads, path, stat);
	return found === undefined || isReached ? { stat: then, isContentKnown } : "unknown";
}

/** Only what is not there is copied. */
export function copied(from: Required<Made>["from"], below: string, before: Left, { sourceAt }: Turn): Left | undefined {
	if (isThere(before)) {
		return below === "" && before.isContentKnown && isDirectory(before.stat) ? "unknown" : undefined;
	}
	const source = before === "unknown" ? before : sourceAt(`${from.path}${below}`);
	return isThere(source)
		? { stat: { ...source.stat, uid: from.uid ?? source.stat.uid, gid: from.gid ?? source.stat.gid }, isContentKnown: false }
		: "unknown";
}

const blank: Stat = { mode: 0, uid: 0, gid: 0, nlink: 1, size: 0, mtime: 0, ctime: 0, dev: "0:0", rdev: "0:0", ino: 0n };
