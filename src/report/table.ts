import { lengthOf, type Paint, paint, type Terminal, wrap } from "./terminal.ts";

/** Text that is `printable`, and how it is painted. */
export type Cell = string | { readonly text: string; readonly as: Paint };

/** A column that has to be narrower than what stands in it is not narrower than this. */
const narrowest = 16;
export const gap = 2;

/**
 * Rows of cells in columns, each as wide as its widest cell, with two blanks between. Where the terminal is not as wide, the widest columns are made narrower, and
 * their cells have several lines. A row whose first cell is empty belongs to the one above, whose longer cells run on there. A row of one cell goes across.
 */
export function renderTable(rows: readonly (readonly Cell[])[], terminal: Terminal, indent = ""): string {
	const widths = fitted(naturalWidths(rows), terminal.columns === undefined ? undefined : terminal.columns - indent.length);
	return blocksOf(rows)
		.map((block) => renderBlock(block, widths, terminal, indent))
		.join("");
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

/** A row without a first cell goes on with the one before it. */
function blocksOf(rows: readonly (readonly Cell[])[]): (readonly Cell[])[][] {
	const blocks: (readonly Cell[])[][] = [];
	for (const row of rows) {
		const last = blocks.at(-1);
		if (last !== undefined && row.length > 1 && textOf(row[0]) === "") {
			last.push(row);
		} else {
			blocks.push([row]);
		}
	}
	return blocks;
}

/** What is too long for its cell runs on beside the rows that go on with it, where they leave room. */
function renderBlock(block: readonly (readonly Cell[])[], widths: readonly number[], terminal: Terminal, indent: string): string {
	const isBound = terminal.columns !== undefined;
	let over: readonly (readonly Line[])[] = [];
	return block
		.map((row, at) => {
			if (row.length === 1) {
				const [cell = ""] = row;
				return `${paintLines(terminal, cell, wrap(indent + textOf(cell), terminal.columns, indent.length))}\n`;
			}
			const next = block[at + 1];
			const cells = row.map((cell, column) => [...(over[column] ?? []), ...linesOf(cell, isBound ? widths[column] : undefined)]);
			const runsOn = (column: number) => next !== undefined && textOf(next[column]) === "";
			const height = Math.max(1, ...cells.map((lines, column) => (runsOn(column) ? 0 : lines.length)));
			over = cells.map((lines, column) => (runsOn(column) ? lines.slice(height) : []));
			return renderLines(
				cells.map((lines) => lines.slice(0, height)),
				{ height, widths, terminal, indent },
			);
		})
		.join("");
}

type Line = { readonly text: string; readonly as: Paint | undefined };

function linesOf(cell: Cell, width: number | undefined): Line[] {
	const text = textOf(cell);
	return text === ""
		? []
		: wrap(text, width)
				.split("\n")
				.map((line) => ({ text: line, as: paintOf(cell) }));
}

interface Place {
	readonly height: number;
	readonly widths: readonly number[];
	readonly terminal: Terminal;
	readonly indent: string;
}

function renderLines(cells: readonly (readonly Line[])[], { height, widths, terminal, indent }: Place): string {
	return Array.from({ length: height }, (_, line) => {
		const parts = cells.map((lines, column) => {
			const { text, as } = lines[line] ?? { text: "", as: undefined };
			const isLast = cells.slice(column + 1).every((others) => (others[line]?.text ?? "") === "");
			const blanks = isLast ? "" : " ".repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(text)) + gap);
			return paint(terminal, as, text) + blanks;
		});
		return `${`${indent}${parts.join("")}`.trimEnd()}\n`;
	}).join("");
}

function paintLines(terminal: Terminal, cell: Cell, text: string): string {
	return text
		.split("\n")
		.map((line) => paint(terminal, paintOf(cell), line))
		.join("\n");
}

export function textOf(cell: Cell = ""): string {
	return typeof cell === "string" ? cell : cell.text;
}

function paintOf(cell: Cell = ""): Paint | undefined {
	return typeof cell === "string" ? undefined : cell.as;
}
