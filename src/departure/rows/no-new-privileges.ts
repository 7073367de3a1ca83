import { must } from "../../sys/act.ts";
import { row } from "../row.ts";

export const noNewPrivileges = row<true>({
	act: "prove",
	reason:
		"after everything that this program does for itself as the user, and before the attempts to regain, which the workload could make",
	after: {},
	plan: ({ request }) => request.noNewPrivileges || undefined,
	apply: ({ host }) => must(host, "setNoNewPrivs"),
	expect: (state) => {
		state.noNewPrivileges = true;
	},
	witnesses: [
		{
			name: "no_new_privileges",
			planned: (expected) => (expected.noNewPrivileges ? "on" : "off"),
			observed: ({ credentials }) => (credentials.noNewPrivileges ? "on" : "off"),
			line: { name: "NoNewPrivs", planned: (expected) => (expected.noNewPrivileges ? "1" : "0"), isNewer: true },
		},
	],
});
