import { type ErrorCode, errorCodes } from "./codes.ts";
import type { Correction } from "./correction.ts";
import type { Problem } from "./problem.ts";

/** What a call was refused. */
export interface Refused {
	readonly call: string;
	readonly code: number;
	/** Missing where it was none, as of a fork. */
	readonly path?: string;
	/** What was to be written in all. */
	readonly bytes?: number | undefined;
	/** The directory that is missing, which a step before would make. */
	readonly toMake?: string | undefined;
	/** It may be a volume, a file or a device as well. */
	readonly isOfAnyKind?: boolean | undefined;
}

/** A problem as it is told. `where` is what the problem is at: `file:line:column key`, `setup[1] own /data`, an option. */
export interface Diagnostic extends Problem {
	readonly code: ErrorCode;
	readonly where?: string | undefined;
	/** The step that it is about, by the name that `where` has too. */
	readonly step?: string | undefined;
	/** The number of the signal that was the reason. */
	readonly signal?: number | undefined;
	/** What a call was refused, for who looks closer: not told. */
	readonly refused?: Refused | undefined;
	/** Names of capabilities without which it is so. */
	readonly lacks?: readonly string[] | undefined;
	/** The source line and the 1-based column the caret points at. */
	readonly source?: { readonly line: string; readonly column: number } | undefined;
	/** What the remedy says to write, as a change of the file. */
	readonly correction?: Correction | undefined;
}

/** Stops the run. Carries every diagnostic that is known at that point. */
export class Failure extends Error {
	readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]];

	constructor(...diagnostics: readonly [Diagnostic, ...Diagnostic[]]) {
		super(diagnostics[0].message);
		this.name = "Failure";
		this.diagnostics = diagnostics;
	}

	/** Of several the one that says least about the command: 126 and 127 tell that all else was right. A signal goes before everything. */
	get exitStatus(): number {
		const all = this.diagnostics.map(({ code, signal = 0 }) => errorCodes[code] + signal);
		const most = Math.max(...all);
		return most >= errorCodes.INTERRUPTED ? most : Math.min(...all);
	}

	/** The same, seen from further above: the key that all of it stands below goes before the keys that it names. */
	below(key: string): Failure {
		const [first, ...others] = this.diagnostics.map((each): Diagnostic => {
			const { where } = each;
			return { ...each, where: where === undefined ? key : isKey(where) ? `${key}.${where}` : where };
		});
		return new Failure(first as Diagnostic, ...others);
	}
}

/** `groups.add[1]`, and no path or name of anything else. */
export function isKey(where: string): boolean {
	return /^[a-z_]+(?:\[\d+\]|\.\w+)*$/.test(where);
}

/** In a catch: what was refused comes to nothing, and a defect ends everything. */
export function unlessDefect(error: unknown): undefined {
	if (!(error instanceof Failure)) {
		throw error;
	}
}

export function fail(code: ErrorCode, message: string, more: Omit<Diagnostic, "code" | "message"> = {}): never {
	throw new Failure({ code, message, ...more });
}

/** Something wrong that a step met, or would meet. */
export function ofStep(step: string, problem: Omit<Diagnostic, "where" | "step">): Diagnostic {
	return { ...problem, where: step, step };
}
