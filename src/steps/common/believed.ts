import { absolutePath, isWithin } from "../../files/path-text.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Reads } from "../../sys/native.ts";
import type { Owner } from "./owner.ts";

/** What root goes by at the next start, with all in it; this program is there under its usual name, and its configuration. */
const believedPaths =
	/^\/(?:abdicate|etc\/(?:entrypoint\.yaml|g?shadow-?|passwd-?|group-?|sub[ug]id|ld\.so\..*|pam\.(?:d|conf)|sudoers(?:\.d)?|cron.*|security|init\.d|profile(?:\.d)?))(?:\/|$)/;

/** Of this start, where it has another name. */
let configuration: string | undefined;

/** As long as this process is there. */
export function believeConfiguration(path: string | undefined): void {
	configuration = path;
}

/** What the next start runs and reads. */
export function believedFiles(reads: Reads): string[] {
	const program = absolutePath(reads.executedAs(), "/");
	return configuration === undefined ? [program] : [program, configuration];
}

/** One of them, or a directory on the way to one of the files: who owns that exchanges it. */
export function isBelieved(path: string, ...believed: readonly string[]): boolean {
	return believedPaths.test(path) || believed.some((file) => isWithin(file, path));
}

/** What is made there is root's. */
export function refuseGiven(kind: string, path: string, { uid }: Owner, reads: Reads): void {
	if (uid !== undefined && uid !== 0 && (believedPaths.test(path) || believedFiles(reads).includes(path))) {
		fail("CONFIG_INVALID_VALUE", `${kind} ${quoted(path)}: what the next start believes or runs is not given away`, {
			remedy: ["owner: root; its mode says who else may read it"],
		});
	}
}
