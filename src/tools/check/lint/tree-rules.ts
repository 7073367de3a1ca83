import { treesGivenAway } from "../../../steps/facts.ts";
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
