import type { Config } from "../config/config.ts";
import { readFor } from "../files/read.ts";
import { fromRoot } from "../files/walk.ts";
import { setAccountVariables } from "../identity/home.ts";
import type { Identity } from "../identity/identity.ts";
import type { Attempts } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import { matchesAny } from "../report/pattern.ts";
import { quoted } from "../report/text.ts";
import { errnoName } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { PartlyKnown } from "./partly-known.ts";

export type Environment = Map<string, string>;

const secretLimit = 65_536;

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

/**
 * The workload's environment: our own variables never reach it, the configured changes apply in the order of the reference page. `errors`
 * has the reasons why some of it is not known.
 */
export function planEnvironment(
	inherited: ReadonlyMap<string, string>,
	config: Config,
	identity: Identity,
	reads: Reads,
	errors: Attempts,
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
	for (const [name, value] of Object.entries(defaults)) {
		if (!environment.has(name)) {
			environment.set(name, value);
		}
	}
	attempt(["HOME", "USER", "LOGNAME"], () => setAccountVariables(environment, config.home, identity));
	for (const [name, value] of Object.entries(set)) {
		environment.set(name, value);
	}
	for (const [index, name] of fromFile.entries()) {
		attempt([name], () => readFromFile(environment, inherited, name, identity, reads, `env.from_file[${index}]`));
	}
	return unknown.length === 0 ? environment : new PartlyKnown(environment, (name) => unknown.includes(name) && !Object.hasOwn(set, name));
}

/**
 * NAME from the file that NAME_FILE names, which is not root's secret because the workload made a link to that: it gets the value. The
 * value never appears in a message.
 */
function readFromFile(
	environment: Environment,
	inherited: ReadonlyMap<string, string>,
	name: string,
	identity: Identity,
	reads: Reads,
	where: string,
): void {
	const path = environment.get(`${name}_FILE`) ?? inherited.get(`${name}_FILE`);
	if (path === undefined) {
		return;
	}
	if (environment.has(name)) {
		fail("ENVIRONMENT_INVALID", `both ${name} and ${name}_FILE are set`, { where, remedy: ["set only one of them"] });
	}
	const absolute = fromRoot(reads, path);
	const content = readFor(reads, absolute, identity, secretLimit, "any");
	if (typeof content !== "string") {
		const { refused } = content;
		const why = refused === undefined ? ` ${content.message}` : `: ${errnoName(refused.errno)}`;
		fail("ENVIRONMENT_INVALID", `${name}_FILE: ${quoted(path)}${why}`, {
			where,
			remedy: refused === undefined ? content.remedy : [],
		});
	}
	if (content.includes("\0")) {
		fail("ENVIRONMENT_INVALID", `${name}_FILE: ${quoted(path)} holds a NUL byte`, { where });
	}
	environment.set(name, content.endsWith("\n") ? content.slice(0, -1) : content);
	environment.delete(`${name}_FILE`);
}
