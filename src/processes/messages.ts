import { Failure } from "../report/failure.ts";
import { processLimit } from "../steps/common/process-limits.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Host } from "../sys/native.ts";
import { SyscallError } from "../sys/observe.ts";

/** What a keeper, or its program before it is one, tells the run: a line of JSON each. */
export interface Report {
	/** Why the program was not started, and what to do about it. */
	readonly failed?: readonly string[];
	/** Its wait status. */
	readonly ended?: number;
	/** What was still there when the program had ended, and was ended too. */
	readonly left?: readonly string[];
	/** What cannot be ended. */
	readonly stuck?: readonly string[];
}

/** Never two at once: the program has ended before its keeper says anything. */
export function say(host: Host, fd: number, report: Report): void {
	host.write(fd, reportText(report));
}

export function reportText(report: Report): string {
	return `${JSON.stringify(report)}\n`;
}

/** What happened, then a line for each thing to do about it. */
export function reasonOf(host: Host, error: unknown): readonly string[] {
	if (error instanceof SyscallError) {
		const { message, remedy = [] } = (error.is("EAGAIN") && processLimit(host, error.call)) || errnoText(error.call, error.errno);
		return [`${error.call}: ${message}`, ...remedy];
	}
	const remedy = error instanceof Failure ? (error.diagnostics[0].remedy ?? []) : [];
	return [error instanceof Error ? error.message : "unknown failure", ...remedy];
}

/** `go` leaves everything as it is; `end` is said by closing the pipe, and so by the end of the run as well. */
export type Command = "go" | "end" | { readonly signal: number };

const most = 64;

export function readCommands(host: Host, fd: number): readonly Command[] {
	const text = host.read(fd, most);
	if (typeof text === "number" || text === "") {
		return ["end"];
	}
	return [...text].map((each) => (each === "g" ? "go" : { signal: each.charCodeAt(0) }));
}

export function command(host: Host, fd: number, what: Exclude<Command, "end">): void {
	host.write(fd, what === "go" ? "g" : String.fromCharCode(what.signal));
}
