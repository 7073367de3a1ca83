import { everyCapability } from "../../capability/said.ts";
import type { CapabilitySet } from "../../capability/set.ts";
import { fail } from "../../report/failure.ts";
import { json } from "../../report/json.ts";
import { printable } from "../../report/text.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { observeDetails, type ProcessDetails } from "./process-details.ts";
import { observeProcess, type ProcessStatus } from "./process-status.ts";
import { comparedRows } from "./text.ts";
import { tell } from "./unknown.ts";

/** Often enough to see a start step by step; what lasts shorter may go unseen. */
const interval = 200;
const readable = 1;

/** Prints what changes from now on, until the process ends; an interrupt ends this program as any other. */
export function watch(host: Host, status: ProcessStatus, asJson: boolean): void {
	const fd = host.pidfdOpen(status.pid);
	if (fd < 0) {
		const { message, remedy } = errnoText("pidfd_open", fd);
		fail("PROCESS_UNKNOWN", `pidfd_open ${status.pid}: ${message}`, { remedy });
	}
	withDescriptor(host, fd, () => printChanges(host, fd, status.pid, asJson));
}

/** The descriptor stays that of the process, so its number cannot have become another's unless it says so. pidfd_open(2) */
function printChanges(host: Host, fd: number, pid: number, asJson: boolean): void {
	const [start, every] = [host.clock(), everyCapability(host)];
	let before: ReadonlyMap<string, unknown> | undefined;
	// Until the process ends, or nobody reads any more.
	for (;;) {
		const found = observeProcess(host, pid);
		const now = typeof found === "string" ? undefined : stateOf(observeDetails(host, found), every, asJson);
		const events = host.poll([[fd, readable]], 0);
		const hasEnded = now === undefined || (typeof events !== "number" && events.length > 0);
		const seconds = (host.clock() - start) / 1000;
		if (hasEnded) {
			host.write(1, asJson ? `${json({ seconds, what: "ended" })}\n` : `${stamp(seconds)} ended\n`);
			return;
		}
		const changed = [...now].filter(([what, value]) => before !== undefined && !same(before.get(what), value));
		const text = changed.map(([what, value]) => line(seconds, what, before?.get(what), value, asJson)).join("");
		if (text !== "" && host.write(1, text) < 0) {
			return;
		}
		before = now;
		host.poll([[fd, readable]], interval);
	}
}

/** The lines of the text, or the values of the JSON with each set on its own. */
function stateOf(details: ProcessDetails, every: CapabilitySet, asJson: boolean): ReadonlyMap<string, unknown> {
	const { sets, ...rest } = details;
	const rows: readonly (readonly [string, unknown])[] = asJson ? Object.entries({ ...rest, ...sets }) : comparedRows(details, every);
	return new Map<string, unknown>([["name", asJson ? details.name : tell(details.name, String)], ...rows]);
}

function same(left: unknown, right: unknown): boolean {
	return JSON.stringify(left) === JSON.stringify(right);
}

function line(seconds: number, what: string, from: unknown, to: unknown, asJson: boolean): string {
	return asJson
		? `${json({ seconds, what, from: from ?? null, to: to ?? null })}\n`
		: `${stamp(seconds)} ${what}: ${printable(`${from || "none"}`)} -> ${printable(`${to || "none"}`)}\n`;
}

function stamp(seconds: number): string {
	return `+${seconds.toFixed(1)}s`;
}
