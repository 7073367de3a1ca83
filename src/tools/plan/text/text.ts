import { Failure } from "../../../report/failure.ts";
import { type Cell, renderTable } from "../../../report/table.ts";
import { paint, type Terminal } from "../../../report/terminal.ts";
import { capabilityRow } from "./capabilities.ts";
import { getsRow, losesRow } from "./gets.ts";
import { renderHead } from "./head.ts";
import { type Page, type Row, shown } from "./page.ts";
import { reachableRow } from "./reachable.ts";
import { settingRows } from "./settings.ts";
import { renderSetup } from "./setup.ts";
import { wayBackRow } from "./ways-back.ts";

/** The plan for a reader: what is run, what the setup takes and whether that is here, what the workload will be, and whether a run would go on. */
export function renderText(page: Page, terminal: Terminal): string {
	const { warnings, notes } = page.plan;
	const rows: readonly Row[] = [
		capabilityRow(page),
		wayBackRow(page),
		getsRow(page),
		losesRow(page),
		...settingRows(page),
		reachableRow(page),
		...warnings.map(({ message, remedy = [] }): Row => ["warning", shown(message), ...remedy.map(shown)]),
		...notes.map((each): Row => ["note", shown(each)]),
	];
	return [
		renderHead(page, terminal),
		renderSetup(page, terminal),
		`${paint(terminal, "bold", "WORKLOAD")}\n`,
		renderTable(rows.flatMap(cells), terminal),
		ending(page, terminal),
	].join("");
}

function cells([label, ...lines]: Row): Cell[][] {
	const first: Cell = label === "warning" ? { text: label, as: "warning" } : label;
	return lines.map((line, index) => [index === 0 ? first : "", line]);
}

function ending({ looked }: Page, terminal: Terminal): string {
	const [first, ...others] = looked.preflight.problems;
	if (first === undefined) {
		return "";
	}
	const count = `${others.length + 1} ${others.length === 0 ? "problem" : "problems"}`;
	return `${paint(terminal, "bad", count)}: a run would refuse to start here (exit ${new Failure(first, ...others).exitStatus})\n`;
}
