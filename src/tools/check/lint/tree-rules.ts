import { makesRootsFiles, treesGivenAway } from "../../../steps/facts.ts";
import { systemPaths } from "../../../steps/trees/system-paths.ts";
import type { Found, Rule } from "./rule.ts";

/** Trees that belong to many or grow without bound. A run refuses those of the system. */
const shared: readonly string[] = [
	...systemPaths,
	"/run",
	"/var",
	"/var/lib",
	"/home",
	"/media",
	"/mnt",
	"/opt",
	"/root",
	"/srv",
	"/tmp",
	"/usr/local",
	"/var/cache",
	"/var/log",
	"/var/tmp",
];

export const hugeTree: Rule = {
	severity: "warning",
	summary: "A whole shared tree is re-owned, which is slow at every start and gives the workload what is not its own.",
	find: ({ config: { setup } }) =>
		setup.flatMap((entry, index): Found[] =>
			treesGivenAway(entry)
				.filter((each) => shared.includes(each.replace(/(?:\/+\**)+$/, "") || "/"))
				.map((each) => ({
					at: ["setup", index, entry.kind],
					message: `${entry.kind} ${each} walks a tree that is not the workload's alone`,
					remedy: ["name the directories that the workload writes to, or policy: top-only"],
				})),
		),
};

export const rootOnDisk: Rule = {
	severity: "warning",
	summary: "What the workload makes in a mapped mount is root's on disk, a set-user-ID program too.",
	find: ({ config: { setup } }) =>
		setup.flatMap((entry, index): Found[] =>
			makesRootsFiles(entry)
				? [
						{
							at: ["setup", index, entry.kind, "idmap"],
							message: "whoever sees the source without this mount finds there what the workload made, as root's",
							remedy: [
								"own gives it to the workload on disk; options: [ro] lets nothing be made; or see that nobody else runs or believes what lies there",
							],
						},
					]
				: [],
		),
};
