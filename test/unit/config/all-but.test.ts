import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

async function told(text: string): Promise<{ readonly remedies: readonly string[]; readonly certain: number }> {
	const reads = { parseYaml } as unknown as Reads;
	const result: unknown = await parseConfig(text, "/c.yaml", { reads, environment: new Map(), loadSteps }).catch((error: unknown) => error);
	const diagnostics = result instanceof Failure ? result.diagnostics : [];
	return {
		remedies: diagnostics.flatMap(({ remedy = [] }) => remedy.slice(0, 1)),
		certain: diagnostics.filter(({ correction }) => correction?.isCertain === true).length,
	};
}

describe("what is dropped from ALL stays dropped", () => {
	it.each<[string, readonly string[]]>([
		["user: app\ncap_add: [ALL]\ncap_drop: [NET_RAW]\n", ["write capabilities: {keep: [ALL], drop: [NET_RAW]}"]],
		[
			"user: app\nsecurityContext: {capabilities: {add: [ALL], drop: [SYS_ADMIN]}}\n",
			["write capabilities: {keep: [ALL], drop: [SYS_ADMIN]}"],
		],
		["user: app\ncapabilities: {keep: [ALL]}\ncap_drop: NET_RAW\n", ["write capabilities: {keep: [ALL], drop: NET_RAW}"]],
		["user: app\ncapabilities: {keep: [ALL], drop: ALL}\n", []],
	])("%j", async (text, remedies) => {
		expect(await told(text)).toEqual({ remedies, certain: 0 });
	});
});

it("what is dropped beside names that are kept is dropped anyway", async () => {
	const { remedies, certain } = await told("user: app\ncapabilities: {keep: [NET_ADMIN]}\ncap_drop: [ALL]\n");
	expect({ remedies, certain }).toEqual({ remedies: ["leave cap_drop out: all go but those in capabilities: {keep: [NAME]}"], certain: 1 });
});
