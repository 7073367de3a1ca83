import type { Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { type Goal, judgeReached } from "../common/reached.ts";

/** A file system that ignores a mode or an owner does so each time: of all that get the same, the first is looked at. */
export class Looked {
	readonly #kept = new Set<string>();
	/** What is to be told of the first that was not kept and does all the same. */
	note: string | undefined;

	lookOnce(reads: Reads, fd: number, goal: Goal): void {
		const { mode, uid, gid } = goal.wanted;
		const key = `${mode} ${uid} ${gid}`;
		if (this.#kept.has(key)) {
			return;
		}
		const now = mustRead("fstat", reads.fstat(fd));
		const note = judgeReached(now, goal);
		if (note === undefined) {
			this.#kept.add(key);
		}
		this.note ??= note;
	}
}
