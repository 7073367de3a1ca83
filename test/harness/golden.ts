import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { busybox } from "../e2e/harness/images.ts";
import { root, terminalFile } from "../e2e/harness/paths.ts";
import { type HouseOptions, runHouse } from "./house/run.ts";

export interface Page {
	readonly columns: 80 | 120;
	/** At a terminal of that width; else into pipes, with COLUMNS. */
	readonly tty: boolean;
}

/** The four ways in which each output is compared. */
export const pages: readonly Page[] = ([80, 120] as const).flatMap((columns) => [
	{ columns, tty: true },
	{ columns, tty: false },
]);

const directory = join(root, "test/golden");
const update = process.env["UPDATE_GOLDEN"] === "1";

/**
 * Compares what the binary prints with `test/golden/NAME.COLUMNS.tty.txt` or `.pipe.txt`; UPDATE_GOLDEN=1 writes these instead. A house has the same users,
 * capabilities and files on every machine, and nothing of this one. What it prints at a terminal is one text; of pipes, standard error stands behind a line of its own.
 */
export async function golden(name: string, page: Page, words: readonly string[], house: Partial<HouseOptions> = {}): Promise<void> {
	const file = join(directory, `${name}.${page.columns}.${page.tty ? "tty" : "pipe"}.txt`);
	// So that a reader of the file sees colours too.
	const printed = (await print(page, words, house)).replaceAll("\x1b", "␛");
	if (update) {
		writeFileSync(file, printed);
	}
	expect(printed, file).toBe(existsSync(file) ? readFileSync(file, "utf8") : `${file} is missing: UPDATE_GOLDEN=1 writes it`);
}

async function print({ columns, tty }: Page, words: readonly string[], house: Partial<HouseOptions>): Promise<string> {
	const env = { ...house.env, ...(tty ? { TERM: "xterm" } : { COLUMNS: `${columns}` }) };
	const options = { image: busybox, ...house, env, flags: ["--hostname=golden", ...(house.flags ?? [])] };
	if (!tty) {
		const { status, stdout, stderr } = await runHouse({ ...options, args: words });
		return `${stdout}${stderr === "" ? "" : `--- stderr\n${stderr}`}--- exit ${status}\n`;
	}
	// The terminal's own program reads its size from descriptor 3, where a shell asks for nothing.
	const inside = ["sh", "-c", `stty cols ${columns} -onlcr; /abdicate "$@"; exit $?`, "sh", ...words];
	const outside = ["-c", 'exec "$@" 3</dev/null', "sh", "/terminal", "own", ...inside];
	const volumes = [...(house.volumes ?? []), `${terminalFile}:/terminal:ro`];
	const { status, stdout, stderr } = await runHouse({ ...options, volumes, entrypoint: "/bin/sh", args: outside });
	return `${stdout}${stderr}--- exit ${status}\n`;
}
