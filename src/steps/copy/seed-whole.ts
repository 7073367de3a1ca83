import { openTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { renameNew } from "../../files/place.ts";
import { removeAbandoned, withTemporaryStage } from "../../files/stage.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import type { Outcome } from "../step.ts";
import type { CopyAction } from "./copy-action.ts";
import { copyEntry, newStage } from "./copy-entries.ts";
import { type Entry, type Job, type Name, statEntry, survey } from "./copy-tree.ts";

/** Nothing is there: the whole tree appears at once. `undefined` when somebody else was faster. */
export function seedWhole(action: CopyAction, job: Job, from: Entry): Outcome | undefined {
	const { host } = job;
	const { parent, name } = splitPath(action.to);
	const above = openTrusted(host, parent, O.PATH | O.DIRECTORY);
	if (above === -errno.ENOENT) {
		fail("STEP_FAILED", `the directory of ${quoted(action.to)} does not exist`, {
			remedy: [`make it first: - mkdir: ${yamlScalar(parent)}`],
		});
	}
	return withDescriptor(host, mustRead("open", above), (directory) => {
		if (statEntry(host, directory, name) !== undefined) {
			fail("STEP_FAILED", `${quoted(action.to)} is a symbolic link that leads nowhere`, { remedy: ["name the real path"] });
		}
		survey(host, from, action.exclude);
		removeAbandoned(host, directory);
		return makeWhole(job, from, directory, name) ? { state: "changed", detail: `${job.copied} entries copied` } : undefined;
	});
}

/** In a stage, which it leaves in one step. False when somebody else was faster. */
function makeWhole(job: Job, from: Entry, directory: number, name: string): boolean {
	const { host } = job;
	return withTemporaryStage(host, directory, (stage) => {
		copyEntry(job, from, { directory: stage, name, stage: newStage(stage), path: name }, 0);
		must(host, "syncfs", stage);
		return moveWhole(host, { directory: stage, name }, { directory, name });
	});
}

/** Who does not own a directory moves it to another one with DAC_OVERRIDE alone; without that it gets its owner in its place. rename(2) */
function moveWhole(host: Host, from: Name, to: Name): boolean {
	try {
		return moveNew(host, from, to);
	} catch (error) {
		if (!(error instanceof SyscallError && error.is("EACCES"))) {
			throw error;
		}
	}
	return withDescriptor(host, must(host, "open", from.directory, from.name, O.PATH | O.NOFOLLOW, 0, 0) as number, (fd) => {
		const { uid } = mustRead("fstat", host.fstat(fd));
		must(host, "fchownat", fd, "", host.getresuid()[1], undefined, AT.EMPTY_PATH);
		const isPlaced = moveNew(host, from, to);
		if (isPlaced) {
			must(host, "fchownat", fd, "", uid, undefined, AT.EMPTY_PATH);
		}
		return isPlaced;
	});
}

/** False when the name is taken. */
export function moveNew(host: Host, from: Name, to: Name): boolean {
	const result = renameNew(host, from, to);
	if (result < 0 && result !== -errno.EEXIST) {
		throw new SyscallError("renameat2", result);
	}
	return result >= 0;
}
