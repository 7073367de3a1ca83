import type { Config } from "../config/config.ts";
import { readFor } from "../files/read.ts";
import { fromRoot } from "../files/walk.ts";
import { setAccountVariables } from "../identity/home.ts";
import type { Identity } from "../identity/identity.ts";
import { fail } from "../report/failure.ts";
import { matchesAny } from "../report/pattern.ts";
import { quoted } from "../report/text.ts";
import { errnoName } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";

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

/** The workload's environment: our own variables never reach it, the configured changes apply in the order of the reference page. */
export function planEnvironment(inherited: ReadonlyMap<string, string>, config: Config, identity: Identity, reads: Reads): Environment {
	const { clear, unset, set, default: defaults, fromFile } = config.env;
	const environment: Environment = new Map(clear ? [] : inherited);
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
	setAccountVariables(environment, config.home, identity);
	for (const [name, value] of Object.entries(set)) {
		environment.set(name, value);
	}
	for (const name of fromFile) {
		readFromFile(environment, inherited, name, identity, reads);
	}
	return environment;
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
): void {
	const path = environment.get(`${name}_FILE`) ?? inherited.get(`${name}_FILE`);
	if (path === undefined) {
		return;
	}
	if (environment.has(name)) {
		fail("ENVIRONMENT_INVALID", `both ${name} and ${name}_FILE are set`, { where: "env.from_file", remedy: ["set only one of them"] });
	}
	const absolute = fromRoot(reads, path);
	const content = readFor(reads, absolute, identity, secretLimit, "any");
	if (typeof content !== "string") {
		const { refused } = content;
		const why = refused === undefined ? ` ${content.because}` : `: ${errnoName(refused.errno)}`;
		fail("ENVIRONMENT_INVALID", `${name}_FILE: ${quoted(path)}${why}`, {
			where: "env.from_file",
			remedy: refused === undefined ? content.remedy : [],
		});
	}
	if (content.includes("\0")) {
		fail("ENVIRONMENT_INVALID", `${name}_FILE: ${quoted(path)} holds a NUL byte`, { where: "env.from_file" });
	}
	environment.set(name, content.endsWith("\n") ? content.slice(0, -1) : content);
	environment.delete(`${name}_FILE`);
}
