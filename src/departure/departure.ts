import { CapabilitySet } from "../capability/set.ts";
import type { Credentials } from "../identity/credentials.ts";
import { Attempts } from "../report/attempts.ts";
import type { Reads } from "../sys/native.ts";
import type { Act } from "./act.ts";
import type { Exit } from "./exit.ts";
import type { DepartureRequest } from "./request.ts";
import type { Draft } from "./row.ts";
import { type Parts, type RowName, type TableRow, table } from "./rows.ts";
import type { Start } from "./start.ts";

/**
 * How a process becomes what it is to be, as plain data: every decision is taken, every name resolved. A row that is missing does
 * nothing, because the state is already as wanted, or the kernel would refuse and the plan can do without.
 */
export interface Departure {
	readonly rows: Parts;
	/** The state that the kernel must report in the end. What no row changes is what the start had. */
	readonly expected: Credentials;
}

/** How a child of a step departs. */
export interface Departing {
	/** To its program, with the capabilities that the step names. */
	readonly departure: Departure;
	/** To a look, or to a signal, as the same user: without any capability. */
	readonly bare: Departure;
}

type PlanningRow = TableRow & Required<Pick<TableRow, "plan">>;
type LeavingRow = TableRow & Required<Pick<TableRow, "planExit">>;

/** Those that plan something, from last to first, and those that wait for the program. */
const planning = table.filter((row): row is PlanningRow => row.plan !== undefined).reverse();
const leaving = table.filter((row): row is LeavingRow => row.planExit !== undefined);

/**
 * Asks each row what it does about the request, or says why this start cannot get there. From last to first: what has to be effective
 * for the later rows is theirs to say.
 */
export function planDeparture(request: DepartureRequest, start: Start, reads: Reads, notes: string[]): Departure {
	const parts: Partial<Record<RowName, unknown>> = {};
	const told: string[] = [];
	const ofRow: string[] = [];
	// One for all rows: each is asked and answers at once.
	const ask = {
		request,
		start,
		reads,
		setting: undefined as unknown,
		needed: CapabilitySet.empty,
		later: (name: string): unknown => parts[name as RowName],
		note: (message: string) => void ofRow.push(message),
	};
	const errors = new Attempts();
	let act: Act | undefined;
	let row = planning[0] as PlanningRow;
	const planRow = () => row.plan(ask);
	for (let index = 0; index < planning.length; index++) {
		row = planning[index] as PlanningRow;
		ask.needed = row.act === act ? ask.needed : CapabilitySet.empty;
		ask.setting = row.key && request.ofWorkload?.settings[row.key.name];
		act = row.act;
		const part = errors.attempt(planRow);
		if (ofRow.length > 0) {
			told.unshift(...ofRow.splice(0));
		}
		if (part !== undefined) {
			parts[row.name] = part;
			ask.needed = row.needs === undefined ? ask.needed : ask.needed.union(row.needs(part, start));
		}
	}
	errors.end();
	notes.push(...told);
	return inOrder(parts, start.credentials);
}

function inOrder(parts: Partial<Record<RowName, unknown>>, { sets, ...start }: Credentials): Departure {
	const rows: Partial<Record<RowName, unknown>> = {};
	const expected: Draft = { ...start, sets: { ...sets } };
	for (let index = planning.length - 1; index >= 0; index--) {
		const row = planning[index] as PlanningRow;
		const part = parts[row.name];
		if (part !== undefined) {
			rows[row.name] = part;
			row.expect?.(expected, part);
		}
	}
	return { rows: rows as Parts, expected };
}

/** The same with the program that is left for. */
export function leavingFor(departure: Departure, exit: Exit): Departure {
	const rows: Partial<Record<RowName, unknown>> = { ...departure.rows };
	for (const { name, planExit } of leaving) {
		rows[name] = planExit(exit);
	}
	return { ...departure, rows: rows as Parts };
}
