import { type Log, type LogOptions, openLog } from "../report/log.ts";
import type { Host } from "../sys/native.ts";

/** In the form that was asked for, which is loaded unless it is text. */
export async function logFor(host: Host, speech: LogOptions): Promise<Log> {
	return openLog(host, speech, speech.format === "json" ? (await import("../report/json-line.ts")).jsonForm(host) : undefined);
}
