import { printable } from "../../report/text.ts";
import type { Rewritten } from "./replace.ts";

/** Lines that are taken away and those that come instead, from 0 in both texts. */
interface Change {
	readonly from: number;
	readonly removed: number;
	readonly to: number;
	readonly added: number;
}

const context = 3;

/** As diff -u writes it, for a reader: what a terminal would obey is shown as an escape, a carriage return too. Empty where nothing differs. */
export function unifiedDiff({ path, before, after }: Rewritten): string {
	const [old, now] = [linesOf(before), linesOf(after)];
	const hunks: Change[][] = [];
	for (const change of changes(old, now)) {
		const last = hunks.at(-1)?.at(-1);
		if (last !== undefined && change.from - (last.from + last.removed) <= 2 * context) {
			hunks.at(-1)?.push(change);
		} else {
			hunks.push([change]);
		}
	}
	return hunks.length === 0
		? ""
		: `--- ${printable(path)}\n+++ ${printable(path)}\n${hunks.map((hunk) => hunkText(hunk, old, now)).join("")}`;
}

/** Those that differ alone, marked. */
export function changedLines(before: string, after: string): string[] {
	const [old, now] = [linesOf(before), linesOf(after)];
	return changes(old, now).flatMap(({ from, removed, to, added }) => [
		...marked("- ", old.slice(from, from + removed)),
		...marked("+ ", now.slice(to, to + added)),
	]);
}

/** Each with its end, which the last line may lack. */
function linesOf(text: string): string[] {
	return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** From where two lines differ to where they agree again, which is looked for nearby first. */
function changes(old: readonly string[], now: readonly string[]): Change[] {
	const found: Change[] = [];
	let [from, to] = [0, 0];
	while (from < old.length || to < now.length) {
		if (old[from] === now[to]) {
			from++;
			to++;
			continue;
		}
		const [removed, added] = nextCommon({ old, from, now, to });
		found.push({ from, removed, to, added });
		from += removed;
		to += added;
	}
	return found;
}

const farthest = 400;

interface Rest extends Pick<Change, "from" | "to"> {
	readonly old: readonly string[];
	readonly now: readonly string[];
}

function nextCommon({ old, from, now, to }: Rest): [removed: number, added: number] {
	const rest = [old.length - from, now.length - to] as const;
	for (let distance = 1; distance <= Math.min(farthest, rest[0] + rest[1]); distance++) {
		for (let removed = 0; removed <= distance; removed++) {
			const line = old[from + removed];
			if (line !== undefined && line === now[to + distance - removed]) {
				return [removed, distance - removed];
			}
		}
	}
	return [...rest];
}

function hunkText(hunk: readonly Change[], old: readonly string[], now: readonly string[]): string {
	const [first, last] = [hunk[0] as Change, hunk.at(-1) as Change];
	const start = Math.max(0, first.from - context);
	const end = Math.min(old.length, last.from + last.removed + context);
	const lines: string[] = [];
	let at = start;
	for (const { from, removed, to, added } of hunk) {
		lines.push(
			marked(" ", old.slice(at, from)).join(""),
			marked("-", old.slice(from, from + removed)).join(""),
			marked("+", now.slice(to, to + added)).join(""),
		);
		at = from + removed;
	}
	lines.push(marked(" ", old.slice(at, end)).join(""));
	const grown = hunk.reduce((sum, { removed, added }) => sum + added - removed, 0);
	const startNow = start + first.to - first.from;
	return `@@ -${range(start, end - start)} +${range(startNow, end - start + grown)} @@\n${lines.join("")}`;
}

function range(start: number, count: number): string {
	return count === 0 ? `${start},0` : count === 1 ? `${start + 1}` : `${start + 1},${count}`;
}

function marked(mark: string, lines: readonly string[]): string[] {
	return lines.map(
		(line) => `${mark}${printable(line.replace(/\n$/, ""))}\n${line.endsWith("\n") ? "" : "\\ No newline at end of file\n"}`,
	);
}
