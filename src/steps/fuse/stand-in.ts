import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { procPath } from "../../sys/proc.ts";

/** The programs by which daemons mount what they may not mount themselves: those of libfuse 3 and 2, and mergerfs's. fusermount3(1) */
export const standInNames: readonly string[] = ["fusermount3", "fusermount", "mergerfs-fusermount"];

/**
 * What this program needs when it stands in for one of them: descriptors that it inherits from the daemon, because some give it no
 * environment. Libraries put their own socket at 3 or soon after.
 */
export const inherited = {
	device: 100,
	/** A pipe with the options of the mount, commas between. */
	options: 101,
} as const;

/**
 * This program by its path in the mounts of the start, which a mount namespace of its own has as well. Once that is entered, the link of /proc tells
 * the path within the mount that was left, which is none of the new one: `/` for a file that is bound. proc_pid_exe(5)
 */
export function standInOf(reads: Reads): { readonly standIn?: string } {
	const path = reads.readlinkat(AT.FDCWD, procPath(reads, "self/exe"));
	return typeof path === "number" ? {} : { standIn: path };
}
