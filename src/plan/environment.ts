import type { Config } from "../config/config.ts";
import { setAccountVariables } from "../identity/home.ts";
import type { Identity } from "../identity/identity.ts";
import type { Attempts } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import { matchesAny } from "../report/pattern.ts";
import { quoted } from "../report/text.ts";
import { givenVariable } from "../sys/environ.ts";
import { askFor } from "./lack.ts";
import { PartlyKnown } from "./partly-known.ts";

export type Environment = Map<string, string>;

const defaultKey = "env.default.";

/** `NAME=value` entries as a map in their order; the last of several wins. environ(7) */
export function parseEnvironment(entries: readonly string[]): Environment {
	const environment: Environment = new Map();
	for (const entry of entries) {
		const equals = entry.indexOf("=");
		if (equals < 1) {
			fail("ENVIRONMENT_INVALID", `the entry ${quoted(entry)} is not NAME=value`, { where: "environment" });
		}
		environment.set(entry.slice(0, equals), entry.slice(equals + 1));
	}
	return environment;
}

export function environmentEntries(environment: ReadonlyMap<string, string>): string[] {
	return [...environment].map(([name, value]) => `${name}=${value}`);
}

export interface EnvironmentOutlook {
	/** Takes the reasons why some of it is not known. */
	readonly errors: Attempts;
	readonly notes: string[];
	/** For a configuration that takes variables from files. */
	readonly takeFiles?: TakeFiles | undefined;
}

export type TakeFiles = (names: readonly string[], context: FilesContext) => void;

export interface FilesContext {
	readonly environment: Environment;
	readonly inherited: ReadonlyMap<string, string>;
	readonly identity: Identity;
	readonly notes: string[];
	/** Work of which these variables are not known when it fails. */
	readonly attempt: (names: readonly string[], change: () => void) => void;
}

/**
 * The workload's environment: our own variables never reach it, the configured changes apply in the order of the reference page, each to
 * what the one before has left.
 */
export function planEnvironment(
	inherited: ReadonlyMap<string, string>,
	config: Config,
	identity: Identity,
	{ errors, notes, takeFiles }: EnvironmentOutlook,
): Environment {
	const { clear, unset, set, default: defaults, fromFile } = config.env;
	const environment: Environment = new Map(clear ? [] : inherited);
	const unknown: string[] = [];
	const attempt = (names: readonly string[], change: () => void): void => {
		const isDone = errors.attempt(() => {
			change();
			return true;
		});
		unknown.push(...(isDone ? [] : names));
	};
	for (const name of environment.keys()) {
		if (name.startsWith("ABDICATE_") || matchesAny(name, unset)) {
			environment.delete(name);
		}
	}
	// NAME and NAME_FILE give one thing: a default for either is for who has given neither.
	const before = new Map([...environment, ...Object.entries(set)]);
	const isGiven = (name: string) => [name, ...otherWays(name, fromFile)].some((each) => givenVariable(before, each) !== undefined);
	for (const [name, value] of Object.entries(defaults)) {
		if (!isGiven(name)) {
			environment.set(name, value);
		}
	}
	for (const { at } of config.lacks ?? []) {
		const name = at.startsWith(defaultKey) ? at.slice(defaultKey.length) : undefined;
		if (name !== undefined && !isGiven(name)) {
			attempt([name], () => askFor(at, config.lacks));
		}
	}
	attempt(["HOME", "USER", "LOGNAME"], () => setAccountVariables(environment, config.home, identity));
	for (const [name, value] of Object.entries(set)) {
		environment.set(name, value);
	}
	takeFiles?.(fromFile, { environment, inherited, identity, notes, attempt });
	return unknown.length === 0 ? environment : new PartlyKnown(environment, (name) => unknown.includes(name) && !Object.hasOwn(set, name));
}

/** The variable that names the file of another. */
function fileOf(name: string): string {
	return `${name}_FILE`;
}

/** How else a variable can be given: NAME by the file that NAME_FILE names, for the names that may be. */
function otherWays(name: string, fromFile: readonly string[]): string[] {
	return fromFile.flatMap((each) => (each === name ? [fileOf(each)] : fileOf(each) === name ? [each] : []));
}
