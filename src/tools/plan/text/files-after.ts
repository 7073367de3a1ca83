import { isDirectory } from "../../../files/kind.ts";
import { isReadOnlyLine, parseMounts } from "../../../files/mountinfo.ts";
import { allows } from "../../../files/permissions.ts";
import { giftsOf } from "../../../steps/facts.ts";
import type { Gift } from "../../../steps/step.ts";
import { AT } from "../../../sys/constants.ts";
import type { Stat } from "../../../sys/native.ts";
import { mustReadProc } from "../../../sys/proc.ts";
import { dueSteps } from "./gets.ts";
import type { Page } from "./page.ts";
import { isLeftOpen, toWrite } from "./walled.ts";

/** What the workload may change when the steps are done. */
export interface FilesAfter {
	readonly owns: readonly string[];
	/** Directories that keep their owners, and get what is its own. */
	readonly owns_copies_in: readonly string[];
	readonly writes_to: readonly string[];
}

type Owned = Pick<Stat, "mode" | "uid" | "gid">;

/** By what the steps say of each path, one after another, over what is there; then the volumes. */
export function filesAfter(page: Page): FilesAfter {
	const { identity } = page.plan;
	const after = new Map<string, Owned>();
	const copiesIn = new Set<string>();
	const at = (path: string) => after.get(path) ?? statOf(page, path);
	for (const gift of giftsTo(page, "owned")) {
		const found = at(gift.path);
		if (found === undefined || gift.ifAbsent === undefined) {
			after.set(gift.path, changed(found, gift));
		} else if (gift.ifAbsent === "content" && isDirectory(found) && gift.uid === identity.uid) {
			copiesIn.add(gift.path);
		}
	}
	const paths = [...new Set([...after.keys(), ...volumes(page)])];
	const isOwn = (path: string) => at(path)?.uid === identity.uid;
	const isOpen = (path: string) => {
		const stat = at(path);
		// Everybody may add to one that is sticky.
		return stat !== undefined && allows(stat, identity, 2);
	};
	return {
		owns: [...after.keys()].filter(isOwn),
		owns_copies_in: [...copiesIn].filter((path) => !isOwn(path)),
		writes_to: paths.filter((path) => (isOwn(path) ? !after.has(path) : isOpen(path)) && isLeftOpen(page, path, toWrite)),
	};
}

export function giftsTo({ reads, ...page }: Page, wanted: Gift["what"]): Gift[] {
	return dueSteps({ reads, ...page })
		.flatMap(({ action }) => giftsOf(action, reads))
		.filter(({ what }) => what === wanted);
}

/** Of nobody's mode it is for its owner alone. */
export function changed(before: Owned | undefined, { uid, gid, mode }: Gift): Owned {
	return {
		uid: uid ?? before?.uid ?? 0,
		gid: gid ?? before?.gid ?? 0,
		mode: mode?.(before?.mode) ?? before?.mode ?? 0,
	};
}

function statOf({ reads }: Page, path: string): Stat | undefined {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	return typeof stat === "number" ? undefined : stat;
}

/** Who serves these may be asleep, and would be asked. */
const asked = /^(?:fuse|nfs|cifs|smb|9p|ceph|afs)/;
/** Not of files that anybody keeps. */
const ofKernel = /^\/(?:proc|sys|dev)(?:\/|$)/;
const tableLimit = 16 * 1024 * 1024;

function volumes({ reads }: Page): string[] {
	return parseMounts(mustReadProc(reads, "self/mountinfo", tableLimit) ?? "")
		.filter((line) => !isReadOnlyLine(line) && !asked.test(line.type) && !ofKernel.test(line.point) && line.point !== "/")
		.map(({ point }) => point);
}
