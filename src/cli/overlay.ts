import { capabilityNames, parseCapability } from "../capability/names.ts";
import type { Config } from "../config/config.ts";
import { Attempts } from "../report/attempts.ts";
import { type Diagnostic, Failure, fail } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import type { OptionName } from "./option-table.ts";
import type { RunOptions } from "./options.ts";
import type { Loaded, Origin, Parse } from "./origin.ts";

/** The file with the options over it. What is wrong with either is told at once. */
export async function overlay(written: Omit<Origin, "stepsOfFile" | "added">, parse: Parse): Promise<Loaded> {
	const { file, text, options } = written;
	const errors = new Attempts();
	const fromFile = await attemptLater(parse(text, file), errors);
	const steps = options.values.get("setup") ?? [];
	const added = await Promise.all(
		steps.map((step) => attemptLater(parse(stepAsDocument(step), "--setup", fromFile?.user).catch(sayOption), errors)),
	);
	const seccomp = await attemptLater(seccompOf(options, parse), errors);
	const init = options.values.has("init") && fromFile?.rows["init"] === undefined ? await initAlone(parse) : {};
	const config = fromFile && mirrored(fromFile, options, errors);
	errors.end();
	const { setup, rows, ...rest } = config as Config;
	const setups = (added as Config[]).map((each) => each.setup);
	return {
		config: { ...rest, rows: { ...rows, ...seccomp, ...init }, setup: [...setup, ...setups.flat()] },
		origin: { ...written, stepsOfFile: setup.length, added: setups.map(({ length }) => length) },
	};
}

/** What else the file says about it stays. */
async function initAlone(parse: Parse): Promise<Config["rows"]> {
	return { init: (await parse("init: true\n", "--init")).rows["init"] };
}

/** A profile by itself, or none: what else the file says about a profile is of another. */
async function seccompOf({ values }: RunOptions, parse: Parse): Promise<Config["rows"]> {
	const written = values.get("seccomp")?.[0];
	if (written === undefined) {
		return {};
	}
	const { rows } = await parse(`seccomp: ${yamlScalar(written.replaceAll("$", "$$$$"))}\n`, "--seccomp").catch(async (error) =>
		(await import("./refused-profile.ts")).refuseProfile(written, error),
	);
	return { seccomp: rows["seccomp"] };
}

function attemptLater<T>(work: Promise<T>, errors: Attempts): Promise<T | undefined> {
	return work.catch((error: unknown) =>
		errors.attempt(() => {
			throw error;
		}),
	);
}

function sayOption(error: unknown): never {
	throw error instanceof Failure ? new Failure(...(error.diagnostics.map(fromOption) as [Diagnostic])) : error;
}

/** The option instead of the document that was made of it: `--setup own.owner`, and its own words alone. */
export function fromOption(diagnostic: Diagnostic): Diagnostic {
	const { where = "", source } = diagnostic;
	const dash = source?.line.startsWith(firstLine) ? firstLine.length : 0;
	return {
		...diagnostic,
		where: where.replace(/^--setup:\d+:\d+(?: setup\[\d+\]\.?)?/, "--setup ").trim(),
		source: source && { line: source.line.slice(dash), column: source.column - dash },
	};
}

const firstLine = "- ";

/** A step of the command line, as it would stand in a file. */
export function stepAsDocument(step: string): string {
	return `setup:\n${firstLine}${step}\n`;
}

/** Each option has the meaning of the key it mirrors. */
function mirrored(config: Config, { values }: RunOptions, errors: Attempts): Config {
	const one = (name: OptionName) => values.get(name)?.[0];
	return {
		...config,
		user: errors.attempt(() => withGroup(one("user") ?? config.user, one("group"))),
		workdir: one("workdir") ?? config.workdir,
		env: { ...config.env, set: { ...config.env.set, ...errors.attempt(() => parseAssignments(values.get("env") ?? [])) } },
		capabilities: errors.attempt(() => keepAlso(config.capabilities, values.get("keep") ?? [])) ?? config.capabilities,
		noNewPrivileges: one("no-new-privileges") === undefined ? config.noNewPrivileges : one("no-new-privileges") === "true",
	};
}

function withGroup(user: string | undefined, group: string | undefined): string | undefined {
	if (group !== undefined && (user === undefined || user.includes(":"))) {
		fail("USAGE", user === undefined ? "--group needs a user" : "--group contradicts a user that names its group already");
	}
	return group === undefined ? user : `${user}:${group}`;
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
