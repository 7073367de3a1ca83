import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { SeccompSetting } from "../../confine/seccomp/setting.ts";
import type { LoadedFilter } from "../request.ts";
import { row } from "../row.ts";
import { keptBounding } from "./capabilities.ts";

const schema = later(async () => (await import("../seccomp-setting.ts")).seccompSetting);

/** Planned here, and loaded by the call that executes the program: behind the filter nothing of ours could be sure of its next call. */
export const seccomp = row<LoadedFilter, SeccompSetting>({
	act: "leave",
	reason: "handed to the call of exec, which loads it: it may refuse any other call",
	after: {},
	key: {
		name: "seccomp",
		description:
			"The system calls that the workload may make: `none` (default), `docker-default`, the path of a profile in the format of Docker and OCI, or `{profile, allow, deny, architectures, action}`. See seccomp(2).",
		field: () => optional(schema),
		load: schema.load,
	},
	plan: ({ request, start, reads }) =>
		request.planFilter?.(
			reads,
			keptBounding(request.sets, start.credentials),
			request.noNewPrivileges || start.credentials.noNewPrivileges,
			request.ofWorkload?.leavesFor,
		),
	shown: ({ summary }) => summary,
	apply: (journey, filter) => {
		journey.filter = filter;
	},
});
