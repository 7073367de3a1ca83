import { fail } from "../../report/failure.ts";
import { must } from "../../sys/act.ts";
import { SIG } from "../../sys/constants.ts";
import type { Host } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";

/** What ends a start from outside: a runtime that stops the container, or a key pressed at a terminal. */
const stopSignals = { HUP: SIG.HUP, INT: SIG.INT, QUIT: SIG.QUIT, TERM: SIG.TERM } as const;
/** How long a signal may go unseen. */
export const sliceMs = 50;
const ignored = 1;

/**
 * Holds them back while `work` waits for something, so that it can be told, and ends the start by them. The kernel would throw away
 * what ends PID 1 of a container; blocked, it can be seen to be pending. Once one has come they stay blocked: the start has an end to
 * come to. pid_namespaces(7)
 */
export function whileHoldingSignals<T>(host: Host, work: () => T): T {
	const blocked = Object.values(stopSignals).reduce((mask, signal) => mask | bitOf(signal), 0n);
	const former = must(host, "sigmask", blocked) as bigint;
	try {
		return work();
	} finally {
		refuseToGoOn(host);
		must(host, "sigmask", former);
	}
}

/** One that came while they were held. What the start was told to ignore, as by nohup(1), it ignores. */
export function pendingStop(host: Host): { readonly name: string; readonly signal: number } | undefined {
	const pending = mustRead<bigint>("sigpending", host.sigPending());
	const came = Object.entries(stopSignals).find(([, each]) => (pending & bitOf(each)) !== 0n && host.sigDisposition(each) !== ignored);
	return came && { name: came[0], signal: came[1] };
}

export function refuseToGoOn(host: Host): void {
	const came = pendingStop(host);
	if (came !== undefined) {
		fail("INTERRUPTED", `told to stop by SIG${came.name} while waiting`, { signal: came.signal });
	}
}

/** Waits, but not on when a signal has come. */
export function pause(host: Host, ms: number): void {
	const until = host.clock() + ms;
	do {
		host.poll([], Math.min(sliceMs, Math.max(0, until - host.clock())));
		refuseToGoOn(host);
	} while (host.clock() < until);
}

function bitOf(signal: number): bigint {
	return 1n << BigInt(signal - 1);
}
