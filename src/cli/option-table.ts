/**
 * One row per option of `run`. The parser, the help text, the completion and the reference page all read this table; what each means is in
 * tools/guides/option-descriptions.ts, out of the way of a start.
 */
export interface OptionRow {
	readonly long: string;
	readonly short?: string;
	/** The name of the value in the help text; an option without one is a switch. */
	readonly value?: string;
	/** All values there are, when they are few. */
	readonly values?: readonly string[];
	readonly repeatable?: true;
}

export const runOptions = [
	{ long: "config", short: "c", value: "FILE" },
	{ long: "user", short: "u", value: "USER" },
	{ long: "group", value: "GROUP" },
	{ long: "keep", value: "CAP", repeatable: true },
	{ long: "workdir", value: "DIR" },
	{ long: "env", short: "e", value: "NAME=VALUE", repeatable: true },
	{ long: "setup", value: "STEP", repeatable: true },
	{
		long: "no-new-privileges",
		value: "BOOL",
		values: ["true", "false"],
	},
	{ long: "seccomp", value: "PROFILE" },
	{ long: "init" },
	{ long: "quiet", short: "q" },
	{ long: "verbose", short: "v" },
	{ long: "log-format", value: "FORMAT", values: ["text", "json"] },
	{ long: "dry-run" },
] as const satisfies readonly OptionRow[];

export type OptionName = (typeof runOptions)[number]["long"];
