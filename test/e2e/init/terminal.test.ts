import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { shell, wordsOf } from "../../harness/init/inits.ts";
import { closeTerminals, ctrl, ofMachine, openTerminal, type Terminal } from "../../harness/init/terminal.ts";
import { situation } from "./situation.ts";

closeTerminals();

const bash = ["bash", "--norc", "--noprofile", "-i"];
/** How long to wait for what some inits never do. */
const patience = 1.5;

/** Does one thing after the other while each happens; what has happened, and what has not. */
async function oneByOne(acts: readonly (readonly [what: string, happens: () => Promise<unknown>])[]): Promise<string[]> {
	const seen: string[] = [];
	for (const [what, happens] of acts) {
		if (!(await happens())) {
			return [...seen, `not: ${what}`];
		}
		seen.push(what);
	}
	return seen;
}

/** A shell with jobs: how far it gets. */
async function jobs(terminal: Terminal): Promise<string[]> {
	const after = (text: string, shown: RegExp) => () => {
		terminal.type(text);
		return terminal.shows(shown, patience);
	};
	const again = (text: string, shown: RegExp) => () => terminal.typesUntil(text, shown, patience);
	const seen = await oneByOne([
		["fg", after("sleep 100 &\nfg\n", /\nsleep 100/)],
		["stopped", again(ctrl.Z, /Stopped +sleep 100/)],
		["listed", after("jobs; fg\n", /Stopped +sleep 100/)],
		["interrupted", again(ctrl.C, /\[130\]> /)],
		["left", after("exit 9\n", /exit/)],
		["with 9", async () => (await terminal.ended(patience)) === 9],
	]);
	terminal.close();
	return seen;
}

const asWithout = ["fg", "stopped", "listed", "interrupted", "left", "with 9"];

situation("job control", {
	run: (init) => jobs(openTerminal(wordsOf(init, bash))),
	right: asWithout,
	others: { catatonit: ["fg", "not: stopped"] },
});

situation("job control below an init", {
	run: (init) => jobs(openTerminal(wordsOf("tini", wordsOf(init, bash, { options: { tini: ["-s"] } })))),
	right: asWithout,
	others: { "dumb-init": ["not: fg"], catatonit: ["fg", "not: stopped"] },
});

situation<number | "frozen">("Ctrl-Z without a shell", {
	run: async (init) => {
		const terminal = openTerminal(wordsOf(init, shell("echo ready; exec sleep 100")));
		await terminal.shows(/ready/);
		terminal.type(ctrl.Z);
		// What it does is not to be seen everywhere, and of two signals the lower number comes first.
		await delay(200);
		terminal.type(ctrl.C);
		const status = await terminal.ended(1);
		terminal.close();
		return status ?? "frozen";
	},
	right: 130,
	others: { tini: "frozen" },
});

situation("below a shell", {
	run: async (init) => {
		const terminal = openTerminal(bash);
		const words = wordsOf(init, ["cat"], { options: { tini: ["-s"] } });
		await terminal.shows(/\[0\]> /);
		terminal.type(`${words.map(ofMachine).join(" ")}\n`);
		const again = (text: string, shown: RegExp) => () => terminal.typesUntil(text, shown, patience);
		const seen = await oneByOne([
			["reads", again("one\n", /one\r\none/)],
			["stopped", again(ctrl.Z, /Stopped .*\r\n.*> /)],
			["the shell reads", again("echo $((40+2))\n", /\n42/)],
			["fg", again("fg\n", /\n.*cat\r\n/)],
			["reads again", again("two\n", /two\r\ntwo/)],
			["interrupted", again(ctrl.C, /\[130\]> /)],
		]);
		terminal.close();
		return seen;
	},
	right: ["reads", "stopped", "the shell reads", "fg", "reads again", "interrupted"],
	others: { tini: ["reads", "not: stopped"], catatonit: ["reads", "not: stopped"] },
});

situation("size of the window", {
	run: async (init) => {
		const terminal = openTerminal(wordsOf(init, shell('trap "stty size" WINCH; echo ready; while :; do sleep .05; done')));
		await terminal.shows(/ready/);
		terminal.resize(50, 132);
		const isTold = (await terminal.shows(/50 132/)) !== undefined;
		terminal.close();
		return isTold;
	},
	right: true,
});

situation("hang-up", {
	run: async (init) => {
		const directory = mkdtempSync(join(tmpdir(), "abdicate-terminal-"));
		const file = join(directory, "said");
		const terminal = openTerminal(
			wordsOf(init, shell(`trap 'echo hung up > ${file}; exit 7' HUP; echo ready; while :; do sleep .05; done`)),
		);
		await terminal.shows(/ready/);
		terminal.hangUp();
		const status = await terminal.ended();
		const said = readFileSync(file, "utf8");
		rmSync(directory, { recursive: true });
		terminal.close();
		return { status, said };
	},
	right: { status: 7, said: "hung up\n" },
});
