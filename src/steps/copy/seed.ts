import { typeOf } from "../../files/kind.ts";
import { openTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { openSource } from "../../files/read.ts";
import { removeAbandoned } from "../../files/stage.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { O, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import type { ApplyContext, Outcome } from "../step.ts";
import type { CopyAction } from "./copy-action.ts";
import { type Entry, type Job, statEntry } from "./copy-tree.ts";
import { seedExisting } from "./seed-existing.ts";
import { seedWhole } from "./seed-whole.ts";

const mostAttempts = 10;

export function seed(action: CopyAction, job: Job, context: ApplyContext): Outcome {
	const { host } = context;
	const { parent, name } = splitPath(action.from);
	const { fd: above, isShaped } = openSource(host, parent, O.PATH | O.DIRECTORY, action.readFor);
	return withDescriptor(host, above, () => {
		const from: Entry = { directory: above, name, path: action.from, isShaped };
		const stat = statEntry(host, above, name);
		if (stat === undefined) {
			throw new SyscallError("open", -errno.ENOENT);
		}
		if (typeOf(stat) === S.IFLNK) {
			fail("STEP_FAILED", `${quoted(action.from)} is a symbolic link, which is not followed`, { remedy: ["name the real path"] });
		}
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

/** The stage of a run that died when the tree had just left it. */
function removeLeft(host: Host, path: string): void {
	const directory = openTrusted(host, splitPath(path).parent, O.PATH | O.DIRECTORY);
	if (directory >= 0) {
		withDescriptor(host, directory, () => removeAbandoned(host, directory));
	}
}
