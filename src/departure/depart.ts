import type { CapabilityName } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { lackOf, observeWithheld } from "../capability/withheld.ts";
import { Failure, fail } from "../report/failure.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import { refusedCall } from "../sys/filter.ts";
import { SyscallError } from "../sys/observe.ts";
import { type Act, actNames } from "./act.ts";
import { type Departure, leavingFor } from "./departure.ts";
import type { Exit } from "./exit.ts";
import type { Journey } from "./journey.ts";
import { rowsOf } from "./order.ts";
import { prove } from "./prove.ts";
import type { AnyRow } from "./row.ts";
import { type RowName, rows } from "./rows.ts";

/** Work of the caller, after the rows of an act. */
export type Work = { readonly [Name in Act]?: () => void };

/**
 * Carries a departure out. Every process goes this way: the workload, a program of a step, a look as somebody. Any failure from "give
 * up" on ends in 125: there is no half drop. Without an exit it is over when all is given up and proved.
 */
export function depart(journey: Journey, departure: Departure, work: Work, exit: () => Exit): never;
export function depart(journey: Journey, departure: Departure, work?: Work): void;
export function depart(journey: Journey, departure: Departure, work: Work = {}, exit?: () => Exit): void {
	for (const act of actNames) {
		const planned = act === "leave" && exit !== undefined ? leavingFor(departure, exit()) : departure;
		carryOut(journey, planned, rowsOf(act));
		if (act === "prove") {
			prove(journey.host, departure, journey.walls);
		}
		work[act]?.();
	}
}

/** The rows from first to last; the first failure is the end. */
export function carryOut(journey: Journey, { rows: parts }: Pick<Departure, "rows">, names: readonly RowName[]): void {
	for (const name of names) {
		const part = parts[name];
		if (part !== undefined) {
			applyRow(journey, name, rows[name] as AnyRow, part);
		}
	}
}

/** From "give up" on, what is effective is a row of its own. */
const raising: readonly Act[] = ["arrive", "setup", "confine"];

function applyRow(journey: Journey, name: RowName, row: AnyRow, part: unknown): void {
	const { authority } = journey;
	const needed = authority !== undefined && raising.includes(row.act) ? row.needs?.(part) : undefined;
	try {
		if (authority !== undefined && needed !== undefined) {
			authority.with(needed, () => row.apply(journey, part));
		} else {
			row.apply(journey, part);
		}
	} catch (error) {
		// Why a program was refused is told by the file itself.
		if (error instanceof SyscallError && !(error instanceof ExecRefused)) {
			const lacking = authority === undefined ? undefined : needed?.minus(authority.permitted);
			failAt(journey, name, error, row.reason, lacking);
		}
		throw error instanceof Failure ? ofRow(error, name) : error;
	}
}

/** What is said for steps too, as of a /proc that is not there, knows neither that this is none nor where it is. */
function ofRow({ diagnostics: [first, ...others] }: Failure, name: RowName): Failure {
	const isStep = first.code === "STEP_FAILED" && first.where === undefined;
	return new Failure(isStep ? { ...first, code: "DROP_FAILED", where: `drop ${name}` } : first, ...others);
}

function failAt(
	{ host }: Journey,
	name: RowName,
	error: SyscallError,
	reason: string,
	lacking: CapabilitySet = CapabilitySet.empty,
): never {
	const where = `drop ${name}`;
	if (lacking.isEmpty) {
		const { message, remedy } = refusedCall(error);
		fail("DROP_FAILED", `${error.call}: ${message} (${reason})`, {
			where,
			remedy,
			refused: { call: error.call, code: error.errno },
		});
	}
	// So early the ids are those of the start.
	const { message: lack, remedy } = lackOf(lacking.names() as CapabilityName[], observeWithheld(host));
	fail("DROP_FAILED", `${error.message}: ${lacking} is ${lack}`, { where, remedy });
}
