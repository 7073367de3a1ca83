import type { Child, SpawnRequest } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { AT } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { exitStatus } from "../sys/wait-status.ts";
import { watchChild } from "./child.ts";
import { forkDropped, type SpawnContext } from "./spawn.ts";

const greatestStatus = 124;
const patienceMs = 10_000;

/**
 * A stat of the path in a child that has dropped to this identity. A FUSE mount answers nobody else, root included, and
 * blocks until its daemon is ready. Exit status 0, or the errno.
 */
export function lookAs(context: SpawnContext, identity: SpawnRequest["identity"], path: string): Child {
	return forkAttempt(context, identity, (host) => {
		const stat = host.statat(AT.FDCWD, path, 0);
		return typeof stat === "number" ? -stat : 0;
	});
}

/** As `lookAs` for anything that answers at once; what a dead server keeps waiting is given up. */
export function tryAs(context: SpawnContext, identity: SpawnRequest["identity"], attempt: (host: Host) => number): number {
	return answerOf(forkAttempt(context, identity, attempt));
}

/** After the drop there is nobody to become: a child as this process is, for what could end it, such as SIGPIPE. */
export function tryHere(host: Host, attempt: (host: Host) => number): number {
	const pid = must(host, "fork") as number;
	if (pid === 0) {
		try {
			host.exit(Math.min(attempt(host), greatestStatus));
		} finally {
			host.exit(errno.EIO);
		}
	}
	return answerOf(watchChild(host, pid));
}

function answerOf(child: Child): number {
	const status = child.wait(patienceMs);
	if (status === undefined) {
		child.stop();
		return errno.ETIMEDOUT;
	}
	return exitStatus(status) ?? errno.EIO;
}

function forkAttempt(context: SpawnContext, identity: SpawnRequest["identity"], attempt: (host: Host) => number): Child {
	const { host } = context;
	return forkDropped(context, { identity, capabilities: [] }, (failurePipe) => {
		host.close(failurePipe);
		return Math.min(attempt(host), greatestStatus);
	});
}
