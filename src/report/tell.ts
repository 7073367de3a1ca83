import type { Diagnostic } from "./failure.ts";
import { json } from "./json.ts";
import { type LogOptions, type Output, stderr } from "./log.ts";
import { printable } from "./text.ts";

/** Says what is wrong, all of it, as was asked for. Loaded when something is. */
export function tell(output: Output, { format }: Pick<LogOptions, "format">, diagnostics: readonly Diagnostic[]): void {
	for (const diagnostic of diagnostics) {
		output.write(stderr, format === "json" ? `${json({ severity: "error", ...diagnostic })}\n` : renderDiagnostic(diagnostic));
	}
}

/** The text form of a diagnostic: one line, then the source with a caret, then what to do. */
export function renderDiagnostic(
	{ code, where, message, remedy, source }: Omit<Diagnostic, "code"> & { readonly code: string },
	severity = "error",
): string {
	const lines = [`abdicate: ${severity}[${code}]${where === undefined ? "" : ` ${printable(where)}`}: ${printable(message)}`];
	if (source !== undefined) {
		const shown = (text: string) => printable(text.replaceAll("\t", " "));
		const before = shown(
			Array.from(source.line)
				.slice(0, Math.max(0, source.column - 1))
				.join(""),
		);
		lines.push(`    ${shown(source.line)}`, `    ${" ".repeat(Array.from(before).length)}^`);
	}
	for (const line of remedy ?? []) {
		lines.push(`  ${printable(line)}`);
	}
	return `${lines.join("\n")}\n`;
}
