import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "abdicate-bundle-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What bundling says with one more line in a module that every start needs. */
function bundleWith(line: string): string {
	const original = join(root, "src/report/log.ts");
	const replacement = join(directory, "log.ts");
	writeFileSync(replacement, `export * from "${original}";\n${line}\n`);
	const pair = [original, replacement].map((path) => relative(root, path)).join("=");
	const { stderr } = spawnSync("node", ["scripts/bundle.mjs", "--out", join(directory, "js"), "--replace", pair], {
		cwd: root,
		encoding: "utf8",
	});
	return /^Error: .*/m.exec(stderr)?.[0] ?? stderr;
}

it("makes no chunk that asks for what the engine is without", () => {
	const refused = (found: string) => `Error: main.js: ${found} is what this engine is without`;
	expect(bundleWith("globalThis.found = globalThis.length ** Math.max(2, globalThis.length);")).toBe(refused("Math.pow"));
	expect(bundleWith("globalThis.found = globalThis.name.normalize();")).toBe(refused(".normalize("));
});
