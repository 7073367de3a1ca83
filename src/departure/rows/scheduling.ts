import { CapabilitySet } from "../../capability/set.ts";
import { integer } from "../../config/fields.ts";
import { optional } from "../../config/mapping.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { procPath } from "../../sys/proc.ts";
import { row } from "../row.ts";

export const oomScore = row<number, number>({
	act: "confine",
	reason: "the files of /proc/self become root's with the change of the uid",
	after: {},
	key: {
		name: "oom_score_adj",
		description: "-1000 to 1000. See proc_pid_oom_score_adj(5).",
		field: () => optional(() => integer(-1000, 1000)),
	},
	plan: ({ setting }) => setting,
	shown: String,
	needs: () => CapabilitySet.of("SYS_RESOURCE"),
	apply: ({ host }, score) => {
		const fd = must(host, "open", AT.FDCWD, procPath(host, "self/oom_score_adj"), O.WRONLY, 0, 0) as number;
		withDescriptor(host, fd, () => must(host, "write", fd, score.toString()));
	},
});

export const nice = row<number, number>({
	act: "confine",
	reason: "a nice value is lowered with SYS_NICE, which is given up with the rest",
	after: {},
	key: { name: "nice", description: "The nice value, -20 to 19. See setpriority(2).", field: () => optional(() => integer(-20, 19)) },
	plan: ({ setting }) => setting,
	shown: String,
	needs: () => CapabilitySet.of("SYS_NICE"),
	apply: ({ host }, value) => must(host, "setpriority", value),
});
