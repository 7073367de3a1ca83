import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCorpus, type Row, type Suite } from "./corpus-text.ts";

export function corpusFile(suite: Suite): string {
	return join(import.meta.dirname, `../corpus/${suite}.tsv`);
}

export function readCorpus(suite: Suite): readonly Row[] {
	return parseCorpus(suite, readFileSync(corpusFile(suite), "utf8"));
}

/** The page of a drop-in; a drop-in without one is not there yet. */
export function pageOf(suite: Suite): string {
	return join(import.meta.dirname, `../../../docs/drop-ins/${suite}.md`);
}

export const isThere = (suite: Suite): boolean => existsSync(pageOf(suite));
