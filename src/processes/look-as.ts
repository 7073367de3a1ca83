import { depart } from "../departure/depart.ts";
import type { Departing } from "../departure/departure.ts";
import { keepOnly } from "../departure/descriptors.ts";
import { fail } from "../report/failure.ts";
import { pendingStop, sliceMs } from "../steps/common/stop-signals.ts";
import type { Probe } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { AT, POLL, SIG } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { errnoOf, mustRead, withDescriptor } from "../sys/observe.ts";
import { statServed } from "../sys/served.ts";
import { exitStatus } from "../sys/wait-status.ts";
import { childJourney, type SpawnContext } from "./context.ts";
import { forkChild } from "./fork.ts";

const greatestStatus = 124;
const usualPatienceMs = 10_000;
const killMs = 1000;
const longestText = 16_384;

/**
 * A stat of the path, by its server, in a child that has dropped to this identity. A FUSE mount answers nobody else, root included, and
 * blocks until its daemon is ready. Exit status 0, or the errno.
 */
export function lookAs(context: SpawnContext, child: Departing, path: string): Probe {
	return forkAttempt(context, child, (host) => errnoOf(statServed(host, AT.FDCWD, path)));
}

/** As `lookAs` for anything that answers at once; what a dead server keeps waiting is given up. */
export function tryAs(context: SpawnContext, child: Departing, attempt: (host: Host) => number, patienceMs?: number): number {
	return answerOf(context.host, forkAttempt(context, child, attempt), patienceMs);
}

/** After the drop there is nobody to become: a child as this process is, for what could keep it for ever. */
export function tryHere(host: Host, attempt: (host: Host) => number, patienceMs?: number): number {
	return answerOf(
		host,
		forkProbe(
			host,
			() => attempt(host),
			(pid) => host.kill(pid, SIG.KILL),
		),
		patienceMs,
	);
}

function answerOf(host: Host, probe: Probe, patienceMs = usualPatienceMs): number {
	const deadline = host.clock() + patienceMs;
	for (;;) {
		const restMs = Math.max(0, deadline - host.clock());
		const status = probe.wait(Math.min(sliceMs, restMs));
		if (status !== undefined) {
			return exitStatus(status) ?? errno.EIO;
		}
		const isStopped = pendingStop(host) !== undefined;
		if (restMs === 0 || isStopped) {
			probe.stop();
			return isStopped ? errno.EINTR : errno.ETIMEDOUT;
		}
	}
}

function forkAttempt(context: SpawnContext, child: Departing, attempt: (host: Host) => number): Probe {
	const { host } = context;
	const work = () => {
		depart(childJourney(context), child.bare);
		return attempt(host);
	};
	return forkProbe(host, work, (pid) => sendSignal(context, child, pid, SIG.KILL));
}

/** Without KILL another user's process takes signals from that user alone: as it was started as one, one can be had. kill(2) */
export function sendSignal(context: SpawnContext, child: Departing, pid: number, signal: number): void {
	if (context.host.kill(pid, signal) === -errno.EPERM) {
		tryAs(context, child, (self) => -self.kill(pid, signal));
	}
}

/**
 * The child holds nothing but the end of a pipe, which tells when it is gone, or why it could not try. A device of FUSE that it
 * held as well would keep a mount without a daemon waiting for ever, and the child with it. fuse(4)
 */
function forkProbe(host: Host, attempt: () => number, kill: (pid: number) => void): Probe {
	const [gone, held] = must(host, "pipe") as [number, number];
	let status: number | undefined;
	try {
		const pid = forkChild(host, () => {
			keepOnly(host, held);
			return Math.min(tried(host, attempt, held), greatestStatus);
		});
		const wait = (timeoutMs: number): number | undefined => {
			if (status === undefined && isGone(host, gone, timeoutMs)) {
				const text = withDescriptor(host, gone, () => mustRead("read", host.readAll(gone, longestText)));
				[, status] = must(host, "waitpid", pid, 0) as [number, number];
				if (text !== "") {
					fail("STEP_FAILED", text);
				}
			}
			return status;
		};
		const stop = () => {
			if (wait(0) === undefined) {
				kill(pid);
				// What a dead server keeps is left: it holds nothing.
				wait(killMs);
			}
		};
		return { wait, stop };
	} catch (error) {
		host.close(gone);
		throw error;
	} finally {
		host.close(held);
	}
}

function tried(host: Host, attempt: () => number, failures: number): number {
	try {
		return attempt();
	} catch (error) {
		host.write(failures, error instanceof Error ? error.message : "unknown failure");
		return errno.EIO;
	}
}

function isGone(host: Host, fd: number, timeoutMs: number): boolean {
	const deadline = host.clock() + timeoutMs;
	for (;;) {
		const ready = host.poll([[fd, POLL.IN]], Math.max(0, deadline - host.clock()));
		if (ready !== -errno.EINTR) {
			return typeof ready !== "number" && ready.length > 0;
		}
	}
}
