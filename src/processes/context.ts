import type { Journey } from "../departure/journey.ts";
import type { Host } from "../sys/native.ts";

/** What children inherit from the run. */
export interface SpawnContext {
	readonly host: Host;
	/** The workload's environment, for children that inherit it. */
	readonly environment: readonly string[];
	/** The signal mask of the start, which programs get back. */
	readonly mask: bigint;
	/** What a step leaves for the workload stays this process's own, which watches it. */
	readonly keepsOrphans?: boolean | undefined;
}

/** A child on its way. Nobody hears its notes. */
export function childJourney({ host, mask }: SpawnContext): Journey {
	return { host, mask, note: () => {} };
}
