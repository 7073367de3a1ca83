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
