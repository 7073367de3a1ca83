import type { CapabilitySet } from "../../capability/set.ts";
import { type Abi, abisOf, auditArch, callNumber } from "../../confine/seccomp/calls.ts";
import type { Decision } from "../../confine/seccomp/decision.ts";
import type { Profile } from "../../confine/seccomp/profile.ts";
import { type Changes, type Resolved, resolve } from "../../confine/seccomp/resolve.ts";
import { kernelVersion } from "../../confine/seccomp/template.ts";
import type { Reads } from "../../sys/native.ts";

/** Where a profile is read. */
export interface Machine {
	/** As uname(2) says it. */
	readonly machine: string;
	readonly kernel: readonly [number, number];
}

/** For whom, too. */
export interface Reader extends Machine {
	/** What the bounding set of the process keeps. */
	readonly kept: CapabilitySet;
}

export function machineOf(reads: Pick<Reads, "uname">): Machine {
	const [, , release, , machine] = reads.uname();
	return { machine, kernel: kernelVersion(release) };
}

/** What becomes of a call; of a name that no architecture knows, what the default says. */
export type Judge = (name: string, abi?: Abi) => Decision;

/** Asked by name: on the machine's own ABI, or the first that has such a call, where none is given. Throws a Failure for a profile that contradicts itself. */
export function judgeBy(profile: Profile, changes: Changes, { machine, kernel, kept }: Reader): Judge {
	const resolved = new Map<Abi, Resolved>();
	const on = (abi: Abi): Resolved => {
		const known = resolved.get(abi) ?? resolve(profile, changes, { abi, kernel, capabilities: kept });
		resolved.set(abi, known);
		return known;
	};
	return (name, abi = abiWith(name, machine)) => {
		const { decisions, otherwise, largest = 0, beyond } = on(abi);
		const number = callNumber(abi, name);
		const decision = number === undefined ? undefined : decisions.get(number);
		return decision ?? { alternatives: [], otherwise: number === undefined || number <= largest ? otherwise : beyond };
	};
}

function abiWith(name: string, machine: string): Abi {
	const { native, others } = abisOf(machine);
	return [native, ...others, ...(Object.keys(auditArch) as Abi[])].find((abi) => callNumber(abi, name) !== undefined) ?? native;
}
