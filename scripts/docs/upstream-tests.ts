/** Upstream's own test programs, run by hand with our binary in place of theirs. */
export interface UpstreamRun {
	readonly of: string;
	readonly program: string;
	/** What was run, and how many checks of it hold for theirs on the same machine and for ours. */
	readonly checks: number;
	readonly there: number;
	readonly here: number;
	/** Why the others do not. */
	readonly others: string;
}

export const upstreamRuns: readonly UpstreamRun[] = [];
