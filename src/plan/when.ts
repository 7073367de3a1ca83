import { capabilityName } from "../capability/names.ts";
import type { CapabilitySet } from "../capability/set.ts";
import type { WhenConfig } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import { baseName } from "../files/path-text.ts";
import type { Viewer } from "../files/permissions.ts";
import { lookFor } from "../files/read.ts";
import { fromRoot } from "../files/walk.ts";
import { unlessDefect } from "../report/failure.ts";
import { refusal } from "../steps/common/refusal.ts";
import { givenVariable, lackOfVariable, splitEntry } from "../sys/environ.ts";
import { errno, saysAbsent } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { SyscallError } from "../sys/observe.ts";
import type { Plan } from "./plan.ts";

export interface Circumstances {
	readonly reads: Reads;
	readonly environment: ReadonlyMap<string, string>;
	readonly command: string;
	readonly held: CapabilitySet;
	/** The workload: what it could not see does not exist for a step's condition either, where it has a say in what is there. */
	readonly viewer: Viewer;
	/**
	 * Looks for what lies on FUSE, whose daemon may be the workload's, in a child that is given up when it takes too long: 0, or the errno. Where it
	 * is not there, such a path counts as missing.
	 */
	readonly lookOnFuse?: (path: string) => number;
}

/** As far as a plan knows them. */
export function circumstancesNow({ identity, command, environment }: Plan, start: Start, reads: Reads): Circumstances {
	const held = start.credentials.sets.permitted;
	return { reads, environment: new Map(environment.map(splitEntry)), command: command.argv[0], held, viewer: identity };
}

/** Why a step is passed over, or `undefined` when its conditions hold. A Failure when it cannot be told whether a path exists. */
export function unmetCondition(
	when: WhenConfig | undefined,
	{ reads, environment, command, held, viewer, lookOnFuse }: Circumstances,
): string | undefined {
	if (when === undefined) {
		return undefined;
	}
	for (const { name, value } of when.env) {
		const found = givenVariable(environment, name);
		if (value === undefined && found === undefined) {
			return `${name} ${lackOfVariable(environment, name)}`;
		}
		if (value !== undefined && value !== (found ?? "")) {
			return `${name} has another value`;
		}
	}
	const set = when.unset.find((name) => givenVariable(environment, name) !== undefined);
	if (set !== undefined) {
		return `${set} is set`;
	}
	if (when.exists !== undefined) {
		const path = fromRoot(reads, when.exists);
		const code = lookFor(reads, path, viewer) ?? lookOnFuse?.(path) ?? errno.ENOENT;
		if (saysAbsent(code)) {
			return `${when.exists} does not exist`;
		}
		if (code !== 0) {
			throw refusal(new SyscallError("statx", code), { reads, path });
		}
	}
	if (when.command !== undefined && !when.command.includes(baseName(command))) {
		return `the command is ${baseName(command)}`;
	}
	if (when.held !== undefined && !held.has(when.held)) {
		return `${capabilityName(when.held)} is not held`;
	}
	return undefined;
}

/** The same, but `undefined` as well when it cannot be told now. */
export function knownUnmet(when: WhenConfig | undefined, circumstances: Circumstances): string | undefined {
	try {
		return unmetCondition(when, circumstances);
	} catch (error) {
		return unlessDefect(error);
	}
}
