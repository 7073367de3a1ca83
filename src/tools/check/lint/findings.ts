import { locateWritten } from "../../../config/locate.ts";
import type { ErrorCode } from "../../../report/codes.ts";
import type { Correction } from "../../../report/correction.ts";
import type { Diagnostic } from "../../../report/failure.ts";
import type { Problem } from "../../../report/problem.ts";
import type { Source } from "../../../report/source.ts";
import { renderDiagnostic } from "../../../report/tell.ts";
import { nearAccount } from "./near-account.ts";
import type { Found, Severity, Subject } from "./rule.ts";
import { type LintCode, rules } from "./rules.ts";

/** What a file is told, by a rule or because it is not valid. */
export interface Finding extends Problem {
	readonly code: LintCode | ErrorCode;
	readonly severity: Severity;
	readonly remedy: readonly string[];
	readonly file: string;
	/** From 1; `undefined` when it is about the file as a whole. */
	readonly line: number | undefined;
	readonly column: number | undefined;
	/** `capabilities.keep[0]` */
	readonly key: string;
	/** The line it stands in. */
	readonly text: string | undefined;
	/** What the remedy says to write, as a change of the file. */
	readonly correction?: Correction | undefined;
}

/** All that the rules find, in the order of the file; what is found in another file comes after. */
export function lint(subject: Omit<Subject, "lines">, { file, lines }: Source): Finding[] {
	const found = Object.entries(rules).flatMap(([code, rule]) =>
		rule.find({ ...subject, lines }).map(({ at, message, remedy, isSecret, position: written, inFile, correction }: Found): Finding => {
			if (inFile !== undefined) {
				const there = asFinding(inFile.file, { code: "CONFIG_INVALID_VALUE", message, remedy, where: inFile.where, source: inFile.source });
				return { ...there, code: code as LintCode, severity: rule.severity };
			}
			const { node, words } = locateWritten(subject.root, at);
			const { line, column } = written ?? node;
			const position = { line, column, text: isSecret ? undefined : lines[line - 1] };
			return {
				code: code as LintCode,
				severity: rule.severity,
				message,
				remedy,
				file,
				key: words,
				...position,
				...(correction && { correction }),
			};
		}),
	);
	return inFileOrder(found, file);
}

export function inFileOrder(findings: readonly Finding[], file: string): Finding[] {
	const isElsewhere = (each: Finding) => Number(each.file !== file);
	return findings.toSorted(
		(left, right) =>
			isElsewhere(left) - isElsewhere(right) || (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
	);
}

/** An error in the form of a finding; `where` begins with the place when there is one, in this file or in another that it names. */
export function asFinding(file: string, diagnostic: Diagnostic): Finding {
	const { code, where = "", message, source } = diagnostic;
	const elsewhere = source === undefined || where.startsWith(`${file}:`) ? undefined : /^(.+?):\d+:\d+(?: |$)/.exec(where)?.[1];
	const its = elsewhere ?? file;
	const rest = where.startsWith(`${its}:`) ? where.slice(its.length + 1) : `:: ${isPathOf(where, its) ? "" : where}`;
	const [, line, column, key = ""] = /^(\d*):(\d*):? ?(.*)$/s.exec(rest) ?? [];
	const position = (text: string | undefined) => (text === undefined || text === "" ? undefined : Number(text));
	const place = { file: its, line: position(line), column: position(column), key, text: source?.line };
	const near = nearAccount(diagnostic, place.line);
	const remedy = [...(near.remedy ?? []), ...(diagnostic.remedy ?? [])];
	return {
		code,
		severity: "error",
		message,
		remedy,
		...place,
		...((diagnostic.correction ?? near.correction) && { correction: diagnostic.correction ?? near.correction }),
	};
}

/** Whether a path of an error is the file itself, however that was called. */
function isPathOf(where: string, file: string): boolean {
	return where === file || (where.startsWith("/") && !file.startsWith("/") && where.endsWith(`/${file.replace(/^(?:\.\/+)+/, "")}`));
}

/** What lies beside the file is named by its own path alone. */
function placeText(place: string, key: string): string {
	return key === "" ? place : key.startsWith(`${place}.`) ? key : `${place} ${key}`;
}

export function renderText({ code, severity, message, remedy, file, line, column, key, text }: Finding): string {
	const place = [file, ...(line === undefined ? [] : [line, column])].join(":");
	const source = text === undefined || column === undefined ? undefined : { line: text, column };
	return renderDiagnostic({ code, where: placeText(place, key), message, remedy, source }, severity);
}
