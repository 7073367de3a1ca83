import { typeOf } from "../../files/kind.ts";
import { openTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { openSource } from "../../files/read.ts";
import { removeAbandoned } from "../../files/stage.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import type { ApplyContext, Outcome } from "../step.ts";
import type { CopyAction } from "./copy-action.ts";
import { type Entry, type Job, statEntry } from "./copy-tree.ts";
import { seedExisting } from "./seed-existing.ts";
import { seedWhole } from "./seed-whole.ts";

const mostAttempts = 10;

export function seed(action: CopyAction, job: Job, context: ApplyContext): Outcome {
	const { host } = context;
	return withSource(action, host, (from) => {
		job.at = action.to;
		for (let attempt = 0; attempt < mostAttempts; attempt++) {
			const target = openTrusted(host, action.to, O.PATH);
			const outcome =
				target === -errno.ENOENT
					? seedWhole(action, job, from)
					: withDescriptor(host, mustRead("open", target), () => seedExisting(action, job, from, target, context));
			if (outcome?.state === "ok") {
				removeLeft(host, action.to);
			}
			if (outcome !== undefined) {
				return outcome;
			}
		}
		return fail("STEP_FAILED", `${quoted(action.to)} comes and goes`);
	});
}

export function withSource<T>({ from: path, readFor }: CopyAction, reads: Reads, use: (from: Entry) => T): T {
	const { parent, name } = splitPath(path);
	const { fd: directory, isShaped } = openSource(reads, parent, O.PATH | O.DIRECTORY, readFor);
	return withDescriptor(reads, directory, () => {
		const stat = statEntry(reads, directory, name);
		if (stat === undefined) {
			throw new SyscallError("open", -errno.ENOENT);
		}
		if (typeOf(stat) === S.IFLNK) {
			fail("STEP_FAILED", `${quoted(path)} is a symbolic link, which is not followed`, { remedy: ["name the real path"] });
		}
		return use({ directory, name, path, isShaped });
	});
}

/** The stage of a run that died when the tree had just left it. */
function removeLeft(host: Host, path: string): void {
	const directory = openTrusted(host, splitPath(path).parent, O.PATH | O.DIRECTORY);
	if (directory >= 0) {
		withDescriptor(host, directory, () => removeAbandoned(host, directory));
	}
}
