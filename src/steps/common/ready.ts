import { parseAddress } from "../../net/address.ts";
import { addressesOf } from "../../net/resolve-name.ts";
import { AF, AT, POLL, SOCK } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import type { Host } from "../../sys/native.ts";
import { errnoOf, withDescriptor } from "../../sys/observe.ts";
import type { ApplyContext } from "../step.ts";

/** A server, by its name or literal address. */
export interface Endpoint {
	readonly host: string;
	readonly port: number;
	readonly text: string;
}

export interface HttpEndpoint extends Endpoint {
	/** As the Host header wants it, and the path with its query. */
	readonly authority: string;
	readonly path: string;
}

export type ReadyTarget =
	| (Endpoint & { readonly kind: "tcp" })
	| (HttpEndpoint & { readonly kind: "http" })
	| { readonly kind: "unix" | "file"; readonly text: string; readonly path: string };

const nameForm =
	/^(?=.{1,254}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$/;

/** `db:5432`, `10.0.0.1:80`, `[::1]:80`. */
export function parseEndpoint(written: unknown): Endpoint | undefined {
	if (typeof written !== "string") {
		return undefined;
	}
	const [, name = "", digits = ""] = /^(.+):([0-9]{1,5})$/.exec(written) ?? [];
	const port = Number(digits);
	if (digits === "" || port < 1 || port > 65_535) {
		return undefined;
	}
	const literal = parseAddress(written)?.ip;
	const isNumeric = /^[0-9.]+$/.test(name);
	const host = literal ?? (nameForm.test(name) && !isNumeric ? name : undefined);
	return host === undefined ? undefined : { host, port, text: `tcp ${written}` };
}

const defaultPort = 80;

/** Nothing in the path may end the line of the request. */
export function parseHttp(written: unknown): HttpEndpoint | undefined {
	const [, authority = "", path = ""] =
		/^http:\/\/([^/?#@\s]+)((?:[/?][\x21-\x22\x24-\x7e]*)?)$/.exec(typeof written === "string" ? written : "") ?? [];
	const found = parseEndpoint(/:[0-9]+$/.test(authority) ? authority : `${authority}:${defaultPort}`);
	return found && { ...found, text: String(written), authority, path: path.startsWith("/") ? path : `/${path}` };
}

export interface Asked extends Pick<ApplyContext, "host" | "tryAs"> {
	/** Whom what is asked for has to answer. */
	readonly child: string;
	/** Looks at a path as that user; 0, or the errno. After the drop this process is the user. */
	readonly here: (attempt: (host: Host) => number) => number;
}

/** Why something is not ready; `undefined` when it is. Looks for two seconds at most. */
export function whyNotReady(target: ReadyTarget, { host, child, tryAs, here }: Asked, restMs: number): string | undefined {
	const patience = Math.min(attemptMs, Math.max(leastMs, restMs));
	switch (target.kind) {
		case "file": {
			const { path } = target;
			return named(here((self) => errnoOf(self.statat(AT.FDCWD, path, 0))));
		}
		case "unix":
			return named(here((self) => connectUnix(self, target.path)));
		case "tcp":
			return overAddresses(host, target, patience, (address, share) => named(connected(host, address, target.port, share, () => 0)));
		case "http":
			// What is written to a server that has hung up already raises SIGPIPE.
			return overAddresses(host, target, patience, (address, share) =>
				answerText(tryAs(child, (self) => connected(self, address, target.port, share, (fd) => request(self, fd, target, share)))),
			);
	}
}

const attemptMs = 2000;
/** A last look just before the time is over should still tell what is wrong. */
const leastMs = 100;

function named(code: number): string | undefined {
	return code === 0 ? undefined : errnoName(code);
}

/** One address that is ready is enough. */
function overAddresses(
	host: Host,
	{ host: name }: Endpoint,
	patienceMs: number,
	why: (address: string, patienceMs: number) => string | undefined,
): string | undefined {
	const addresses = addressesOf(host, name, patienceMs);
	const shareMs = Math.max(leastMs, Math.floor(patienceMs / addresses.length));
	let last: string | undefined = `${name} has no address`;
	for (const address of addresses) {
		last = why(address, shareMs);
		if (last === undefined) {
			return undefined;
		}
	}
	return last;
}

/** 0, or the errno of the connection. */
function connectUnix(host: Host, path: string): number {
	const fd = host.socket(AF.UNIX, SOCK.STREAM | SOCK.NONBLOCK, 0);
	return fd < 0 ? -fd : withDescriptor(host, fd, () => Math.max(0, -host.connectUnix(fd, path)));
}

/** 0, or the errno of the connection, or what `use` answers. A second connect(2) tells how the first has ended. */
function connected(host: Host, address: string, port: number, patienceMs: number, use: (fd: number) => number): number {
	const fd = host.socket(address.includes(":") ? AF.INET6 : AF.INET, SOCK.STREAM | SOCK.NONBLOCK, 0);
	if (fd < 0) {
		return -fd;
	}
	return withDescriptor(host, fd, () => {
		let code = -host.connectInet(fd, address, port);
		if (code === errno.EINPROGRESS) {
			const ready = host.poll([[fd, POLL.OUT]], patienceMs);
			code = typeof ready === "number" || ready.length === 0 ? errno.ETIMEDOUT : -host.connectInet(fd, address, port);
		}
		return code === 0 || code === errno.EISCONN ? use(fd) : code;
	});
}

/** Answers of an HTTP server as the exit status of a child: above every errno of a connection. */
const statusBase = 116;

function request(host: Host, fd: number, { authority, path }: HttpEndpoint, patienceMs: number): number {
	const sent = host.write(
		fd,
		`GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: abdicate\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
	);
	if (sent < 0) {
		return -sent;
	}
	const ready = host.poll([[fd, POLL.IN]], patienceMs);
	if (typeof ready === "number" || ready.length === 0) {
		return errno.ETIMEDOUT;
	}
	const head = host.read(fd, 64);
	const status = Number(/^HTTP\/1\.[01] ([1-5])[0-9]{2}[ \r]/.exec(typeof head === "number" ? "" : head)?.[1] ?? 0);
	return status === 2 || status === 3 ? 0 : status === 0 ? errno.EPROTO : statusBase + status;
}

function answerText(code: number): string | undefined {
	if (code === errno.EPROTO) {
		return "does not answer in HTTP";
	}
	return code > statusBase && code <= statusBase + 5 ? `answers ${code - statusBase}xx` : named(code);
}
