import { capabilityNames, parseCapability } from "../capability/names.ts";
import type { Config } from "../config/config.ts";
import { parseConfig } from "../config/parse.ts";
import { readTrustedFile } from "../config/trust.ts";
import type { Start } from "../departure/start.ts";
import { fail } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { loadSteps } from "../steps/index.ts";
import { AT } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import type { RunOptions } from "./options.ts";

const defaultFile = "/etc/entrypoint.yaml";

export interface LoadContext {
	readonly reads: Reads;
	readonly start: Start;
	/** The environment of the start, for `${NAME}` and ABDICATE_CONFIG. */
	readonly environment: ReadonlyMap<string, string>;
}

/** The configuration of this run: the file, if there is one, and the options, which win. */
export async function loadConfig(options: RunOptions, context: LoadContext): Promise<Config> {
	const file = configFile(options, context);
	const text = file === undefined ? "" : readTrustedFile(context.reads, file, isPrivileged(context.start));
	return overlay(await parse(text, file ?? "no configuration file", context), options, context);
}

/** The file that was asked for, or the default one when it exists. */
function configFile({ values }: RunOptions, { reads, environment }: LoadContext): string | undefined {
	const asked = values.get("config")?.[0] ?? environment.get("ABDICATE_CONFIG");
	if (asked !== undefined) {
		return asked;
	}
	return typeof reads.statat(AT.FDCWD, defaultFile, 0) === "number" ? undefined : defaultFile;
}

function isPrivileged({ credentials: { uids, sets } }: Start): boolean {
	return uids.effective === 0 || !sets.permitted.isEmpty;
}

function parse(text: string, file: string, { reads, environment }: LoadContext): Promise<Config> {
	return parseConfig(text, file, { reads, environment, loadSteps });
}

/** Each option has the meaning of the key it mirrors. */
async function overlay(config: Config, { values }: RunOptions, context: LoadContext): Promise<Config> {
	const one = (name: Parameters<typeof values.get>[0]) => values.get(name)?.[0];
	const group = one("group");
	const user = one("user") ?? config.user;
	if (group !== undefined && (user === undefined || user.includes(":"))) {
		fail("USAGE", user === undefined ? "--group needs a user" : "--group contradicts a user that names its group already");
	}
	const added = await Promise.all((values.get("setup") ?? []).map((step) => parse(`setup:\n- ${step}\n`, "--setup", context)));
	return {
		...config,
		user: group === undefined ? user : `${user}:${group}`,
		workdir: one("workdir") ?? config.workdir,
		env: { ...config.env, set: { ...config.env.set, ...parseAssignments(values.get("env") ?? []) } },
		setup: [...config.setup, ...added.flatMap(({ setup }) => setup)],
		capabilities: keepAlso(config.capabilities, values.get("keep") ?? []),
		noNewPrivileges: one("no-new-privileges") === undefined ? config.noNewPrivileges : one("no-new-privileges") === "true",
	};
}

function parseAssignments(assignments: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		assignments.map((assignment) => {
			const equals = assignment.indexOf("=");
			if (equals < 1) {
				fail("USAGE", `--env ${quoted(assignment)}: expected NAME=VALUE`);
			}
			return [assignment.slice(0, equals), assignment.slice(equals + 1)];
		}),
	);
}

function keepAlso(config: Config["capabilities"], names: readonly string[]): Config["capabilities"] {
	if (names.length === 0) {
		return config;
	}
	if (config.form !== "keep") {
		fail("USAGE", "--keep goes with capabilities.keep, not with the form the configuration file uses");
	}
	const added = names.map(
		(name) =>
			parseCapability(name) ?? fail("CAPABILITY_UNKNOWN", `--keep ${quoted(name)} is not a capability${suggestion(name, capabilityNames)}`),
	);
	return { ...config, keep: [...config.keep, ...added] };
}
