/** Paths that the schema takes as text, because they may also be something else. */
export const pathsAsText: readonly string[] = ["link.to", "mount.source", "listen.unix"];

/** What to write instead of a pattern there. */
export const patternRemedies: Readonly<Record<string, string>> = {
	"copy.from": "from: the directory itself, which copies all that is in it; exclude leaves names out",
	"hooks.directory": "directory: the directory itself; pattern says which names run",
	"when.exists": "name one path; an own of what a pattern does not find does nothing and is no failure",
};
