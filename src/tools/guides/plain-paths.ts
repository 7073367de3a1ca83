/** Fields of paths that are taken as they are; the name of a step alone is its short form. */
export const plainPaths: readonly string[] = [
	...["mkdir", "mkdir.path", "copy.from", "copy.to", "file.path", "file.from", "file.template", "secret.path", "secret.from.file"],
	...["link.path", "link.to", "mount.source", "mount.target", "fuse.target", "device", "device.path", "hooks", "hooks.directory"],
	...["run.workdir", "run.creates", "wait_for.file", "ca_certificates.extra", "ca_certificates.bundle", "ca_certificates.system"],
];

const hooksRemedy = "directory: the directory itself; pattern says which names run";

/** What to write instead of a pattern there. */
export const patternRemedies: Readonly<Record<string, string>> = {
	"copy.from": "from: the directory itself, which copies all that is in it; exclude leaves names out",
	hooks: hooksRemedy,
	"hooks.directory": hooksRemedy,
};
