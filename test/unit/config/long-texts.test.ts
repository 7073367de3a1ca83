import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

/** The texts that were parsed for what is told of one. */
async function parsedFor(text: string): Promise<{ readonly told: number; readonly characters: number }> {
	let characters = 0;
	const reads = {
		parseYaml: (each: string) => {
			characters += each.length;
			return parseYaml(each);
		},
	} as unknown as Reads;
	const result: unknown = await parseConfig(text, "/c.yaml", { reads, environment: new Map(), loadSteps }).catch((error: unknown) => error);
	return { told: result instanceof Failure ? result.diagnostics.length : 0, characters };
}

it.each<[string, string]>([
	["quotes", `user: "${'"'.repeat(10_000)}`],
	["one key", `user: nobody\n${"u".repeat(10_000)}: 1`],
	["dollar signs", `user: ${"${A:-".repeat(10_000)}`],
	["tabs", `user: nobody\n${"\tfoo bar\n".repeat(10_000)}`],
	["brackets", `user: nobody\nx: ${"[".repeat(10_000)}`],
	["colons", `user: nobody\nx: {${"a: b: c,".repeat(10_000)}`],
	["words of a shell", `user: nobody\nsetup:\n  - ${"chown a b ".repeat(10_000)}`],
	["steps in one line", `user: nobody\nsetup:\n  - run: ${"mkdir /a && ".repeat(10_000)}`],
	["quotes of a shell", `user: nobody\ncommand: ${'chown "a b '.repeat(10_000)}`],
	["lines of a Dockerfile", "FROM a\n".repeat(10_000)],
	["empty lines behind variables", `a=1\n${"\n".repeat(10_000)}x`],
	["quotes that do not end", `user: nobody\n${"a: '\n".repeat(10_000)}`],
	["items without a dash", `user: nobody\nsetup:\n  - own: /a\n${"  own: /b\n    x: y\n".repeat(5_000)}`],
	["keys that are none", `user: nobody\n${Array.from({ length: 4900 }, (_, at) => `k${at}: 1\n`).join("")}`],
	["names without braces", `env: {set: {${Array.from({ length: 3000 }, (_, at) => `k${at}: $x`).join(", ")}}}`],
])(
	"what is told of %s is no more than a hundred lines, found in a few readings",
	async (_, text) => {
		const { told, characters } = await parsedFor(text);
		expect(told).toBeGreaterThan(0);
		expect(told).toBeLessThanOrEqual(100);
		expect(characters / text.length).toBeLessThan(60);
	},
	60_000,
);
