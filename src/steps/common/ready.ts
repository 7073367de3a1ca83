import { deadEnd } from "../../files/dead-end.ts";
import { addressesOf, type Unresolved } from "../../net/resolve-name.ts";
import type { Problem } from "../../report/problem.ts";
import { AF, AT, POLL, SOCK } from "../../sys/constants.ts";
import { type ErrnoName, errno, errnoName } from "../../sys/errno.ts";
import type { Host } from "../../sys/native.ts";
import { errnoOf, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { statServed } from "../../sys/served.ts";
import { deadMount } from "./dead-mount.ts";
import type { Endpoint, HttpEndpoint } from "./endpoint.ts";
import { askHttp } from "./http-answer.ts";
import { isUnknown, namelessText, toAsk } from "./nameless.ts";
import { pendingStop, sliceMs } from "./stop-signals.ts";
import { waysOfGroup } from "./ways-to-open.ts";

export type ReadyTarget =
	| (Endpoint & { readonly kind: "tcp" })
	/** With the statuses that count: `401`, or `2xx` for all of that kind. */
	| (HttpEndpoint & { readonly kind: "http"; readonly statuses: readonly string[] })
	| { readonly kind: "unix" | "file"; readonly text: string; readonly path: string };

export interface Asked {
	readonly host: Host;
	/** Looks at a path as whom what is asked for has to answer; 0, or the errno, in this time. */
	readonly tryAs: (attempt: (host: Host) => number, patienceMs: number) => number;
	/** Called now and then by what takes long. */
	readonly whileWaiting?: () => void;
	/** The status that each HTTP server answered last. */
	readonly answers: Map<ReadyTarget, Problem>;
	/** What helps where the last look tells that more time does not. */
	readonly remedies: Map<ReadyTarget, readonly string[]>;
	/** What helps where it may still come. */
	readonly moreTime: string;
}

/**
 * Why something is not ready; `undefined` when it is. A look takes two seconds at most, but what has taken the connection of an HTTP request
 * may answer until the time is over. A signal that stops the start ends it early.
 */
export function whyNotReady(target: ReadyTarget, asked: Asked, restMs: number): string | undefined {
	const { tryAs } = asked;
	const patience = Math.min(attemptMs, Math.max(leastMs, restMs));
	switch (target.kind) {
		case "file":
		case "unix": {
			const { kind, path } = target;
			const look = (self: Host) => (kind === "unix" ? connectUnix(self, path) : errnoOf(statServed(self, AT.FDCWD, path)));
			const code = tryAs(look, patience);
			const isReached =
				kind === "unix" && code === errno.EACCES && tryAs((self) => errnoOf(statServed(self, AT.FDCWD, path)), patience) === 0;
			return whyNotThere(target, asked, code, isReached);
		}
		case "tcp":
			return withRemedy(
				target,
				asked,
				overAddresses(asked, target, patience, (address, until) => connected(asked, address, target.port, until, () => undefined)),
			);
		case "http":
			return whyNotContent(target, asked, Math.max(leastMs, restMs));
	}
}

const attemptMs = 2000;
/** A last look just before the time is over should still tell what is wrong. */
const leastMs = 100;

function whyNotThere(
	target: ReadyTarget & { readonly path: string },
	{ host, remedies }: Asked,
	code: number,
	isReached: boolean,
): string | undefined {
	if (code === 0) {
		return undefined;
	}
	// What took too long may be faster the next time.
	const dead = code === errno.ETIMEDOUT ? undefined : deadMount(new SyscallError("statx", code), { reads: host, path: target.path });
	const stat = isReached ? statServed(host, AT.FDCWD, target.path) : 0;
	const closed =
		typeof stat === "number"
			? ["open each directory above it to who looks (a FUSE mount: allow_other)"]
			: waysOfGroup(host, target.path, stat);
	const remedy = code === errno.EACCES ? closed : dead?.remedy;
	if (remedy === undefined) {
		remedies.delete(target);
	} else {
		remedies.set(target, remedy);
	}
	const end = code === errno.ENOENT ? deadEnd(host, target.path) : undefined;
	const words = dead?.message ?? (end?.missing === target.path ? undefined : end?.words);
	return words === undefined ? seenText(code) : `${errnoName(code)}: ${words}`;
}

/** Twice of what was not enough. */
export function longer(timeoutMs: number, leastMinutes: number): string {
	return `timeout: ${Math.max(leastMinutes, Math.ceil(timeoutMs / 30_000))}m, say, if it may take longer`;
}

function withRemedy(target: ReadyTarget, { remedies }: Asked, miss: Problem | undefined): string | undefined {
	if (miss?.remedy !== undefined) {
		remedies.set(target, miss.remedy);
	}
	return miss?.message;
}

/** What the last look has met, in words. */
const seen: Partial<Record<ErrnoName, string>> = {
	ECONNREFUSED: "nobody listens there",
	...Object.fromEntries(["ECONNRESET", "EPIPE"].map((name) => [name, "who listens there closes the connection"])),
	ENETUNREACH: "there is no way to it from this network",
	EHOSTUNREACH: "there is no way to it, or it is off",
	ETIMEDOUT: "nothing answers",
	EADDRNOTAVAIL: "this container has no address to ask it from",
	ENOENT: "it does not exist",
	ENOTDIR: "a part of its path is no directory",
	EACCES: "it, or a directory above it, is closed to who looks",
	EAGAIN: "who listens there takes no more connections",
};

function seenText(code: number): string {
	return withWords(errnoName(code));
}

function withWords(name: string): string {
	const words = seen[name as ErrnoName];
	return words === undefined ? name : `${name}: ${words}`;
}

const sameNetwork =
	"a network that both are on: docker run --network NAME ... | compose: networks: [NAME] | kubernetes: its Service, and a NetworkPolicy that lets it pass";

/** Beside more time, where that may help at all. */
const seenRemedies: Partial<Record<ErrnoName, readonly string[]>> = {
	ECONNREFUSED: ["or another port, or there it listens on 127.0.0.1 alone, and has to on 0.0.0.0"],
	EHOSTUNREACH: [sameNetwork],
	ETIMEDOUT: [sameNetwork],
};

/** Its workload comes after the steps. */
const itself = ["this address is this container itself: write the name of the other one, of compose the service's"];

function lastSeen(code: number, { moreTime }: Asked): Problem {
	const isAlone = code === errno.ENETUNREACH;
	return { message: seenText(code), remedy: isAlone ? [sameNetwork] : [moreTime, ...(seenRemedies[errnoName(code) as ErrnoName] ?? [])] };
}

/** What helps with all that did not come. */
export function remediesFor(missing: Iterable<ReadyTarget>, { remedies, moreTime }: Asked): string[] {
	return [...new Set([...missing].flatMap((each) => remedies.get(each) ?? [moreTime]))];
}

const itsName = [
	"start it first, and keep it running: a container that has ended has no name",
	"the name that a network of both knows: docker run --network NAME ... | compose: that of the service, networks: [NAME] | kubernetes: SERVICE.NAMESPACE",
];
function nameless(name: string, asked: Asked, unresolved: Unresolved): Problem {
	// Docker's own server asks others for what is no container's name, and what they do not answer neither does it.
	const isContainers = isUnknown(unresolved) || (unresolved.servers.includes("127.0.0.11") && !name.includes("."));
	return { message: namelessText(name, unresolved), remedy: [...(isContainers ? itsName : [toAsk]), asked.moreTime] };
}

/** Of a kind of address that this network does not have, nothing is learnt: without IPv6 there is no way to most, and ::1 does not exist. */
const noSuchKind = [errno.ENETUNREACH, errno.EADDRNOTAVAIL].map(seenText);

/** One address that is ready is enough; each has its share of the time that is left. */
function overAddresses(
	asked: Asked,
	{ host: name }: Endpoint,
	patienceMs: number,
	why: (address: string, until: number) => Problem | undefined,
): Problem | undefined {
	const { host } = asked;
	const end = host.clock() + patienceMs;
	let last: Problem | undefined;
	const addresses = addressesOf(host, name, Math.min(attemptMs, patienceMs), (unresolved) => {
		last = nameless(name, asked, unresolved);
	});
	for (const [index, address] of addresses.entries()) {
		const now = host.clock();
		const miss = why(address, now + Math.max(leastMs, (end - now) / (addresses.length - index)));
		if (miss === undefined) {
			return undefined;
		}
		last = last !== undefined && noSuchKind.includes(miss.message) ? last : miss;
	}
	return last;
}

/** 0, or the errno of the connection. */
function connectUnix(host: Host, path: string): number {
	const fd = host.socket(AF.UNIX, SOCK.STREAM | SOCK.NONBLOCK, 0);
	return fd < 0 ? -fd : withDescriptor(host, fd, () => Math.max(0, -host.connectUnix(fd, path)));
}

/** Why there is no connection, or what `use` says of it. A second connect(2) tells how the first has ended. */
function connected(
	asked: Asked,
	address: string,
	port: number,
	until: number,
	use: (fd: number) => Problem | undefined,
): Problem | undefined {
	const { host } = asked;
	const fd = host.socket(address.includes(":") ? AF.INET6 : AF.INET, SOCK.STREAM | SOCK.NONBLOCK, 0);
	if (fd < 0) {
		return lastSeen(-fd, asked);
	}
	return withDescriptor(host, fd, () => {
		let code = -host.connectInet(fd, address, port);
		if (code === errno.EINPROGRESS) {
			const isThere = isReadyInTime(asked, fd, POLL.OUT, Math.min(until, host.clock() + attemptMs));
			code = isThere ? -host.connectInet(fd, address, port) : errno.ETIMEDOUT;
		}
		const isItself = code === errno.ECONNREFUSED && /^(?:127\.|::1$)/.test(address);
		return code === 0 || code === errno.EISCONN ? use(fd) : isItself ? { message: seenText(code), remedy: itself } : lastSeen(code, asked);
	});
}

function isReadyInTime({ host, whileWaiting }: Asked, fd: number, events: number, until: number): boolean {
	for (;;) {
		const restMs = Math.max(0, until - host.clock());
		const ready = host.poll([[fd, events]], Math.min(sliceMs, restMs));
		if (typeof ready !== "number" && ready.length > 0) {
			return true;
		}
		if (restMs === 0 || pendingStop(host) !== undefined) {
			return false;
		}
		whileWaiting?.();
	}
}

/** Whatever is wrong now, what it has answered last tells more. */
function whyNotContent(target: Extract<ReadyTarget, { kind: "http" }>, asked: Asked, patienceMs: number): string | undefined {
	const { host, answers } = asked;
	const miss = overAddresses(asked, target, patienceMs, (address, until) =>
		connected(asked, address, target.port, until, (fd) => {
			const found = askHttp(host, fd, target, (each, events) => isReadyInTime(asked, each, events, until));
			if (typeof found === "string") {
				return { message: withWords(found) };
			}
			const answer = `the last answer was ${found}${found >= 300 && found < 400 ? ", which is not followed" : ""}`;
			const orLater = found >= 500 ? ", or a longer timeout" : "";
			const told = { message: answer, remedy: [`status: [${found}], if that is its answer when it is ready${orLater}`] };
			answers.set(target, told);
			return target.statuses.some((each) => each === `${found}` || each === `${Math.floor(found / 100)}xx`) ? undefined : told;
		}),
	);
	const last = answers.get(target);
	const why = withRemedy(target, asked, miss && { message: miss.message, remedy: last?.remedy ?? miss.remedy });
	return why === undefined || last === undefined || why === last.message ? why : `${why}; ${last.message}`;
}
