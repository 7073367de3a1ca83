import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const tests = "test/e2e/images";
const sources = readdirSync(tests)
	.filter((name) => name.endsWith(".test.ts"))
	.map((name) => readFileSync(join(tests, name), "utf8"));
// The quick start is what `make demo` runs.
const examples = readdirSync("examples").filter((name) => name !== "quickstart");

describe("examples", () => {
	it.each(examples)("%s is started in every way of the table", (name) => {
		const ofExample = sources.filter((source) =>
			["describeStarts", "describeJob", "buildExample"].some((call) => source.includes(`${call}("${name}",`)),
		);
		expect(ofExample).toHaveLength(1);
		expect(ofExample[0]).toMatch(/describe(Starts|Job)\(|rowsOf\(table\)/);
	});

	it.each(examples)("%s has a Dockerfile, a configuration and its own words about them", (name) => {
		expect(readdirSync(join("examples", name))).toEqual(expect.arrayContaining(["Dockerfile", "README.md", "entrypoint.yaml"]));
	});
});
