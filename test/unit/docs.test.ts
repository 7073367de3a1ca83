import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse.ts";
import { parseYaml } from "../../src/node/yaml.ts";
import { loadSteps, stepKinds } from "../../src/steps/index.ts";
import type { Reads } from "../../src/sys/native.ts";
import { writeSchema } from "../../src/tools/schema/schema.ts";

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

/** Whole files, or what stands in one beside its user: keys, or steps. */
describe("the files on the other pages", () => {
	const docs = join(import.meta.dirname, "../../docs");
	const pages = ["../README.md", ...readdirSync(docs, { recursive: true, encoding: "utf8" })].filter(
		(name) => name.endsWith(".md") && !name.startsWith("decisions/") && name !== "from-docker-entrypoint.md",
	);
	const written = pages.flatMap((name) =>
		[...readFileSync(join(docs, name), "utf8").matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => [name, text] as const),
	);

	it.each(written)("are valid, %s: %j", async (_name, text) => {
		const keys = text.startsWith("- ") ? `setup:\n${text}` : text;
		const whole = /^user:/m.test(keys) ? keys : `user: app\n${keys}`;
		await expect(parseConfig(whole, "page.yaml", { reads, environment: new Map(), loadSteps })).resolves.toHaveProperty("user");
	});

	it("are many", () => {
		expect(written.length).toBeGreaterThan(30);
	});
});

it("the page of steps has a section for each", () => {
	const steps = readFileSync(join(import.meta.dirname, "../../docs/reference/steps.md"), "utf8");
	expect([...steps.matchAll(/^## (\w+)$/gm)].map(([, kind]) => kind).sort()).toEqual([...stepKinds].sort());
});

it("the page of steps names each field of each step in its section", async () => {
	const sections = readFileSync(join(import.meta.dirname, "../../docs/reference/steps.md"), "utf8").split(/^## /m);
	const fields = [...(await writeSchema()).keys.keys()].filter((key) => stepKinds.includes(key.split(".")[0] as never));
	const isNamed = (key: string) => {
		const [kind = "", ...below] = key.split(".");
		const section = sections.find((each) => each.startsWith(`${kind}\n`)) ?? "";
		// That of a step in short has its only field in an example.
		return new RegExp(`[\`{]${below.at(-1)}\\b`).test(section) || key === "hostname.name";
	};
	expect(fields.length).toBeGreaterThan(100);
	expect(fields.filter((key) => !isNamed(key))).toEqual([]);
});
