import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { stepKinds } from "../../../src/steps/index.ts";
import { cases, type Shown } from "./cases.ts";

const e2e = join(import.meta.dirname, "../../e2e");

/** What is wrong with a cell: the test that it names is not there, or is about other steps. */
function fault(kind: string, shown: Shown): string | undefined {
	if (typeof shown === "object" && "none" in shown) {
		return shown.none.length > 10 ? undefined : "no reason";
	}
	const [file, title] = typeof shown === "string" ? [`steps/${kind.replace("_", "-")}`, shown] : shown;
	const text = readFileSync(join(e2e, `${file}.test.ts`), "utf8");
	const isThere = [...text.matchAll(/\(\s*(["`])(.*?)\1,\s/g)].some(([, , written]) => written === title);
	const isMeant = new RegExp(`(?:\\{ |\\["|\\t)${kind}(?:: |",)`).test(text) || typeof shown === "string";
	return isThere ? (isMeant ? undefined : `${file} does not try ${kind}`) : `${file} has no test ${JSON.stringify(title)}`;
}

it("every step has a test for each case, or a reason why there is none", () => {
	const cells = stepKinds.flatMap((kind) =>
		Object.entries(cases[kind]).map(([name, shown]) => ({ kind, name, fault: fault(kind, shown) })),
	);
	expect(cells.filter((cell) => cell.fault !== undefined)).toEqual([]);
	expect(cells.length).toBe(stepKinds.length * 8);
	expect(Object.keys(cases).sort()).toEqual([...stepKinds].sort());
});
