import type { StepOutlook } from "../../../plan/preflight.ts";
import { type Cell, gap, renderTable, textOf } from "../../../report/table.ts";
import { lengthOf, type Terminal, wrap } from "../../../report/terminal.ts";
import { quoted } from "../../../report/text.ts";
import { mayNeedOf } from "../../../steps/facts.ts";
import { isAfterDrop } from "../../../steps/index.ts";
import { type NeedLine, needLines, unusedText } from "./needs.ts";
import { goalOf, type Page, shown } from "./page.ts";

/** How wide it is where nothing says that, and what a message is given there in any case: one that is long does not push apart what stands beside it. */
const [usual, least] = [120, 48];

/** The steps and the drop, each with what it takes and whether that is here. */
export function renderSetup({ looked }: Page, terminal: Terminal): string {
	const { steps, drop, unused, unusedHere } = looked.preflight;
	const numbers = numbersOf(steps, looked.config.setup);
	const rows = [
		...steps.flatMap((outlook, index) => stepRows(outlook, numbers[index] ?? "")),
		...rowsOf(["- drop", ""], drop.length === 0 ? [["nothing", ""]] : needLines(drop)),
	];
	const heading = ["SETUP", "", "NEEDS", "HERE"].map((text): Cell => ({ text, as: "bold" }));
	const spare = [
		[`given, never used: ${unusedText(unused)}`],
		...(unusedHere.isEmpty ? [] : [[`given, not used here: ${unusedText(unusedHere)}; another volume or runtime may take it`]]),
	];
	return `${renderTable([heading, ...(terminal.columns === undefined ? folded(rows) : rows)], terminal)}${renderTable(spare, terminal, "")}`;
}

/** Each by its number in the file, as messages have it: some are passed over, and those with a name do not say it. */
function numbersOf(steps: readonly StepOutlook[], entries: Page["looked"]["config"]["setup"]): string[] {
	let next = 0;
	const width = `${entries.length - 1}`.length;
	return steps.map(({ step: { label, action } }) => {
		const index = entries.findIndex(({ name, kind }, at) => at >= next && kind === action.kind && (name ?? `setup[${at}]`) === label);
		next = index < 0 ? next : index + 1;
		return (index < 0 ? "" : `${index}`).padStart(width);
	});
}

function stepRows(outlook: StepOutlook, number: string): Cell[][] {
	const { step, skipped } = outlook;
	const { action, label } = step;
	const isNamed = !/^setup\[\d+\]$/.test(label);
	const goal = goalOf(action);
	// A name that the file chose is quoted, so that it is taken for no other row.
	const title = [`${number} ${action.kind}`, isNamed ? `${shown(quoted(label))}: ${goal}` : goal];
	return skipped === undefined
		? rowsOf(title, linesOf(outlook))
		: rowsOf(title, [[`skipped: ${shown(skipped)}`, { text: "-", as: "dim" }]]);
}

function linesOf({ step, needs, devices, problems, warnings }: StepOutlook): NeedLine[] {
	const lines = needLines(needs, { devices, mayFail: step.onError === "warn", isStopped: problems.length > 0 });
	const inTheWay = problems
		.filter(({ code }) => code !== "CAPABILITY_MISSING")
		.map(({ message }): NeedLine => [shown(message), { text: "FAILS", as: "bad" }]);
	const told = warnings.map((each): NeedLine => [shown(each), { text: "WARNS", as: "warning" }]);
	return [...inTheWay, ...told, ...(lines.length + inTheWay.length > 0 ? lines : [[without(step.action), ""] as const])];
}

/** What is needed goes on in rows of its own. */
function folded(rows: readonly (readonly Cell[])[]): Cell[][] {
	const widths = [0, 1, 3].map((column) => Math.max(...rows.map((row) => lengthOf(textOf(row[column])))));
	const room = Math.max(least, usual - widths.reduce((sum, width) => sum + width + gap, 0));
	return rows.flatMap(([number = "", goal = "", needs, here = ""]) =>
		wrap(textOf(needs), room)
			.split("\n")
			.map((line, index) => (index === 0 ? [number, goal, line, here] : ["", "", line, ""])),
	);
}

function without(action: StepOutlook["step"]["action"]): string {
	return isAfterDrop(action) ? "nothing: as the user" : mayNeedOf(action).length > 0 ? "nothing now" : "nothing";
}

function rowsOf(title: readonly string[], lines: readonly NeedLine[]): Cell[][] {
	return lines.map((line, index) => [...(index === 0 ? title : ["", ""]), ...line]);
}
