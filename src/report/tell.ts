import { closingLine } from "./closing.ts";
import { dressed } from "./dress.ts";
import type { Diagnostic } from "./failure.ts";
import { type Clock, jsonForm } from "./json-line.ts";
import { type LogOptions, type Output, stderr } from "./log.ts";
import type { Screen } from "./terminal.ts";
import { printable } from "./text.ts";

/** Says what is wrong, all of it, as was asked for. Loaded when something is. */
export function tell(output: Output & Clock & Screen, { format }: Pick<LogOptions, "format">, diagnostics: readonly Diagnostic[]): void {
	const form = format === "json" ? jsonForm(output) : undefined;
	for (const { correction: _, lacks: __, refused: ___, ...diagnostic } of diagnostics) {
		output.write(stderr, form?.({ severity: "error", ...diagnostic }) ?? dressed(renderDiagnostic(diagnostic), "error", output));
	}
	if (format !== "json") {
		const last = closingLine(diagnostics);
		void (last === "" || output.write(stderr, last));
	}
}

/** The text form of a diagnostic: one line, then the source with a caret, then what to do. */
export function renderDiagnostic(
	{ code, where, message, remedy, source }: Omit<Diagnostic, "code"> & { readonly code: string },
	severity = "error",
): string {
	const lines = [`abdicate: ${severity}[${code}]${where === undefined ? "" : ` ${printable(where)}`}: ${printable(message)}`];
	if (source !== undefined) {
		const [before, after] = aroundColumn(source.line, source.column);
		lines.push(`    ${before}${after}`, `    ${" ".repeat(Array.from(before).reduce((width, each) => width + widthOf(each), 0))}^`);
	}
	for (const line of remedy ?? []) {
		lines.push(`  ${printable(line)}`);
	}
	return `${lines.join("\n")}\n`;
}

/** Whole up to so many columns; of a longer line as many, with what is meant in the middle of them or where the line has it. */
const mostShown = 110;

function aroundColumn(line: string, column: number): [before: string, after: string] {
	const shown = (part: readonly string[]) => printable(part.join("").replaceAll("\t", " "));
	const characters = Array.from(line);
	const at = Math.min(Math.max(0, column - 1), characters.length);
	let [from, to, free] = [at, at, mostShown];
	while (from > 0 && free - widthOf(characters[from - 1] as string) >= mostShown / 2) {
		free -= widthOf(characters[--from] as string);
	}
	while (to < characters.length && free >= widthOf(characters[to] as string)) {
		free -= widthOf(characters[to++] as string);
	}
	while (from > 0 && free >= widthOf(characters[from - 1] as string)) {
		free -= widthOf(characters[--from] as string);
	}
	const [left, right] = [from > 0 ? "..." : "", to < characters.length ? "..." : ""];
	return [left + shown(characters.slice(from, at)), shown(characters.slice(at, to)) + right];
}

/** Letters of East Asia, and pictures, take two columns of a terminal. */
function widthOf(character: string): number {
	return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
		character,
	)
		? 2
		: 1;
}
