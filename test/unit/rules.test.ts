import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const tests = join(import.meta.dirname, "..");

function idsIn(text: string): string[] {
	return [...text.matchAll(/rule \d+\.\d+/g)].map(([id]) => id);
}

it("every rule of docs/rules.md has a test with its number, and every number is explained there", () => {
	const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
	const tested = files.flatMap((name) => idsIn(readFileSync(join(tests, name), "utf8")));
	const explained = idsIn(readFileSync(join(tests, "../docs/rules.md"), "utf8"));
	expect(explained.length).toBeGreaterThan(25);
	expect([...new Set(explained)].sort()).toEqual([...new Set(tested)].sort());
});
