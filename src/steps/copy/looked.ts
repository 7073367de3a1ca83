import type { Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { type Goal, judgeReached } from "../common/reached.ts";

/** A file system that ignores a mode or an owner does so each time: of all that get the same, the first is looked at. */
export class Looked {
	readonly #kept = new Set<string>();
	/** What is to be told of the first that was not kept and does all the same. */
	note: string | undefined;

	isKept(wanted: Goal["wanted"]): boolean {
		return this.#kept.has(keyOf(wanted));
	}

	lookOnce(reads: Reads, fd: number, goal: Goal): void {
		if (this.isKept(goal.wanted)) {
			return;
		}
		const now = mustRead("fstat", reads.fstat(fd));
		const note = judgeReached(now, goal);
		if (note === undefined) {
			this.#kept.add(keyOf(goal.wanted));
		}
		this.note ??= note;
	}
}

function keyOf({ mode, uid, gid }: Goal["wanted"]): string {
	return `${mode} ${uid} ${gid}`;
}
