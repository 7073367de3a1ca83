import { typeOf } from "../../files/kind.ts";
import { mark, removeAbandoned, withTemporaryStage } from "../../files/stage.ts";
import { must } from "../../sys/act.ts";
import { S } from "../../sys/constants.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import type { ApplyContext, Outcome } from "../step.ts";
import { type CopyAction, hasAll } from "./copy-action.ts";
import { copyBelow, newStage } from "./copy-entries.ts";
import { withLockedStage } from "./copy-stage.ts";
import { bothOpened, type Entry, isAnyMissing, isShapedBelow, type Job, namesBut, openDirectory, statEntry, survey } from "./copy-tree.ts";
import { moveNew } from "./seed-whole.ts";

export function seedExisting(action: CopyAction, job: Job, from: Entry, target: number, context: ApplyContext): Outcome | undefined {
	const { host } = job;
	const [here, there] = [mustRead("fstat", host.fstat(target)), statEntry(host, from.directory, from.name)];
	if (typeOf(here) !== S.IFDIR || there === undefined || typeOf(there) !== S.IFDIR) {
		return { state: "ok", detail: "something is there already" };
	}
	if (hasAll(action, target, host)) {
		return { state: "ok", detail: action.unless === "absent" ? "not empty" : "no entry is missing" };
	}
	survey(host, from, action.exclude);
	return withDescriptor(host, openDirectory(host, { directory: target, name: "." }), (directory) => {
		removeAbandoned(host, directory);
		return withLockedStage(action, directory, context, (stage) => {
			withDescriptor(host, openDirectory(host, from), (source) => {
				seedEntries(action, job, { from, source, target: directory, stage });
			});
			return { state: "changed", detail: `${job.copied} entries copied` };
		});
	});
}

interface Pair {
	readonly from: Pick<Entry, "path" | "isShaped">;
	/** Opened. */
	readonly source: number;
	readonly target: number;
	readonly stage: number;
}

/** Every missing entry is put together in the stage, made durable, and only then moved to its place. */
function seedEntries(action: CopyAction, job: Job, { from, source, target, stage }: Pair, depth = 0): void {
	const { host, exclude } = job;
	const isShaped = isShapedBelow(job, from, source, mustRead("fstat", host.fstat(source)));
	job.at = from.path;
	copyBelow(job, { path: from.path, source, isShaped }, { directory: stage, stage: newStage(stage), path: "" }, depth, target);
	if (action.unless === "entry-absent") {
		const { directories } = mustRead("getdents64", host.compareNames(source, target, exclude, []));
		for (const name of directories) {
			bothOpened(host, source, target, name, (below, directory) => {
				if (isAnyMissing(host, below, directory, exclude)) {
					removeAbandoned(host, directory);
					withTemporaryStage(host, directory, (own) =>
						seedEntries(
							action,
							job,
							{ from: { path: `${from.path}/${name}`, isShaped }, source: below, target: directory, stage: own },
							depth + 1,
						),
					);
				}
			});
		}
	}
	moveAll(job, stage, target, action.to);
}

function moveAll(job: Job, stage: number, target: number, path: string): void {
	const { host } = job;
	job.at = path;
	const names = namesBut(host, stage, [mark]);
	if (names.length > 0) {
		must(host, "syncfs", stage);
	}
	for (const name of names) {
		moveNew(host, { directory: stage, name }, { directory: target, name });
	}
}
