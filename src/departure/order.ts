import { type Act, actNames } from "./act.ts";
import { type RowName, table } from "./rows.ts";

/** The rows of each act, in the order of the table. */
const byAct = Object.fromEntries(
	actNames.map((act) => [act, table.flatMap((row) => (row.act === act ? [row.name] : []))]),
) as unknown as Readonly<Record<Act, readonly RowName[]>>;

export function rowsOf(act: Act): readonly RowName[] {
	return byAct[act];
}

/** In which order all are carried out. */
export const departureOrder: readonly RowName[] = actNames.flatMap(rowsOf);
