import { json } from "./json.ts";
import { printable } from "./text.ts";

export interface LogOptions {
	/** -1 quiet, 0 normal, 1 verbose. */
	readonly level: number;
	readonly format: "text" | "json";
	/** Words of ABDICATE_LOG that mean nothing. */
	readonly unknown?: readonly string[];
}

/** What is known of a line before it has a form; docs/reference/json.md says what each member is to a reader. */
export interface Line {
	readonly severity: "info" | "warning" | "error";
	readonly code?: string | undefined;
	/** `setup[1] own /data`; of what is no step, what it is called. */
	readonly step?: string | undefined;
	readonly message: string;
	readonly remedy?: readonly string[] | undefined;
	readonly where?: string | undefined;
	readonly source?: { readonly line: string; readonly column: number } | undefined;
	readonly signal?: number | undefined;
	/** How a step has ended. */
	readonly state?: string | undefined;
}

/** What a line says besides its words. */
export type About = Pick<Line, "code" | "step" | "remedy">;

export interface Log {
	/** One step, one line, at -v. */
	step(state: string, words: () => readonly [name: string, detail: string]): void;
	/** How the plan adapts to the start, at -v. */
	note(message: string): void;
	/** What the user should see at a normal start too: a step that failed and may. */
	warn(message: string, about?: About): void;
	/** That something takes long, and how far it is: nothing is wrong. */
	progress(message: string, about?: About): void;
}

/** What of a host it takes to speak. */
export interface Output {
	write(fd: number, text: string): unknown;
	/** Milliseconds of the clock with this number, or a negative errno. */
	clockGettime(clock: number): number;
}

export const stderr = 2;
const realtime = 0;

/** Messages go to standard error. A failed write is ignored: there is nowhere left to say it. */
export function openLog(output: Output, { level, format }: LogOptions): Log {
	const say = (text: (line: Line) => string, line: Line) =>
		void output.write(stderr, format === "json" ? jsonLine(timeOf(output), line) : textLines(text(line), line.remedy));
	return {
		step: (state, words) => {
			if (level > 0) {
				const [step, message] = words();
				say(stepText, { severity: "info", step, state, message });
			}
		},
		note: (message) => {
			if (level > 0) {
				say((line) => `note: ${placed(line)}`, { severity: "info", message });
			}
		},
		warn: (message, about) => {
			if (level >= 0) {
				say(warningText, { severity: "warning", message, ...about });
			}
		},
		progress: (message, about) => {
			if (level >= 0) {
				say(placed, { severity: "info", message, ...about });
			}
		},
	};
}

function placed({ step, message }: Line): string {
	return step === undefined ? message : `${step}: ${message}`;
}

function stepText({ state = "", step, message }: Line): string {
	return `${state.padEnd(9)}${step}${message === "" ? "" : `: ${message}`}`;
}

/** With a code it looks as an error does. */
function warningText({ code, ...line }: Line): string {
	return code === undefined ? `warning: ${placed(line)}` : `warning[${code}] ${placed(line)}`;
}

function textLines(first: string, remedy: readonly string[] = []): string {
	return [`abdicate: ${printable(first)}`, ...remedy.map((each) => `  ${printable(each)}`), ""].join("\n");
}

/** The one form of every line in JSON, whoever says it. `time` is text as it stands, for who fills it in later. */
export function jsonLine(time: string | null, { severity, code, step, message, remedy = [], ...more }: Line): string {
	return `${json({ time, severity, code: code ?? null, step: step ?? null, message, remedy, ...more })}\n`;
}

/** RFC 3339 in UTC, with milliseconds. */
export function timeOf(output: Pick<Output, "clockGettime">): string | null {
	const now = output.clockGettime(realtime);
	return now < 0 ? null : new Date(now).toISOString();
}
