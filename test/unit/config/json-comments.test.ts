import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { corrected } from "../../../src/report/correction.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

async function told(text: string) {
	const failure = await parseConfig(text, "f", { reads, environment: new Map(), loadSteps }).catch((error: unknown) => error);
	return failure instanceof Failure ? failure.diagnostics : [];
}

it("of JSON are told where they begin, all at once, and are comments afterwards", async () => {
	const text = `{
  // who
  "user": "app", /* and nobody else */
  "command": {"default": ["nginx", "http://x"]}, // run
  "limits": {"nofile": 1024,},
}
`;
	const found = await told(text);
	expect(found.map(({ where }) => where)).toEqual(["f:2:3", "f:3:18", "f:4:50"]);
	const after = corrected(
		text,
		found.flatMap(({ correction }) => correction ?? []),
	).text;
	expect(after.match(/# .*/g)).toEqual(["# who", "# and nobody else ", "# run"]);
	expect(await told(after)).toEqual([]);
});
