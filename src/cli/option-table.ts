/** One row per option of `run`. The parser, the help text, the completion and the reference page all read this table. */
export interface OptionRow {
	readonly long: string;
	readonly short?: string;
	/** The name of the value in the help text; an option without one is a switch. */
	readonly value?: string;
	/** All values there are, when they are few. */
	readonly values?: readonly string[];
	readonly repeatable?: true;
	readonly description: string;
}

export const runOptions = [
	{ long: "config", short: "c", value: "FILE", description: "the configuration file (default /etc/entrypoint.yaml, if it exists)" },
	{ long: "user", short: "u", value: "USER", description: "run as this user: name, uid, user:group or uid:gid" },
	{ long: "group", value: "GROUP", description: "the primary group, name or gid" },
	{ long: "keep", value: "CAP", repeatable: true, description: "keep this capability for the workload" },
	{ long: "workdir", value: "DIR", description: "the working directory of the workload" },
	{ long: "env", short: "e", value: "NAME=VALUE", repeatable: true, description: "set a variable for the workload" },
	{ long: "setup", value: "STEP", repeatable: true, description: "one more setup step, in YAML: 'own: /data'" },
	{
		long: "no-new-privileges",
		value: "BOOL",
		values: ["true", "false"],
		description: "whether exec may grant no privilege any more (default true)",
	},
	{ long: "quiet", short: "q", description: "print errors only" },
	{ long: "verbose", short: "v", description: "print one line per step" },
	{ long: "log-format", value: "FORMAT", values: ["text", "json"], description: "how messages are written (default text)" },
	{ long: "dry-run", description: "print the plan and change nothing" },
] as const satisfies readonly OptionRow[];

export type OptionName = (typeof runOptions)[number]["long"];
