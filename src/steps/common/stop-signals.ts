import { Failure, fail } from "../../report/failure.ts";
import { must } from "../../sys/act.ts";
import { SIG } from "../../sys/constants.ts";
import type { Host, Reads } from "../../sys/native.ts";
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
	let result: { readonly value: T } | { readonly thrown: unknown };
	try {
		result = { value: work() };
	} catch (thrown) {
		if (thrown instanceof Failure && thrown.diagnostics.some(({ code }) => code === "INTERRUPTED")) {
			throw thrown;
		}
		result = { thrown };
	}
	refuseToGoOn(host);
	must(host, "sigmask", former);
	if ("thrown" in result) {
		throw result.thrown;
	}
	return result.value;
}

/** A host to work with, and a look for signals that tell to stop. */
export interface Heeding {
	readonly host: Host;
	readonly check: () => void;
}

const firstProcess = 1;

/**
 * Where the kernel would throw them away, in a first process, they are held back for all of `work`, which gets a host that looks for them
 * wherever it waits, begins a directory, or has copied or changed some more. It ends what it was asked for once: what is then taken away or
 * put back is done to the end, and `check` tells. Elsewhere they end the process themselves, at once.
 */
export function heedingSignals<T>(host: Host, work: (heeding: Heeding) => T): T {
	return host.getpid() === firstProcess
		? whileHoldingSignals(host, () => work({ host: heedful(host), check: () => refuseToGoOn(host) }))
		: work({ host, check: () => {} });
}

function heedful(host: Host): Host {
	let isTold = false;
	const heed = (): void => {
		if (!isTold) {
			isTold = true;
			refuseToGoOn(host);
			isTold = false;
		}
	};
	const calls: Partial<Host> = {
		poll: (fds, timeoutMs) => {
			const until = timeoutMs < 0 ? Number.POSITIVE_INFINITY : host.clock() + timeoutMs;
			for (;;) {
				heed();
				const rest = Math.max(0, until - host.clock());
				const ready = host.poll(fds, Math.min(sliceMs, rest));
				if (rest <= sliceMs || typeof ready === "number" || ready.length > 0) {
					return ready;
				}
			}
		},
		readDirectory: (fd) => {
			heed();
			return host.readDirectory(fd);
		},
		entryKinds: (fd, exclude) => {
			heed();
			return host.entryKinds(fd, exclude);
		},
		compareNames: (...names) => {
			heed();
			return host.compareNames(...names);
		},
		renameat2: (...names) => {
			heed();
			return host.renameat2(...names);
		},
		copyPlain: (source, target, options, tick, first) => {
			heed();
			const heeding = (copied: number) => {
				heed();
				tick(copied);
			};
			return host.copyPlain(source, target, options, heeding, first);
		},
		copyContent: (from, to, tick) =>
			host.copyContent(from, to, () => {
				heed();
				tick();
			}),
		ownTree: (fd, options, progress) =>
			host.ownTree(fd, options, (seen, changed) => {
				heed();
				progress(seen, changed);
			}),
	};
	return Object.assign(Object.create(host) as Host, calls);
}

/** One that came while they were held. What the start was told to ignore, as by nohup(1), it ignores. */
export function pendingStop(host: Reads): { readonly name: string; readonly signal: number } | undefined {
	const pending = mustRead<bigint>("sigpending", host.sigPending());
	const came = Object.entries(stopSignals).find(([, each]) => (pending & bitOf(each)) !== 0n && host.sigDisposition(each) !== ignored);
	return came && { name: came[0], signal: came[1] };
}

export function refuseToGoOn(host: Reads): void {
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
