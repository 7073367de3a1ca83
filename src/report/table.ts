import { lengthOf, type Paint, paint, type Terminal, wrap } from "./terminal.ts";

/** Text that is `printable`, and how it is painted. */
export type Cell = string | { readonly text: string; readonly as: Paint };

/** A column that has to be narrower than what stands in it is not narrower than this. */
const narrowest = 16;
const gap = 2;

/**
 * Rows of cells in columns, each as wide as its widest cell, with two blanks between. Where the terminal is not as wide, the widest columns are made narrower, and
 * their cells have several lines. A row of one cell goes across.
 */
export function renderTable(rows: readonly (readonly Cell[])[], terminal: Terminal, indent = ""): string {
	const widths = fitted(naturalWidths(rows), terminal.columns === undefined ? undefined : terminal.columns - indent.length);
	return rows.map((row) => renderRow(row, widths, terminal, indent)).join("");
}

function naturalWidths(rows: readonly (readonly Cell[])[]): number[] {
	const columns = Math.max(0, ...rows.map((row) => row.length));
	const aligned = rows.filter((row) => row.length > 1);
	return Array.from({ length: columns }, (_, column) => Math.max(0, ...aligned.map((row) => lengthOf(textOf(row[column])))));
}

function fitted(widths: readonly number[], columns: number | undefined): number[] {
	const now = [...widths];
	const excess = () => now.reduce((sum, width) => sum + width, gap * (now.length - 1)) - (columns ?? Number.POSITIVE_INFINITY);
	while (excess() > 0) {
		const widest = now.indexOf(Math.max(...now));
		if ((now[widest] as number) <= narrowest) {
			break;
		}
		(now[widest] as number)--;
	}
	return now;
}

function renderRow(row: readonly Cell[], widths: readonly number[], terminal: Terminal, indent: string): string {
	if (row.length === 1) {
		const [cell = ""] = row;
		const text = wrap(indent + textOf(cell), terminal.columns, indent.length);
		return `${paintLines(terminal, cell, text)}\n`;
	}
	const isBound = terminal.columns !== undefined;
	const cells = row.map((cell, column) => wrap(textOf(cell), isBound ? widths[column] : undefined).split("\n"));
	const height = Math.max(...cells.map((lines) => lines.length));
	return Array.from({ length: height }, (_, line) => {
		const parts = cells.map((lines, column) => {
			const text = lines[line] ?? "";
			const isLast = cells.slice(column + 1).every((others) => (others[line] ?? "") === "");
			const blanks = isLast ? "" : " ".repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(text)) + gap);
			return paint(terminal, paintOf(row[column]), text) + blanks;
		});
		return `${indent}${parts.join("")}`.trimEnd();
	})
		.map((line) => `${line}\n`)
		.join("");
}

function paintLines(terminal: Terminal, cell: Cell, text: string): string {
	return text
		.split("\n")
		.map((line) => paint(terminal, paintOf(cell), line))
		.join("\n");
}

function textOf(cell: Cell = ""): string {
	return typeof cell === "string" ? cell : cell.text;
}

function paintOf(cell: Cell = ""): Paint | undefined {
	return typeof cell === "string" ? undefined : cell.as;
}
