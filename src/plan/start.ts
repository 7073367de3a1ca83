import type { Capability } from "../capability/names.ts";
import { type Credentials, observeCredentials, observeLastCapability } from "../identity/credentials.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";

/** How the container was started: what every decision of the plan is measured against. */
export interface Start {
	readonly credentials: Credentials;
	/** The kernel's last capability. */
	readonly last: Capability;
	readonly umask: number;
	readonly workdir: string;
	/** Signal number; 0 for none. */
	readonly parentDeathSignal: number;
}

export function observeStart(reads: Reads): Start {
	const last = observeLastCapability(reads);
	return {
		credentials: observeCredentials(reads, last),
		last,
		umask: reads.getUmask(),
		workdir: mustRead("getcwd", reads.getcwd()),
		parentDeathSignal: mustRead("prctl(PR_GET_PDEATHSIG)", reads.getParentDeathSignal()),
	};
}
