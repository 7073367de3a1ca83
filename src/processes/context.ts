import type { Capability } from "../capability/names.ts";
import type { Journey } from "../departure/journey.ts";
import type { Host } from "../sys/native.ts";

/** What children inherit from the run. */
export interface SpawnContext {
	readonly host: Host;
	/** The kernel's last capability. */
	readonly last: Capability;
	/** The workload's environment, for children that inherit it. */
	readonly environment: readonly string[];
	/** The signal mask of the start, which programs get back. */
	readonly mask: bigint;
}

/** A child on its way. Nobody hears its notes. */
export function childJourney({ host, last, mask }: SpawnContext): Journey {
	return { host, last, mask, note: () => {} };
}
