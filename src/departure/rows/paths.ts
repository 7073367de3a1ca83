import { CapabilitySet } from "../../capability/set.ts";
import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { PathsPart, PathsSetting } from "../../confine/paths/setting.ts";
import { row } from "../row.ts";
import { loaded } from "../walls.ts";

const schema = later(async () => (await import("../paths-setting.ts")).pathsSetting);

/** What nobody sees any more, and what can only be read: the masks and read-only paths of an ordinary container. */
export const paths = row<PathsPart, PathsSetting>({
	act: "confine",
	reason: "the last mounts: a step may have made another proc, and writes kernel settings until then",
	after: {
		cgroup: "it makes the mounts of cgroups read-only",
		namespaces: "in the namespace of the start they would be seen outside, and by no helper that has a view of its own",
	},
	key: {
		name: "paths",
		description:
			"What is masked and what is read-only: `docker-default`, `none`, or `{masked, read_only, except}`, whose lists add to `docker-default`, in every proc and sysfs that is mounted. Not given: as the runtime has left it.",
		field: () => optional(schema),
		load: schema.load,
	},
	plan: ({ setting, request, start, reads, note }) => {
		const { ofWorkload } = request;
		return setting === undefined || ofWorkload === undefined
			? undefined
			: loaded(ofWorkload.walls.paths).planPaths(setting, { request, ofWorkload, start, reads, note });
	},
	needs: ({ needs }) => CapabilitySet.of(...needs),
	asks: ({ isLacking, isOfDocker }, { now }) =>
		(now === undefined ? isOfDocker : !isLacking) ? [] : [{ name: "SYS_ADMIN", purpose: "to mask paths, which the runtime has not" }],
	apply: (journey, part) => loaded(journey.walls?.paths).applyPaths(part, journey),
	witnesses: [
		{
			name: "paths",
			planned: (_, part) => part && [...part.masked, ...part.readOnly].join(" "),
			observed: ({ reads, walls }, part) => loaded(walls?.paths).observePaths(part as PathsPart, reads),
		},
	],
});
