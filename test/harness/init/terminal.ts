import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { afterAll } from "vitest";
import { writeConfigFile } from "../../e2e/harness/config-file.ts";
import { binary, terminalFile } from "../../e2e/harness/paths.ts";
import { until } from "../../e2e/harness/poll.ts";

/** A terminal with a program, and who sits before it. */
export interface Terminal {
	type(text: string): void;
	/** Waits for what is shown after what was waited for last; undefined where it does not come. */
	shows(text: RegExp, seconds?: number): Promise<RegExpExecArray | undefined>;
	/** Types it again and again until that is shown: a key that comes too early means another. */
	typesUntil(text: string, shown: RegExp, seconds?: number): Promise<boolean>;
	resize(rows: number, columns: number): void;
	hangUp(): void;
	/** The status; undefined where it does not end. */
	ended(seconds?: number): Promise<number | undefined>;
	close(): void;
}

export const ctrl = { C: "\x03", D: "\x04", Z: "\x1a" };

/** Where this program lies here. */
export const ofMachine = (word: string): string => (word === "/abdicate" ? binary : word);

/** As `docker run -t` has it: process 1 of a namespace leads the session of the terminal. The files are the machine's own. */
export function openTerminal(command: readonly string[], key: true | object = true): Terminal {
	const config = writeConfigFile({ user: "root", workdir: "/", init: key });
	const inside = ["unshare", "-pf", "--mount-proc", "--kill-child", "setsid", "-c", ...command];
	// Bash says the last status in its prompt.
	const env = { PATH: process.env["PATH"], HOME: "/", TERM: "dumb", PS1: "[$?]> ", INPUTRC: "/dev/null", ABDICATE_CONFIG: config.file };
	const words = ["none", ...inside.map(ofMachine)];
	const child = spawn(terminalFile, words, { env, stdio: ["pipe", "pipe", "inherit", "pipe"] });
	const [keyboard, screen, commands] = [child.stdio[0] as Writable, child.stdio[1] as Readable, child.stdio[3] as Writable];
	let [shown, from] = ["", 0];
	let status: number | undefined;
	screen.setEncoding("utf8").on("data", (text: string) => {
		shown += text;
	});
	keyboard.on("error", () => {});
	child.once("close", (code) => {
		status = code ?? 128;
	});
	const tell = (line: string): void => {
		commands.write(`${line}\n`);
	};
	const close = (): void => {
		if (open.delete(close)) {
			child.kill("SIGKILL");
			config.remove();
		}
	};
	open.add(close);
	const terminal: Terminal = {
		type: (text) => {
			keyboard.write(text);
		},
		shows: (text, seconds = 10) =>
			until(
				`${text}`,
				() => {
					const match = text.exec(shown.slice(from));
					from += match === null ? 0 : match.index + match[0].length;
					return match ?? undefined;
				},
				seconds,
			).catch(() => undefined),
		typesUntil: async (text, wanted, seconds = 10) => {
			for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
				terminal.type(text);
				if ((await terminal.shows(wanted, 0.2)) !== undefined) {
					return true;
				}
			}
			return false;
		},
		resize: (rows, columns) => tell(`size ${rows} ${columns}`),
		hangUp: () => tell("hang-up"),
		ended: (seconds = 10) => until("it ends", () => status, seconds).catch(() => undefined),
		close,
	};
	return terminal;
}

const open = new Set<() => void>();

/** To be called once per file. */
export function closeTerminals(): void {
	afterAll(() => {
		for (const close of [...open]) {
			close();
		}
	});
}
