import type { ProbeState } from "./probe.ts";

/** What `probe confinement` prints. */
export interface Confinement {
	readonly state: ProbeState;
	readonly place: Place;
	/** The answer of every way out by its name: `CALL: ERRNO`, `none ...` or `got ...`. */
	readonly ways: Readonly<Record<string, string>>;
}

export interface Place {
	/** What a runtime masks or makes read-only, and how it is found, such as `directory on 1021994 read-only, empty`. */
	readonly paths: Readonly<Record<string, string>>;
	/** Everything below /dev: path, type, mode, owner, number. */
	readonly devices: readonly string[];
	/** Target, type, options and propagation of each mount. */
	readonly mounts: readonly string[];
	/** As the links of /proc/self/ns have it. */
	readonly namespaces: Readonly<Record<string, string>>;
}

export function parseConfinement(stdout: string): Confinement {
	const line = stdout.split("\n").find((text) => text.startsWith('{"state":'));
	if (line === undefined) {
		throw new Error(`the probe did not report; standard output was: ${JSON.stringify(stdout)}`);
	}
	return JSON.parse(line) as Confinement;
}

/** The ways that led somewhere. */
export function gotten(ways: Confinement["ways"]): string[] {
	return Object.keys(ways).filter((name) => ways[name]?.startsWith("got "));
}
