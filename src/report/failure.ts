import { type ErrorCode, errorCodes } from "./codes.ts";
import { printable } from "./text.ts";

/** One problem, as data. `where` is what the problem is at: `file:line:column key`, `setup[1] own /data`, an option. */
export interface Diagnostic {
	readonly code: ErrorCode;
	readonly where?: string | undefined;
	readonly message: string;
	/** What to do about it, one line each. */
	readonly remedy?: readonly string[] | undefined;
	/** The number of the signal that was the reason. */
	readonly signal?: number | undefined;
	/** The source line and the 1-based column the caret points at. */
	readonly source?: { readonly line: string; readonly column: number } | undefined;
}

/** Stops the run. Carries every diagnostic that is known at that point. */
export class Failure extends Error {
	readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]];

	constructor(...diagnostics: readonly [Diagnostic, ...Diagnostic[]]) {
		super(diagnostics[0].message);
		this.name = "Failure";
		this.diagnostics = diagnostics;
	}

	get exitStatus(): number {
		return Math.max(...this.diagnostics.map(({ code, signal = 0 }) => errorCodes[code] + signal));
	}
}

export function fail(code: ErrorCode, message: string, more: Omit<Diagnostic, "code" | "message"> = {}): never {
	throw new Failure({ code, message, ...more });
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
