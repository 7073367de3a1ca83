import type { Child, SpawnRequest } from "../steps/step.ts";
import { AT } from "../sys/constants.ts";
import { forkDropped, type SpawnContext } from "./spawn.ts";

const greatestStatus = 124;

/**
 * A stat of the path in a child that has dropped to this identity. A FUSE mount answers nobody else, root included, and
 * blocks until its daemon is ready. Exit status 0, or the errno.
 */
export function lookAs(context: SpawnContext, identity: SpawnRequest["identity"], path: string): Child {
	const { host } = context;
	return forkDropped(context, { identity, capabilities: [] }, (failurePipe) => {
		host.close(failurePipe);
		const stat = host.statat(AT.FDCWD, path, 0);
		return typeof stat === "number" ? Math.min(-stat, greatestStatus) : 0;
	});
}
