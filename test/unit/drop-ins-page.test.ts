import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { dropInNames } from "../../src/cli/other-names.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { parseYaml } from "../../src/node/yaml.ts";
import { loadSteps } from "../../src/steps/index.ts";
import type { Reads } from "../../src/sys/native.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/drop-ins.md"), "utf8");
const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

/** The files in the table of what YAML says instead. */
const rows = [...(page.split("## When to prefer YAML")[1] ?? "").matchAll(/^\| `.*?` \| (.*) \|$/gm)].map(([, cell = ""]) =>
	[...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text).join("\n"),
);

it.each(rows)("the page of drop-ins has a valid file for what it replaces: %j", async (text) => {
	const config = await parseConfig(text.includes("user:") ? text : `user: app\n${text}`, "page.yaml", {
		reads,
		environment: new Map(),
		loadSteps,
	});
	expect(config.user).toBe("app");
});

it("the page of drop-ins has as many as there are rows, and every name", () => {
	expect(rows.length).toBeGreaterThan(7);
	const listed = [...(page.split("\n## ")[0] ?? "").matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = ""]) =>
		cell.replaceAll("`", "").split(", "),
	);
	expect(listed.sort()).toEqual([...dropInNames].sort());
});
