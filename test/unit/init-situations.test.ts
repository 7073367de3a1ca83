import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { situations } from "../harness/init/situations.ts";

const tests = "test/e2e/init";
const source = readdirSync(tests)
	.map((name) => readFileSync(join(tests, name), "utf8"))
	.join("");
/** Those that are tried with the peers as well, and those of which no peer knows anything. */
const tried = [...source.matchAll(/^(?:situation(?:<.*?>)?|describe)\("([^"]+)"/gm)].map(([, name]) => name);

it("every situation that an init meets is tried", () => {
	expect(Object.keys(situations).length).toBeGreaterThan(40);
	expect(Object.keys(situations).filter((name) => !tried.includes(name))).toEqual([]);
});
