import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml } as unknown as Reads;

/** What is told of a condition, and whether it is written without being asked. */
async function told(condition: string): Promise<readonly (readonly [remedy: string, how: "certain" | "guess" | "words"])[]> {
	try {
		await parseConfig(`setup: [{own: /d, ${condition}}]`, "f.yaml", { reads, environment: new Map(), loadSteps });
	} catch (error) {
		return (error as Failure).diagnostics.map(({ remedy = [], correction }) => [
			remedy.join("\n"),
			correction === undefined ? "words" : correction.isCertain ? "certain" : "guess",
		]);
	}
	throw new Error(`nothing is wrong with ${condition}`);
}

const all = "when has all of env: NAME, env: {NAME: value}, unset: NAME, exists: PATH; nothing else is asked";
const absent =
	"there is no condition for what is not there: a step leaves alone what is right already (if: absent of file and copy), and a variable tells starts apart: when: {unset: NAME}";
const taken = "when takes env, unset, exists, command, held";

describe("a condition in the words of others", () => {
	it.each([
		["when: DO_OWN is defined", "when: {env: DO_OWN}"],
		["when: DO_OWN is not defined", "when: {unset: DO_OWN}"],
		["when: X is undefined", "when: {unset: X}"],
		["when: 'X == \"\"'", "when: {unset: X}"],
		["when: FOO and BAR", "when: {env: [FOO, BAR]}"],
		["when: FOO && BAR", "when: {env: [FOO, BAR]}"],
		["when: 'FOO=1 && BAR == b'", 'when: {env: {FOO: "1", BAR: b}}'],
		["when: DO_OWN == 1", 'when: {env: {DO_OWN: "1"}}'],
		["when: MODE=prod", "when: {env: {MODE: prod}}"],
		['when: X = "y"', "when: {env: {X: y}}"],
		["when: env.FOO", "when: {env: FOO}"],
		["when: '[ $FOO -eq 1 ] '", 'when: {env: {FOO: "1"}}'],
		["when: '[[ $FOO == 1 && -f /x ]]'", 'when: {env: {FOO: "1"}, exists: /x}'],
		["when: '[ -z \"$FOO\" ]'", "when: {unset: FOO}"],
		["when: exists /data", "when: {exists: /data}"],
		["when: test -e /x", "when: {exists: /x}"],
		["when: [ -f /x ]", "when: {exists: /x}"],
		["if: DO_OWN == 1", 'when: {env: {DO_OWN: "1"}}'],
		["when: {env: DO_OWN == 1}", 'env: {DO_OWN: "1"}'],
		["when: {env: [A=1, B=2]}", 'env: {A: "1", B: "2"}'],
		["when: {FOO: true}", 'when: {env: {FOO: "true"}}'],
	])("%s is certainly %s", async (written, ours) => {
		expect(await told(written)).toEqual([[`write ${ours}`, "certain"]]);
	});

	it.each([
		["when: not SKIP", "when: {unset: SKIP}"],
		["when: '!SKIP'", "when: {unset: SKIP}"],
		["when: '!$SKIP'", "when: {unset: SKIP}"],
		["when: [FOO, not BAR]", "when: {env: FOO, unset: BAR}"],
		["when: {not: FOO}", "when: {unset: FOO}"],
		["when: {FOO == 1}", 'when: {env: {FOO: "1"}}'],
		["when: {env: $DO_OWN}", "env: DO_OWN"],
		["when: {unset: [$DO_OWN]}", "DO_OWN"],
	])("%s may be meant as %s", async (written, ours) => {
		expect(await told(written)).toEqual([[`write ${ours}`, "guess"]]);
	});

	it.each([
		["when: test ! -e /x", absent],
		["when: not exists /x", absent],
		["when: FOO or BAR", all],
		["when: FOO || BAR", all],
		["when: FOO != x", all],
		["when: FOO > 1", all],
		["when: [FOO == 1, BAR]", all],
		["when: FOO BAR", all],
		["when: root", all],
		["when: ansible_os_family == 'Debian'", all],
		["when: {env: FOO != x}", all],
		["when: {user: root}", taken],
		["when: {variable: FOO || BAR}", `${all}\nthe key is called env`],
		["when: {not_env: FOO || BAR}", absent],
	])("%s is answered in words", async (written, words) => {
		expect((await told(written)).map(([remedy]) => remedy)).toEqual([words]);
		expect((await told(written)).map(([, how]) => how)).not.toContain("certain");
	});

	it("leaves the variable of a name that one of the keys has to who wrote it", async () => {
		expect(await told("when: {ENV: prod}")).toEqual([["", "guess"]]);
	});
});
