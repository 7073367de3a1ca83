import { POLL } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import type { Host } from "../../sys/native.ts";

/** Whether a descriptor is ready for these events in time. */
export type Waiting = (fd: number, events: number) => boolean;

/** Announcements of the answer may come before it, with fields. */
const mostBytes = 16_384;
const pieceBytes = 4096;

/** Asks for a path once; the status of the answer, or in words why there is none. What comes behind the status is not read. */
export function askHttp(
	host: Host,
	fd: number,
	{ authority, path }: { authority: string; path: string },
	isReady: Waiting,
): number | string {
	const sent = host.send(
		fd,
		`GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: abdicate\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
	);
	if (sent < 0) {
		return errnoName(sent);
	}
	let answer = "";
	for (let total = 0; total <= mostBytes; ) {
		if (!isReady(fd, POLL.IN)) {
			return total === 0 ? "takes the connection and does not answer" : "has not come to its status";
		}
		const piece = host.read(fd, pieceBytes);
		if (piece === -errno.EAGAIN) {
			continue;
		}
		if (typeof piece === "number" || piece === "") {
			return piece === "" ? `hangs up ${total === 0 ? "without an answer" : "before its status"}` : errnoName(piece);
		}
		total += piece.length;
		answer = withoutAnnouncements(answer + piece);
		const found = readStatus(answer);
		if (found !== undefined) {
			return found;
		}
	}
	return noHttp;
}

const noHttp = "does not answer in HTTP/1";
const version = "HTTP/1.";
/** `HTTP/1.1 200 `, with what must follow the status. */
const statusLength = 13;
const switching = 101;

const statusLine = /^HTTP\/1\.[0-9] ([1-9][0-9]{2})[ \r\n]/;

/** What is left behind those that only announce the answer; an offer to switch protocols is one. RFC 9110 15.2 */
export function withoutAnnouncements(answer: string): string {
	const status = Number(statusLine.exec(answer)?.[1] ?? switching);
	const end = status < 200 && status !== switching ? /\r?\n\r?\n/.exec(answer) : null;
	return end === null ? answer : withoutAnnouncements(answer.slice(end.index + end[0].length));
}

/** The status that an answer begins with, once it is there; in words why there will be none. RFC 9112 4 */
export function readStatus(answer: string): number | string | undefined {
	// An alert or a handshake. RFC 8446 5.1
	if (/^[\x15\x16](?:\x03|$)/.test(answer)) {
		return answer.length === 1 ? undefined : "answers in TLS; wait for the port with tcp";
	}
	const status = Number(statusLine.exec(answer)?.[1] ?? 0);
	if (status === 0) {
		return version.startsWith(answer.slice(0, version.length)) && answer.length < statusLength ? undefined : noHttp;
	}
	return status < 200 && status !== switching ? undefined : status;
}
