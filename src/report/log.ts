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
	/** A note is information that stands alone. */
	readonly severity: "note" | "info" | "warning" | "error";
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
	/** How long it has taken, where that is worth a word. */
	readonly milliseconds?: number | undefined;
}

/** What a line says besides its words. */
export type About = Pick<Line, "code" | "step" | "remedy">;

/** A whole line, or several: that of text is here, that of JSON in json-line.ts. */
export type Form = (line: Line) => string;

export interface Log {
	/** Whether steps are told: who does one need not look at a clock where they are not. */
	readonly tellsSteps: boolean;
	/** One step, one line, at -v. */
	step(state: string, words: () => readonly [name: string, detail: string, milliseconds?: number]): void;
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
}

export const stderr = 2;
/** Of what a step takes. */
const worthTelling = 100;

/** Messages go to standard error. A failed write is ignored: there is nowhere left to say it. */
export function openLog(output: Output, { level }: Pick<LogOptions, "level">, form: Form = textForm): Log {
	const say = (least: number, line: () => Line) => {
		if (level >= least) {
			output.write(stderr, form(line()));
		}
	};
	return {
		tellsSteps: level >= 1,
		step: (state, words) =>
			say(1, () => {
				const [step, message, took = 0] = words();
				return { severity: "info", step, state, message, ...(took < worthTelling ? {} : { milliseconds: Math.round(took) }) };
			}),
		note: (message) => say(1, () => ({ severity: "note", message })),
		warn: (message, about) => say(0, () => ({ severity: "warning", message, ...about })),
		progress: (message, about) => say(0, () => ({ severity: "info", message, ...about })),
	};
}

/** With a code it looks as an error does; that of what has a place in a file is in tell.ts. */
export function textForm({ severity, code, step, state, message, remedy = [] }: Line): string {
	const head = state?.padEnd(9) ?? (severity === "info" ? "" : code === undefined ? `${severity}: ` : `${severity}[${code}] `);
	const words = [step, message].filter((each) => each !== undefined && each !== "").join(": ");
	return [`abdicate: ${printable(head + words)}`, ...remedy.map((each) => `  ${printable(each)}`), ""].join("\n");
}
