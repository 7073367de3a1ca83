import { Failure } from "../../report/failure.ts";
import type { ApplyContext, Outcome } from "../step.ts";
import type { Owner } from "./owner.ts";
import { RefusedBySystem } from "./refusal.ts";

/**
 * Reaches a goal, and where a file system lets root do nothing, as NFS with root squashed and FUSE without allow_other, reaches it as the
 * workload's user, whose it is to be: in a process that can do no more than the workload itself. `prepare` is done before, as root.
 */
export function orAsUser(
	{ uid, gid }: Owner,
	context: ApplyContext,
	reach: (context: ApplyContext) => Outcome,
	prepare?: () => void,
): Outcome {
	try {
		return reach(context);
	} catch (error) {
		const { host, target } = context;
		const isForUser = (uid === undefined || uid === target.uid) && (gid === undefined || gid === target.gid);
		if (!(error instanceof RefusedBySystem) || !isForUser || host.getresuid()[1] === target.uid) {
			throw error;
		}
		prepare?.();
		return reachAsUser(error, context, reach);
	}
}

/** No capability is missing for the user. */
function inOwnWords<T>(work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw error instanceof RefusedBySystem ? new Error(error.what) : error;
	}
}

function reachAsUser(refused: RefusedBySystem, context: ApplyContext, reach: (context: ApplyContext) => Outcome): Outcome {
	const { uid } = context.target;
	try {
		const { state, detail } = context.asWorkload((host) => inOwnWords(() => reach({ ...context, host })));
		return { state, detail: `${detail}; as uid ${uid}, because the file system does not let root in` };
	} catch (error) {
		if (!(error instanceof Failure)) {
			throw error;
		}
		const [first] = refused.diagnostics;
		throw new Failure({ ...first, message: `${first.message}; as uid ${uid} it fails as well: ${error.message}` });
	}
}
