import type { Child } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { SIG } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";

const POLLIN = 1;
const WNOHANG = 1;
const graceMs = 1000;

/** A child by its pidfd, so that waiting can end at a deadline and a signal never reaches another process. pidfd_open(2) */
export function watchChild(host: Host, pid: number): Child {
	const pidfd = must(host, "pidfdOpen", pid) as number;
	let status: number | undefined;

	const wait = (timeoutMs: number): number | undefined => {
		if (status === undefined && pollUntil(host, pidfd, timeoutMs)) {
			[, status] = must(host, "waitpid", pid, WNOHANG) as [number, number];
			host.close(pidfd);
		}
		return status;
	};
	return {
		pid,
		wait,
		stop: () => {
			if (wait(0) === undefined) {
				host.kill(pid, SIG.TERM);
			}
			// Without KILL a root process cannot signal what has dropped to another user; then it is left, not waited for.
			if (wait(graceMs) === undefined && host.kill(pid, SIG.KILL) === 0) {
				wait(-1);
			}
		},
	};
}

/** True when readable in time; an interrupting signal does not prolong the wait. poll(2) */
function pollUntil(host: Host, fd: number, timeoutMs: number): boolean {
	const deadline = host.clock() + timeoutMs;
	for (;;) {
		const rest = timeoutMs < 0 ? -1 : Math.max(0, deadline - host.clock());
		const ready = host.poll([[fd, POLLIN]], rest);
		if (typeof ready === "number") {
			if (ready === -errno.EINTR) {
				continue;
			}
			return false;
		}
		return ready.length > 0;
	}
}
