import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { changed } from "./docker-changes.ts";
import type { DockerProfile } from "./evaluate.ts";

const directory = resolve(import.meta.dirname, "../../../.cache/seccomp");

/** Docker's default profile, as the sources of Debian's Docker have it, and made that of today. */
export interface Reference {
	readonly version: readonly [major: number, minor: number, patch: number];
	readonly debians: DockerProfile;
	readonly todays: DockerProfile;
}

/** Undefined where scripts/setup.sh could not fetch it, which is said there. */
export function readReference(): Reference | undefined {
	const [file] = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
	if (file === undefined) {
		return undefined;
	}
	const [major = 0, minor = 0, patch = 0] = /\d+\.\d+\.\d+/.exec(file)?.[0].split(".").map(Number) ?? [];
	const debians = JSON.parse(readFileSync(join(directory, file), "utf8")) as DockerProfile;
	const version = [major, minor, patch] as const;
	return { version, debians, todays: changed(debians, version) };
}
