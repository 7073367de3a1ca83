import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse.ts";
import { parseYaml } from "../../src/node/yaml.ts";
import { loadSteps, stepKinds } from "../../src/steps/index.ts";
import type { Reads } from "../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;
const page = readFileSync(join(import.meta.dirname, "../../docs/from-docker-entrypoint.md"), "utf8");
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);

describe("the files on the page for those who come from shell scripts", () => {
	it("are as many as it has idioms, or more", () => {
		expect(blocks.length).toBeGreaterThan(28);
	});

	it.each(blocks)("are valid: %j", async (text) => {
		const config = await parseConfig(text, "page.yaml", { reads, environment: new Map(), loadSteps });
		expect(config.user).not.toBe(undefined);
	});
});

it("the page of steps has a section for each", () => {
	const steps = readFileSync(join(import.meta.dirname, "../../docs/reference/steps.md"), "utf8");
	expect([...steps.matchAll(/^## (\w+)$/gm)].map(([, kind]) => kind).sort()).toEqual([...stepKinds].sort());
});
