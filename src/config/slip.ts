import type { Correction, Edit } from "../report/correction.ts";

/** What is wrong with a text that is no YAML, by the slips that people make, each where it is: a parser tells the first place where it was lost. */
export interface Slip {
	readonly line: number;
	readonly column: number;
	readonly message: string;
	readonly remedy?: string;
	readonly correction?: Correction;
	/** What makes the text readable where nobody can tell what was meant. */
	readonly reading?: Correction;
	/** What else would be told of the line follows from it. */
	readonly isAlone?: boolean;
}

/** Of a line what is outside of quotes and comments; the rest is blanked. */
export interface Seen {
	readonly text: string;
	readonly shown: string;
	readonly number: number;
	/** -1 within brackets. */
	readonly indent: number;
	/** No bracket is open where it ends. */
	readonly isOutside: boolean;
}

export function slip(
	line: number,
	column: number,
	[length, text]: readonly [number, string],
	message: string,
	remedy?: string,
	isCertain = true,
): Slip {
	const edit: Edit = { line, column, endLine: line, endColumn: column + length, text };
	return { line, column, message, ...(remedy === undefined ? {} : { remedy }), correction: { edits: [edit], isCertain } };
}

export function columnOf(text: string, index: number): number {
	return Array.from(text.slice(0, index)).length + 1;
}
