import { absolutePath, isWithin } from "../../files/path-text.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Reads } from "../../sys/native.ts";
import type { Owner } from "./owner.ts";

/** What root goes by at the next start, with all in it; this program is there under its usual name, and its configuration. */
const believedPaths =
	/^\/(?:abdicate|etc\/(?:entrypoint\.yaml|g?shadow-?|passwd-?|group-?|sub[ug]id|nsswitch\.conf|ld\.so\..*|ld-musl-[^/]*\.path|pam\.(?:d|conf)|environment|sudoers(?:\.d)?|doas\.(?:d|conf)|(?:ana)?cron.*|security|init\.d|profile(?:\.d)?|bash\.bashrc)|var\/spool\/(?:cron|at)|root\/\.(?:ssh|profile|gitconfig|bash\w+)|var\/lib\/dpkg|etc\/(?:ssl\/openssl\.cnf|fuse\.conf|gitconfig|ssh|fstab|inputrc|modprobe\.d|apt|systemd|nftables\.conf))(?:\/|$)|^\/root$/;

/** Where the dynamic loader of root's programs finds what it loads. ld.so(8) */
const libraries =
	/^\/(?:usr\/(?:local\/)?)?lib(?:32|64|x32)?\/(?:[^/]+-linux-[^/]+(?:\/|$)|[^/]*\.so(?:\.[^/]*)?$)|^\/usr\/local\/lib(?:64)?$/;

/** What says to root who is who, what to run and what to load; the libraries themselves are not among it. */
export function isReadByRoot(path: string): boolean {
	return believedPaths.test(path);
}

function isRootsByName(path: string): boolean {
	return isReadByRoot(path) || libraries.test(path);
}

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
	return isRootsByName(path) || believed.some((file) => isWithin(file, path));
}

/** What is made there is root's. */
export function refuseGiven(kind: string, path: string, { uid }: Owner, reads: Reads): void {
	const isRoots = isRootsByName(path) || believedFiles(reads).includes(path);
	if (uid !== undefined && uid !== 0 && isRoots) {
		fail("CONFIG_INVALID_VALUE", `${kind} ${quoted(path)}: what the next start believes or runs is not given away`, {
			remedy: ["owner: root; its mode says who else may read it"],
		});
	}
}
