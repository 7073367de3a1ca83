import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binary } from "../harness/paths.ts";
import { until } from "../harness/poll.ts";

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "inits-"));
	for (const name of ["tini", "dumb-init"]) {
		symlinkSync(binary, join(directory, name));
	}
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A shell with job control at a terminal of its own, by script(1), and what it has shown so far. */
function atTerminal(words: readonly string[]) {
	// Not every shell leaves its place to its last command, and an init has to lead the session to hand the terminal on.
	const child = spawn("script", ["-qec", `exec ${words.join(" ")}`, "/dev/null"], {
		env: { ...process.env, PS1: "> ", TERM: "dumb" },
	});
	let shown = "";
	child.stdout.on("data", (chunk: Buffer) => {
		shown += chunk.toString();
	});
	const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
	let read = 0;
	return {
		type: (text: string) => void child.stdin.write(text),
		/** Since what was waited for last. */
		sees: (pattern: RegExp) =>
			until(`${pattern} in ${JSON.stringify(shown)}`, async () => {
				const found = pattern.exec(shown.slice(read));
				read += found === null ? 0 : found.index + found[0].length;
				return found !== null;
			}),
		ended,
	};
}

/** What is stood in for does the same, but that a key freezes tini below a shell for good. */
const inits = [
	{ who: "tini", init: () => `${join(directory, "tini")} -s --` },
	{ who: "dumb-init", init: () => `${join(directory, "dumb-init")} --` },
	{ who: "Debian's tini", file: "/usr/bin/tini", freezes: true, init: () => "/usr/bin/tini -s --" },
	{ who: "Debian's dumb-init", file: "/usr/bin/dumb-init", init: () => "/usr/bin/dumb-init --" },
].filter(({ file }) => file === undefined || existsSync(file));

describe.each(inits)("$who at a terminal", ({ init, freezes = false }) => {
	it("gives a shell below it its job control", async () => {
		const terminal = atTerminal([init(), "bash --norc -i"]);
		terminal.type("sleep 30 & echo ready\n");
		await terminal.sees(/ready\r\n/);
		terminal.type("fg\n");
		await terminal.sees(/\nsleep 30/);
		terminal.type("\x1a");
		await terminal.sees(/Stopped/);
		terminal.type("kill %1; exit 7\n");
		terminal.type("exit 7\n");
		expect(await terminal.ended).toBe(7);
	});

	if (!freezes) {
		it("stops and goes on below a shell, and ends by the key", async () => {
			const terminal = atTerminal(["bash --norc -i"]);
			const script = "'trap \"echo on\" CONT; echo up; while :; do read -t .05 <> <(:); done'";
			terminal.type(`${init()} bash -c ${script}\n`);
			await terminal.sees(/\nup\r\n/);
			terminal.type("\x1a");
			await terminal.sees(/Stopped/);
			terminal.type("fg\n");
			await terminal.sees(/\non\r\n/);
			terminal.type("\x03");
			terminal.type("echo st$((1))ll\n");
			await terminal.sees(/\nst1ll\r\n/);
			terminal.type("exit 9\n");
			expect(await terminal.ended).toBe(9);
		});
	}
});
