import { CapabilitySet } from "../../capability/set.ts";
import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { CgroupPart, LeafPart } from "../../confine/cgroup/part.ts";
import type { CgroupSetting } from "../../confine/cgroup/setting.ts";
import { row } from "../row.ts";
import { loaded } from "../walls.ts";

const schema = later(async () => (await import("../cgroup-setting.ts")).cgroupSetting);

/** Room for a group of the workload's own: who is in the group of the start goes into one below it. cgroups(7) */
export const cgroupLeaf = row<LeafPart>({
	act: "arrive",
	reason: "a group hands its controllers down while it has no process: a helper of the setup would be one",
	after: { normalise: "what is opened before it may be anybody's" },
	plan: ({ later: planned }) => {
		const part = planned("cgroup") as CgroupPart | undefined;
		return part && { group: part.group, controllers: part.controllers };
	},
	needs: () => CapabilitySet.empty,
	apply: ({ host, walls }, part) => loaded(walls?.cgroup).applyLeaf(part, host),
});

/** How many processes, and how much memory, time of processors and traffic of devices the workload may have, with all that it starts. cgroups(7) */
export const cgroup = row<CgroupPart, CgroupSetting>({
	act: "confine",
	reason: "what the setup takes does not count, and who opens the files has to be root still",
	after: { "cgroup-leaf": "its controllers would not be there" },
	key: {
		name: "cgroup",
		description:
			"Limits of the workload and all that it starts: `pids`, `memory` (512M), `cpu` (1.5 or 150%), `io` of block devices. Done where the runtime has set as much, or by a cgroup of version 2 that is delegated; else refused with the flag of the runtime. See cgroups(7).",
		field: () => optional(schema),
		load: schema.load,
	},
	plan: ({ setting, request: { ofWorkload }, start, reads, note }) =>
		setting === undefined || ofWorkload === undefined
			? undefined
			: loaded(ofWorkload.walls.cgroup).planCgroup(setting, { ofWorkload, start, reads, note }),
	needs: () => CapabilitySet.empty,
	apply: ({ host, walls }, part) => loaded(walls?.cgroup).applyCgroup(part, host),
	witnesses: [
		{
			name: "cgroup",
			planned: (_, part) => part?.files.map(([file, text]) => `${file}: ${text}`).join(", "),
			observed: ({ reads, walls }, part) => loaded(walls?.cgroup).foundLimits(part as CgroupPart, reads),
		},
	],
});
