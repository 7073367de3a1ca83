import { json } from "./json.ts";
import { printable } from "./text.ts";

export interface LogOptions {
	/** -1 quiet, 0 normal, 1 verbose. */
	readonly level: number;
	readonly format: "text" | "json";
}

export interface Log {
	/** One step, one line, at -v. */
	step(state: string, words: () => readonly [name: string, detail: string]): void;
	/** How the plan adapts to the start, at -v. */
	note(message: string): void;
	/** What the user should see at a normal start too: a step that failed and may. */
	warn(message: string): void;
	/** That something takes long, and how far it is: nothing is wrong. */
	progress(message: string): void;
}

/** What of a host it takes to speak. */
export interface Output {
	write(fd: number, text: string): unknown;
}

export const stderr = 2;

/** Messages go to standard error. A failed write is ignored: there is nowhere left to say it. */
export function openLog(output: Output, { level, format }: LogOptions): Log {
	const write = (text: string) => void output.write(stderr, text);
	const line = (severity: string, text: string, fields: Record<string, string>) =>
		write(format === "json" ? `${json({ severity, ...fields })}\n` : `abdicate: ${printable(text)}\n`);
	return {
		step: (state, words) => {
			if (level > 0) {
				const [name, detail] = words();
				line("info", `${state.padEnd(9)}${name}${detail === "" ? "" : `: ${detail}`}`, { step: name, state, detail });
			}
		},
		note: (message) => {
			if (level > 0) {
				line("info", `note: ${message}`, { message });
			}
		},
		warn: (message) => {
			if (level >= 0) {
				line("warning", `warning: ${message}`, { message });
			}
		},
		progress: (message) => {
			if (level >= 0) {
				line("info", message, { message });
			}
		},
	};
}
