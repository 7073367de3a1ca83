import { availableParallelism } from "node:os";
import { type Case, runCases, type Side } from "./cases-program.ts";
import type { Result, Row } from "./corpus-text.ts";
import { probeOf, resultOf } from "./result.ts";
import { type AccountFiles, accountFiles, startOf } from "./starts.ts";
import { splitLine } from "./words.ts";

type Asked = Pick<Row, "line" | "start">;

const program = "/case/CMD";

/** What stands for the witnesses, and behind ` @ ` the signals that are sent. */
function caseOf({ line, start }: Asked): Case {
	const [command = "", sent] = line.replace(/\b(CMD|RECORD)\b/g, "/case/$1").split(" @ ");
	const { given, words } = splitLine(command);
	return { start: startOf(start, given), words, signals: sent?.split(" ").map(Number) ?? [] };
}

/** Runs all lines of a corpus, as those that are replaced or as ours, in some houses at once, since many a case waits. */
export async function runRows(side: Side, rows: readonly Asked[]): Promise<readonly Result[]> {
	const houses = accountFiles.flatMap((accounts) =>
		shares(rows.filter(({ start }) => startOf(start, {}).accounts === accounts)).map((share) => ({ accounts, share })),
	);
	const all = await Promise.all(
		houses.map(async ({ accounts, share }) => {
			const results = await runShare(side, accounts, share);
			return share.map((row, at) => [row, results[at] as Result] as const);
		}),
	);
	const results = new Map(all.flat());
	return rows.map((row) => results.get(row) as Result);
}

function shares<T>(all: readonly T[]): readonly (readonly T[])[] {
	const count = Math.min(all.length, 2 * availableParallelism());
	return Array.from({ length: count }, (_, share) => all.filter((_, at) => at % count === share));
}

/** Before the lines, the probe from each of their starts: what is handed on is compared with that. */
async function runShare(side: Side, accounts: AccountFiles, rows: readonly Asked[]): Promise<readonly Result[]> {
	const starts = [...new Set(rows.map(({ start }) => start))];
	const asked = rows.map(caseOf);
	const cases: readonly Case[] = [...starts.map((start) => ({ start: startOf(start, {}), words: [program] })), ...asked];
	const ran = await runCases(side, accounts, cases);
	const of = new Map(starts.map((start, at) => [start, probeOf(ran[at] as (typeof ran)[number])]));
	return rows.map(({ start }, at) => {
		const each = ran[starts.length + at] as (typeof ran)[number];
		return resultOf(each, of.get(start) as ReturnType<typeof probeOf>, asked[at]?.start.env ?? {});
	});
}
