import { type Log, type LogOptions, openLog } from "../report/log.ts";
import type { Host } from "../sys/native.ts";

/** In the form that was asked for, which is loaded unless it is the least that there is. */
export async function logFor(host: Host, speech: LogOptions): Promise<Log> {
	const { format, level } = speech;
	const form =
		format === "json"
			? (await import("../report/json-line.ts")).jsonForm(host)
			: level > 0
				? (await import("../report/verbose-form.ts")).verboseForm(host)
				: undefined;
	return openLog(host, speech, form);
}
