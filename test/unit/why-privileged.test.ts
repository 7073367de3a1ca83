import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jobs } from "../../scripts/docs/privileged-jobs.ts";
import { capabilityNames } from "../../src/capability/names.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { parseYaml } from "../../src/node/yaml.ts";
import { loadSteps } from "../../src/steps/index.ts";
import type { Reads } from "../../src/sys/native.ts";
import { check } from "../../src/tools/check/check.ts";
import { writeSchema } from "../../src/tools/schema/schema.ts";
import { dockerRoot, FakeKernel } from "../fake/index.ts";

const folder = "docs/why-privileged";
const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;
const names = jobs.map(({ name }) => name);
const { keys } = await writeSchema();
const parse = (name: string) =>
	parseConfig(readFileSync(`${folder}/${name}.yaml`, "utf8"), `${name}.yaml`, { reads, environment: new Map(), loadSteps });

/** Those whose keys this program has. */
const now = jobs.filter(({ keys: walls = [] }) => walls.every((key) => keys.has(key)));

describe("the page of jobs that are started with --privileged", () => {
	it("has a file and flags for each, and nothing else", () => {
		const flags: Record<string, string[]> = JSON.parse(readFileSync(`${folder}/flags.json`, "utf8"));
		expect(readdirSync(folder).sort()).toEqual([...names.map((name) => `${name}.yaml`), "flags.json"].sort());
		expect(Object.keys(flags).sort()).toEqual(names.filter((name) => name in flags).sort());
		expect(new Set(names).size).toBe(names.length);
		expect(names.length).toBeGreaterThan(50);
	});

	it.each(jobs)("$name is valid, as soon as its keys are known", async ({ name, keys: walls = [] }) => {
		const unknown = walls.filter((key) => !keys.has(key));
		const read = parse(name).then(
			() => "valid",
			() => "refused",
		);
		expect(await read).toBe(unknown.length === 0 ? "valid" : "refused");
	});

	it.each(now)("$name is no error for check", async ({ name }) => {
		const printed: string[] = [];
		const write = (_fd: number, text: string) => printed.push(text);
		const files = { "/etc/c.yaml": readFileSync(`${folder}/${name}.yaml`, "utf8"), "/proc/self/exe": { mode: 0o755 } };
		const { host } = new FakeKernel({ process: dockerRoot(), files, environment: ["PATH=/bin"], overrides: { parseYaml, write } });
		await check(host, "/etc/c.yaml", { format: "json", image: false, imageUser: undefined, version: "1" });
		const found: readonly { readonly severity: string }[] = JSON.parse(printed.join(""));
		expect(found.filter(({ severity }) => severity === "error")).toEqual([]);
	});

	it.each(now)("$name says of life what its file keeps", async ({ name, life }) => {
		const { capabilities } = await parse(name);
		const kept = "keep" in capabilities && Array.isArray(capabilities.keep) ? capabilities.keep.map((each) => capabilityNames[each]) : [];
		const said = capabilityNames.filter((each) => new RegExp(`\\b${each}\\b`).test(life));
		expect(kept.filter((each) => each === undefined || !said.includes(each))).toEqual([]);
		expect(/^nothing\b/.test(life) && kept.length > 0).toBe(false);
	});

	it("asks for no device that a step of the same file makes", () => {
		const flags: Record<string, string[]> = JSON.parse(readFileSync(`${folder}/flags.json`, "utf8"));
		const made = jobs.flatMap(({ name }) => {
			const creates = [...readFileSync(`${folder}/${name}.yaml`, "utf8").matchAll(/creates: (\/dev\/\S+)/g)].map(([, path = ""]) => path);
			return creates.map((path) => [name, path, (flags[name] ?? []).some((line) => line.includes(`--device ${path}:`))]);
		});
		expect(made).toEqual([["encrypted-disk", "/dev/mapper/secret", false]]);
	});

	it.each(jobs)("$name has somebody who says so", ({ sources }) => {
		expect(sources.length).toBeGreaterThan(0);
		expect(sources.filter((source) => !/^https:\/\/\S+$|^[a-z_]+\([2-8]\)$/.test(source))).toEqual([]);
	});
});
