import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import type { InitSetting } from "../../../src/departure/resident.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;
const parsed = (text: string) => parseConfig(`user: app\ninit: ${text}`, "f.yaml", { reads, environment: new Map(), loadSteps });

/** Of each thing that is wrong, what it is and what to do about it. */
async function saidOf(text: string): Promise<readonly string[]> {
	try {
		await parsed(text);
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ message, remedy = [] }) => [message, ...remedy].join(" | "));
		}
		throw error;
	}
	return [];
}

const all = "init takes signals, exit_codes, group, subreaper, grace, daemons";
const signal = "expected the name of a signal, such as TERM or RTMIN+3, or its number, 1 to 64";

const cases: readonly (readonly [written: string, said: readonly string[]])[] = [
	["yes", ["expected true, false, or a mapping | write init: true"]],
	["off", ["expected true, false, or a mapping | write init: false"]],
	["tini -g", ["expected true, false, or a mapping | write init: {group: true}"]],
	["/sbin/tini -v -e 143 --", ["expected true, false, or a mapping | write init: {exit_codes: {143: 0}}"]],
	["dumb-init -r 15:3", ["expected true, false, or a mapping | write init: {signals: {15: 3}}"]],
	["tini -x", ["expected true, false, or a mapping"]],
	["{reap: true}", [`unknown key | ${all}`]],
	["{exit_codes: [143]}", ["expected STATUS: STATUS, such as {143: 0} | write exit_codes: {143: 0}"]],
	["{exit_codes: 143}", ["expected STATUS: STATUS, such as {143: 0} | write exit_codes: {143: 0}"]],
	["{signals: SIGTERM->SIGQUIT}", ["expected NAME: NAME, such as {TERM: QUIT} | write signals: {SIGTERM: SIGQUIT}"]],
	["{signals: [15:3, TERM:QUIT]}", ["expected NAME: NAME, such as {TERM: QUIT} | write signals: {15: 3, TERM: QUIT}"]],
	["{signals: {TERMM: QUIT}}", [`${signal}; did you mean "TERM"?`]],
	["{signals: {TERM: QUI}}", [`${signal}, or none; did you mean "QUIT"?`]],
	["{signals: {15: 0}}", [`${signal}, or none | write 15: none`]],
	["{signals: {65: 1}}", [signal]],
	["{signals: {KILL: TERM}}", ["KILL and STOP reach nobody, and CHLD is the init's own"]],
];

describe("what is wrong at init, and what to write", () => {
	it.each(cases)("%s", async (written, said) => {
		expect(await saidOf(written)).toEqual(said);
	});

	it("is a signal neither by its name nor by its number", async () => {
		const { rows } = await parsed("{signals: {15: 3, USR1: 12, SIGWINCH: none, 64: RTMIN+3}}");
		expect((rows["init"] as InitSetting).signals).toEqual({ 15: 3, 10: 12, 28: 0, 64: 37 });
	});
});
