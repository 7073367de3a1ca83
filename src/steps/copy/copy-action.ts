import { typeOf } from "../../files/kind.ts";
import { mustOpenTrusted } from "../../files/open.ts";
import type { Viewer } from "../../files/permissions.ts";
import { openSource } from "../../files/read.ts";
import { O, S } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import type { Owner } from "../common/owner.ts";
import { isInterrupted, isUnseeded } from "./copy-stage.ts";
import { isAnyMissing, type Kept, openDirectory } from "./copy-tree.ts";

export interface CopyAction extends Owner {
	readonly from: string;
	readonly to: string;
	readonly unless: "absent" | "entry-absent";
	readonly exclude: readonly string[];
	/** Names in the target that are no content. */
	readonly ignore: readonly string[];
	readonly keep: readonly Kept[];
	readonly lockTimeoutMs: number;
	/** Who gets no more than it could read itself, where it has a say in what lies at `from`. */
	readonly readFor: Viewer;
}

/** Quietly: what is wrong is said when it is the step's turn, because an earlier step may put it right. */
export function isComplete(action: CopyAction, reads: Reads): boolean {
	try {
		return withDescriptor(reads, mustOpenTrusted(reads, action.to, O.PATH), (fd) => hasAll(action, fd, reads));
	} catch {
		return false;
	}
}

export function hasAll(action: CopyAction, target: number, reads: Reads): boolean {
	if (typeOf(mustRead("fstat", reads.fstat(target))) !== S.IFDIR) {
		return true;
	}
	return withDescriptor(reads, openDirectory(reads, { directory: target, name: "." }), (readable) => {
		if (action.unless === "absent") {
			return !isUnseeded(reads, readable, action.ignore);
		}
		const source = openSource(reads, action.from, O.RDONLY | O.DIRECTORY, action.readFor).fd;
		return withDescriptor(reads, source, () => !isInterrupted(reads, readable) && !isAnyMissing(reads, source, readable, action.exclude));
	});
}
