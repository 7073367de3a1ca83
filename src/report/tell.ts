import type { Diagnostic } from "./failure.ts";
import { type Clock, jsonForm } from "./json-line.ts";
import { type LogOptions, type Output, stderr } from "./log.ts";
import { printable } from "./text.ts";

/** Says what is wrong, all of it, as was asked for. Loaded when something is. */
export function tell(output: Output & Clock, { format }: Pick<LogOptions, "format">, diagnostics: readonly Diagnostic[]): void {
	const form = format === "json" ? jsonForm(output) : undefined;
	for (const { correction: _, lacks: __, ...diagnostic } of diagnostics) {
		output.write(stderr, form?.({ severity: "error", ...diagnostic }) ?? renderDiagnostic(diagnostic));
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
		lines.push(`    ${before}${after}`, `    ${" ".repeat(Array.from(before).length)}^`);
	}
	for (const line of remedy ?? []) {
		lines.push(`  ${printable(line)}`);
	}
	return `${lines.join("\n")}\n`;
}

/** Whole up to so many characters; of a longer line as many, with the column in the middle of them or where the line has it. */
const mostShown = 110;

function aroundColumn(line: string, column: number): [before: string, after: string] {
	const shown = (part: readonly string[]) => printable(part.join("").replaceAll("\t", " "));
	const characters = Array.from(line);
	const at = Math.max(0, column - 1);
	const from = Math.max(0, Math.min(at - mostShown / 2, characters.length - mostShown));
	const to = from + mostShown;
	const [left, right] = [from > 0 ? "..." : "", to < characters.length ? "..." : ""];
	return [left + shown(characters.slice(from, at)), shown(characters.slice(at, to)) + right];
}
