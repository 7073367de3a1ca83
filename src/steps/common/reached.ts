import { became, failBecame, modeAndOwner, type Wanted } from "../../files/exact-mode.ts";
import { isDirectory } from "../../files/kind.ts";
import type { Viewer } from "../../files/permissions.ts";
import { fail } from "../../report/failure.ts";
import { S } from "../../sys/constants.ts";
import type { Stat } from "../../sys/native.ts";
import { hasOtherOwner, type Owner } from "./owner.ts";
import { isMetAsItIs, maySuffice } from "./usable.ts";

/**
 * A file system may answer that it has set a mode or an owner and keep its own: VirtioFS, FUSE and drivers for clusters do, and vfat with
 * `quiet`. So one look follows each change, and what it finds is judged by the goal.
 */
export interface Goal {
	readonly path: string;
	readonly wanted: Pick<Wanted, "mode"> & Owner;
	readonly target: Viewer;
}

/**
 * What is to be told of a goal that was not quite reached and does all the same; `undefined` when it was reached. Else a Failure. A mode
 * that lets others read is for no secret: a wider one is no failure while the user can do what was meant.
 */
export function judgeReached(now: Stat, { path, wanted, target }: Goal): string | undefined {
	const { mode } = wanted;
	// A new owner takes set-user-ID and set-group-ID from files. chown(2)
	const compared = isDirectory(now) ? 0o7777 : 0o1777;
	if (((now.mode ^ mode) & compared) === 0 && !hasOtherOwner(now, wanted)) {
		return undefined;
	}
	const isMet = (mode & S.IROTH) === 0 ? isMetAlone(now, wanted, target) : maySuffice(now, mode, wanted, target);
	return isMet ? `${became(wanted, now)}, which the user can use` : failBecame(path, wanted, now);
}

const groupBits = 0o070;

/** Nobody else, root apart, may do what was meant for the owner and the group. */
function isMetAlone(now: Stat, wanted: Goal["wanted"], target: Viewer): boolean {
	const { mode, uid, gid } = wanted;
	const isOfOthers = uid !== undefined && uid !== now.uid && now.uid !== 0;
	const isForOthers = gid !== undefined && gid !== now.gid && (now.mode & groupBits) !== 0;
	return isMetAsItIs(now, mode, wanted, target) && !isOfOthers && !isForOthers;
}

export function noted(detail: string, note: string | undefined): string {
	return note === undefined ? detail : `${detail}; ${note}`;
}

/** `at` is quoted; `now` is what was found there, where it could be looked at. */
export function failIgnored(at: string, now: Stat | undefined): never {
	fail("STEP_FAILED", `${at}: the file system ignored the change${now === undefined ? "" : `: it is ${modeAndOwner(now)}`}`, {
		remedy: [
			"give it its owner and mode where it really is, on the server or the host, or by options of the mount",
			"or choose a place on a file system that keeps modes and owners: a tmpfs, say",
		],
	});
}
