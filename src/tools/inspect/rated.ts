import { fail } from "../../report/failure.ts";
import { renderTable } from "../../report/table.ts";
import { type Terminal, wrap } from "../../report/terminal.ts";
import { printable, quoted } from "../../report/text.ts";
import type { Exposure } from "./exposure.ts";

const [least, most] = [0, 10];

/** As it is written: 0 to 10, with tenths. */
export function parseThreshold(text: string): number {
	const value = /^\d{1,2}(?:\.\d)?$/.test(text) ? Number(text) : Number.NaN;
	return value >= least && value <= most
		? value
		: fail("USAGE", `--threshold ${quoted(text)}: expected a number from 0 to 10, such as 2.5`);
}

/** What was rated, each reason with its points, and the sum. */
export function renderExposure(title: string, { findings, ...exposure }: Exposure, terminal: Terminal, threshold?: number): string {
	const rows = findings.map(({ points, what, reason }) => [points === 0 ? "-" : points.toFixed(1), printable(what), printable(reason)]);
	const table = rows.length === 0 ? "" : renderTable([["POINTS", "WHAT", "REASON"], ...rows], terminal);
	const { overall, word, isLeast } = exposure;
	const above = isAbove(exposure, threshold) ? `; more than ${threshold?.toFixed(1)}` : "";
	const tenths = findings.reduce((total, { points }) => total + Math.round(points * 10), 0);
	const capped = tenths > most * 10 ? `, of ${(tenths / 10).toFixed(1)} points` : "";
	const sum = `exposure ${isLeast ? "at least " : ""}${overall.toFixed(1)} of 10: ${word}${isLeast ? ", or more: not all could be seen" : ""}${capped}${above}`;
	return `${printable(title)}\n${table}${wrap(sum, terminal.columns, 2)}\n`;
}

export function isAbove({ overall }: Pick<Exposure, "overall">, threshold: number | undefined): boolean {
	return threshold !== undefined && overall > threshold;
}

/** group(5) */
export function groupNamesIn(text: string): ReadonlyMap<number, string> {
	return new Map(
		text.split("\n").flatMap((line): [number, string][] => {
			const [, name, gid] = /^([^:]+):[^:]*:([0-9]+):/.exec(line) ?? [];
			return name === undefined ? [] : [[Number(gid), name]];
		}),
	);
}
