import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openToday, ways } from "../harness/ways-out/ways.ts";

const sources = join(import.meta.dirname, "../probe/ways");

it("every way out that is written down is tried by the probe under its name, in this order, and no other", () => {
	const files = ["proc", "mounts", "devices", "kernel", "processes", "network"];
	const named = /^\t\{"([^"]+)", \w+, [01]\},$/gm;
	const tried = files.flatMap((file) => [...readFileSync(join(sources, `${file}.c`), "utf8").matchAll(named)].map(([, name]) => name));
	expect(tried.length).toBeGreaterThan(100);
	expect(tried).toEqual(Object.keys(ways));
});

it("what an ordinary container has open is among them", () => {
	expect(Object.keys(openToday).filter((name) => !(name in ways))).toEqual([]);
});
