import { expect, it } from "vitest";
import { type Init, runUnder, shell, type Under } from "../../harness/init/inits.ts";
import { situation } from "./situation.ts";

/** The statuses of one command after the other. */
async function statuses(init: Init, commands: readonly (readonly string[])[], under: Under = {}): Promise<number[]> {
	const ends: number[] = [];
	for (const command of commands) {
		ends.push((await runUnder(init, command, under)).status);
	}
	return ends;
}

const exits = (...numbers: readonly number[]) => numbers.map((number) => ["/probe", "exit", `${number}`]);
const deaths = (...numbers: readonly number[]) => numbers.map((number) => ["/probe", "kill", `${number}`]);

situation("exit status", {
	run: (init) => statuses(init, exits(0, 1, 42, 126, 127, 128, 200, 255)),
	right: [0, 1, 42, 126, 127, 128, 200, 255],
});

situation("end by a signal", {
	run: (init) => statuses(init, deaths(1, 2, 6, 9, 11, 15, 10, 34, 37)),
	right: [129, 130, 134, 137, 139, 143, 138, 162, 165],
	others: { alone: Array(9).fill(74) },
});

situation("no such program", {
	run: (init) => statuses(init, [["/nope"], ["/etc"], ["/etc/passwd"], ["nope"]]),
	right: [127, 126, 126, 127],
	others: { "dumb-init": [2, 2, 2, 2], catatonit: [1, 1, 1, 1] },
});

situation("quick ends", {
	run: (init) => statuses(init, exits(...Array(20).fill(42))),
	right: Array(20).fill(42),
});

situation("exit statuses mapped", {
	run: (init) =>
		statuses(init, [...deaths(15, 9), ...exits(143, 0, 7)], { init: { exit_codes: { 143: 0 } }, options: { tini: ["-e", "143"] } }),
	right: [0, 137, 0, 0, 7],
});

it("every status comes through", async () => {
	const script = 'for n in {0..255}; do /abdicate -- /probe exit $n; echo "$n $?"; done';
	const { stdout } = await runUnder("alone", shell(script));
	expect(stdout.trim().split("\n")).toEqual([...Array(256).keys()].map((number) => `${number} ${number}`));
});
