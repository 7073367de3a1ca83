import { indentOf, isMarker } from "./written.ts";

/** The column of the keys or dashes of a block as they are written, and as they will be. */
interface Block {
	readonly from: number;
	readonly to: number;
}

/** A block that is open. */
export interface Level extends Block {
	readonly isList: boolean;
}

interface BlockText {
	/** From the newline behind the header on. */
	readonly text: string;
	/** How much of what was written it is, that newline not counted. */
	readonly length: number;
	/** Whether blank lines at its end are part of it. */
	readonly isKept: boolean;
}

/** The lines of | and > below their header, moved as a whole. */
export function blockText(header: string, below: string, { from, to }: Block): BlockText {
	const rest = below.split("\n");
	const written = Number(/\d/.exec(header)?.[0] ?? 0);
	const first = rest.find((line) => /[^ ]/.test(line)) ?? "";
	const indent = written > 0 ? Math.max(from, 0) + written : Math.max(indentOf(first), from + 1);
	const end = rest.findIndex(
		(line) => /[^ ]/.test(line) && (indentOf(line) < indent || isMarker(line.slice(0, indent), line.slice(indent))),
	);
	const lines = rest.slice(0, end < 0 ? rest.length : end);
	// The text ends with a newline, or it does not.
	if (end < 0 && /^[ \t]*$/.test(lines.at(-1) ?? "x")) {
		lines.pop();
	}
	const isKept = header.includes("+");
	const last = isKept ? lines.length - 1 : lines.findLastIndex((line) => line.length > indent || /[^ ]/.test(line));
	const kept = lines.slice(0, last + 1);
	const now = " ".repeat(written > 0 ? Math.max(to, 0) + written : to + 2);
	return {
		text: kept.map((line) => `\n${line.length > indent ? now + line.slice(indent) : ""}`).join(""),
		length: kept.reduce((sum, line) => sum + line.length + 1, 0),
		isKept,
	};
}
