import type { OptionName } from "../../cli/option-table.ts";

/** What each option of a run means. */
export const optionDescriptions: Readonly<Record<OptionName, string>> = {
	config: "the configuration file (default /etc/entrypoint.yaml, if it exists)",
	user: "run as this user: name, uid, user:group or uid:gid",
	group: "the primary group, name or gid",
	keep: "keep this capability for the workload",
	workdir: "the working directory of the workload",
	env: "set a variable for the workload",
	setup: "one more setup step, in YAML: 'own: /data'",
	"no-new-privileges": "whether exec may grant no privilege any more (default true)",
	seccomp: "the system calls of the workload: docker-default, none or the path of a profile",
	init: "stay as the workload's parent, without privilege: reap, pass signals on, end with its status",
	quiet: "print errors only",
	verbose: "print one line per step",
	"log-format": "how messages are written (default text)",
	"dry-run": "print the plan and change nothing",
};
