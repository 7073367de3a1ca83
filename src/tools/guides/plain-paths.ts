/** Paths that the schema takes as text, because they may also be something else. */
export const pathsAsText: readonly string[] = ["link.to", "mount.source", "listen.unix"];

/** What to write instead of a pattern there. */
export const patternRemedies: Readonly<Record<string, string>> = {
	"copy.from": "from: the directory itself, which copies all that is in it; exclude leaves names out",
	"hooks.directory": "directory: the directory itself; pattern says which names run",
	"when.exists": "name one path; an own of what a pattern does not find does nothing and is no failure",
};

/** Fields of trees, which take patterns. */
const treeFields: readonly string[] = ["own", "own.path", "chmod.path", "remove", "remove.path", "mkdir", "mkdir.path"];

/** Fields, and keys of the top, that hold patterns of whatever kind. */
export const patternFields: readonly string[] = [
	...[...treeFields, "own.exclude", "own.only_if_contents", "chmod.exclude", "copy.exclude", "hooks.pattern", "file.vars"],
	...["ca_certificates.extra", "ca_certificates.extra.paths", "when.command"],
];
export const patternKeys: readonly string[] = [
	...["env.unset", "groups.from_path", "command.prepend_if", "command.setup_only_for", "command.skip_setup_if"],
];

/** Fields that hold kernel settings by their names. */
export const settingFields: readonly string[] = ["sysctl", "require.sysctl"];

/** Fields that hold names of variables. */
export const variableFields: readonly string[] = ["when.env", "when.unset", "require.env", "require.env_unset"];
