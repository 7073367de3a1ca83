import type { Capability } from "../capability/names.ts";
import { type Withheld, withheldFrom } from "../capability/withheld.ts";
import { type Credentials, type Lacks, observePrivilege } from "../identity/credentials.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";

/** How the container was started: what every decision of the plan is measured against. */
export interface Start {
	readonly credentials: Credentials;
	/** What a security module takes from it. */
	readonly withheld: Withheld | undefined;
	readonly lacks: Lacks;
	/** The kernel's last capability. */
	readonly last: Capability;
	readonly umask: number;
	readonly workdir: string;
	/** Signal number; 0 for none. */
	readonly parentDeathSignal: number;
	/** What this machine has is not asked: the start that is planned for is made elsewhere. */
	readonly isImagined?: true;
}

export function observeStart(reads: Reads): Start {
	const { credentials, last, lacks } = observePrivilege(reads);
	const { uids, sets, securebits } = credentials;
	return {
		credentials,
		withheld: withheldFrom(reads, { ...sets, effectiveUid: uids.effective, securebits }),
		lacks,
		last,
		umask: reads.getUmask(),
		workdir: mustRead("getcwd", reads.getcwd()),
		parentDeathSignal: mustRead("prctl(PR_GET_PDEATHSIG)", reads.getParentDeathSignal()),
	};
}
