import type { ResidentPart, ResidentTexts } from "../departure/resident.ts";
import { json } from "../report/json.ts";
import type { LogOptions } from "../report/log.ts";
import { printable } from "../report/text.ts";

/** What stands for them in the end. */
const places = { "{pid}": "\x01", "{number}": "\x02" };

/** A line as the log has it, ready for who only fills numbers in. */
function line({ format }: Pick<LogOptions, "format">, severity: "warning" | "error", message: string): string {
	const text = format === "json" ? `${json({ severity, message })}\n` : `abdicate: ${severity}: ${printable(message)}\n`;
	return Object.entries(places).reduce((each, [name, byte]) => each.replaceAll(name, byte), text);
}

type Said = Required<Pick<ResidentTexts, "failed" | "refused" | "left" | "unfiltered">>;

const textsOf = (speech: Pick<LogOptions, "format">): Said => ({
	failed: line(speech, "error", "init: it could not be made ready (errno {number}), so the workload does not run"),
	refused: line(speech, "warning", "init: signal {number} could not be sent to process {pid}, which belongs to another user; said once"),
	left: line(
		speech,
		"warning",
		"init: processes of other users are left, which it cannot signal: grace is not for them, and they were not told",
	),
	unfiltered: line(
		speech,
		"warning",
		"init: the kernel refuses it a filter of its own (errno {number}), which no wall of the workload needs",
	),
});

/** Made when the engine is prepared. */
const inText = textsOf({ format: "text" });

export function residentTexts(speech: LogOptions): ResidentTexts {
	const { format, level } = speech;
	const said = format === "text" ? inText : textsOf(speech);
	return level < 0 ? { failed: said.failed } : said;
}

/** What is said of each process that a step has left, by its name, when it has ended. */
export function daemonTexts(speech: LogOptions, part: Pick<ResidentPart, "daemons"> | undefined): ((name: string) => string) | undefined {
	const then = part?.daemons === "terminate" ? "; the workload is told to end" : "";
	return part === undefined || (speech.level < 0 && then === "")
		? undefined
		: (name) => line(speech, "warning", `init: ${name}, which a step has left running, has ended with status {number}${then}`);
}
