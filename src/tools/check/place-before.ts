import type { Correction, Edit } from "../../report/correction.ts";

export interface Place {
	readonly line: number;
	/** Undefined of a line that was not there, or was another. */
	readonly column: number | undefined;
}

/** Where it stood before the corrections were made, one after the other. */
export function placeBefore(place: Place, corrections: readonly Correction[]): Place {
	return corrections.reduceRight((at, { edits }) => beforeEdits(at, edits), place);
}

function beforeEdits(place: Place, edits: readonly Edit[]): Place {
	let moved = 0;
	for (const { line, column, endLine, endColumn, text } of edits) {
		const [from, breaks] = [line + moved, text.split("\n").length - 1];
		const isWhole = column === 1 && endColumn === 1 && (text === "" || text.endsWith("\n"));
		const last = from + breaks - (isWhole ? 1 : 0);
		if (place.line < from) {
			break;
		}
		if (place.line <= last) {
			return { line: Math.min(line + place.line - from, Math.max(line, isWhole ? endLine - 1 : endLine)), column: undefined };
		}
		moved += breaks - (endLine - line);
	}
	return { ...place, line: place.line - moved };
}
