import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { replaced, type Side } from "./cases-program.ts";
import { isThere, pageOf, readCorpus } from "./corpus.ts";
import { keysOf, parts, type Result, type Row, rowText, type Suite } from "./corpus-text.ts";
import { runRows } from "./run.ts";
import { isWholeMachine } from "./starts.ts";

/** Every line of a corpus by the program that is replaced and by ours. What differs has a key, which stands on the page of the drop-in. */
export function describeSuite(suite: Suite): void {
	const rows = readCorpus(suite);
	const isInstalled = existsSync(replaced[suite]);
	let there: readonly Result[] = rows.map((row) => row.there);
	beforeAll(async () => {
		there = isInstalled ? await runRows("there", rows) : there;
	});

	// Debian has no package of su-exec: what it does is recorded once and for all.
	const ofMachine = suite === "su-exec" && !isInstalled ? [] : [`the ${suite} of this machine`];
	describe.runIf(isInstalled).each(ofMachine)("%s", () => {
		it("does as recorded", () => {
			const certain = rows.flatMap((row, at) =>
				isWholeMachine || !row.start.startsWith("root") ? [{ row, now: there[at] as Result }] : [],
			);
			expect(certain.map(({ row, now }) => recorded(row, now))).toEqual(certain.map(({ row }) => recorded(row, row.there)));
		});
	});

	describe.runIf(isThere(suite))(`ours as ${suite}`, () => {
		let here: readonly Result[] = [];
		beforeAll(async () => {
			here = await runRows("here" satisfies Side, rows);
		});

		it.each(rows.map((row, at) => [row.id, row.start, row.line, row, at] as const))("%s from %s: %s", (_id, _start, _line, row, at) => {
			expect(here[at]).toEqual(row.differs === undefined ? there[at] : row.here);
			if (row.differs !== undefined) {
				expect(here[at], `${row.differs}: it does not differ`).not.toEqual(there[at]);
			}
		});

		it("has each difference on its page, and each of the page in a case", () => {
			const used = rows.flatMap(({ differs }) => differs?.split(",") ?? []);
			expect([...new Set(used)].sort()).toEqual([...keysOf(readFileSync(pageOf(suite), "utf8"))].sort());
		});

		it("has a result of its own where it has a key, and there alone", () => {
			const isSame = (row: Row): boolean => parts.every((part) => row.here[part] === row.there[part]);
			expect(rows.filter((row) => (row.differs === undefined) !== isSame(row)).map(rowText)).toEqual([]);
		});
	});
}

function recorded(row: Row, there: Result): string {
	return rowText({ ...row, there, ...(row.differs === undefined && { here: there }) });
}
