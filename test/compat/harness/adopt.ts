import { existsSync, writeFileSync } from "node:fs";
import { replaced } from "./cases-program.ts";
import { corpusFile, readCorpus } from "./corpus.ts";
import { corpusText, parts, type Result, type Row, rowText, type Suite } from "./corpus-text.ts";
import { runRows } from "./run.ts";

/** Gives the rows with these ids a key and what ours comes to now; without a key, the rows that differ and have none. */
export async function adopt(suite: Suite, key: string | undefined, ids: readonly string[]): Promise<string> {
	const rows = readCorpus(suite);
	if (key === "--record") {
		return record(suite, rows, ids);
	}
	const results = await runRows("here", rows);
	const now = rows.map((row, at): Row => ({ ...row, here: results[at] as Result }));
	if (key === undefined) {
		const unlisted = now.filter((row) => row.differs === undefined && differs(row));
		const changed = now.filter((row, at) => row.differs !== undefined && rowText(row) !== rowText(rows[at] as Row));
		return [
			...unlisted.map((row) => rowText({ ...row, differs: "?" })),
			`${unlisted.length} of ${rows.length} differ without a key`,
			...changed.map(rowText),
			`${changed.length} with a key come to something else than their row says`,
		].join("\n");
	}
	const isMeant = (row: Row): boolean =>
		ids.includes(row.id) || ids.includes(`${row.id}/${row.start}`) || (ids.includes("all") && row.differs === undefined);
	const changed = rows.map((row, at) => {
		const ours = now[at] as Row;
		return !isMeant(row)
			? row
			: key === "-" || !differs(ours)
				? { ...row, differs: undefined, here: row.there }
				: { ...ours, differs: key };
	});
	writeFileSync(corpusFile(suite), corpusText(changed));
	return changed
		.filter((row) => isMeant(row) && row.differs === key)
		.map(rowText)
		.join("\n");
}

/** Fills in what is replaced comes to, in rows that say `?` and in those with these ids. */
async function record(suite: Suite, rows: readonly Row[], ids: readonly string[]): Promise<string> {
	if (!existsSync(replaced[suite])) {
		return `${suite} is not installed`;
	}
	const open = rows.filter(({ id, there }) => there.status === "?" || ids.includes(id) || ids.includes("all"));
	const results = await runRows("there", open);
	const filled = rows.map((row) => (open.includes(row) ? { ...row, there: results[open.indexOf(row)] as Result } : row));
	writeFileSync(corpusFile(suite), corpusText(filled.map((row) => (row.differs === undefined ? { ...row, here: row.there } : row))));
	return open.map((row) => `${row.id} ${row.start}: ${JSON.stringify(results[open.indexOf(row)])}`).join("\n");
}

function differs({ here, there }: Row): boolean {
	return parts.some((part) => here[part] !== there[part]);
}
