import { parseConfig } from "../config/parse.ts";
import { readTrustedFile } from "../config/trust.ts";
import type { Start } from "../departure/start.ts";
import { loadSteps } from "../steps/index.ts";
import { AT } from "../sys/constants.ts";
import { givenVariable } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import type { OptionName } from "./option-table.ts";
import type { RunOptions } from "./options.ts";
import type { Loaded, Parse } from "./origin.ts";

export const defaultFile = "/etc/entrypoint.yaml";

export interface LoadContext {
	readonly reads: Reads;
	readonly start: Start;
	/** The environment of the start, for `${NAME}` and ABDICATE_CONFIG. */
	readonly environment: ReadonlyMap<string, string>;
}

/** The options that are no part of a configuration. */
const besides: readonly OptionName[] = ["config", "quiet", "verbose", "log-format", "dry-run"];

/** The configuration of this run: the file, if there is one, and the options, which win. */
export async function loadConfig(options: RunOptions, context: LoadContext): Promise<Loaded> {
	const asked = configFile(options, context);
	const text = asked === undefined ? "" : (options.text ?? readTrustedFile(context.reads, asked, isPrivileged(context.start)));
	const file = asked ?? "no configuration file";
	const parse: Parse = (each, name, user) => {
		const loadTarget = async () => (await import("../plan/target.ts")).targetFinder(context, options.values, user);
		return parseConfig(each, name, { ...context, loadSteps, unasked: options.values, loadTarget });
	};
	const written = { file, path: asked, text, options };
	if ([...options.values.keys()].some((name) => !besides.includes(name))) {
		return (await import("./overlay.ts")).overlay(written, parse);
	}
	const config = await parse(text, file);
	return { config, origin: { ...written, stepsOfFile: config.setup.length, added: [] } };
}

/** The file that was asked for, or the default one when it exists. */
export function configFile({ values }: Pick<RunOptions, "values">, { reads, environment }: Omit<LoadContext, "start">): string | undefined {
	const asked = values.get("config")?.[0] ?? givenVariable(environment, "ABDICATE_CONFIG");
	if (asked !== undefined) {
		return asked;
	}
	return typeof reads.statat(AT.FDCWD, defaultFile, 0) === "number" ? undefined : defaultFile;
}

export function isPrivileged({ credentials: { uids, sets } }: Start): boolean {
	return uids.effective === 0 || !sets.permitted.isEmpty;
}
