import { fail } from "../report/failure.ts";
import type { Acts } from "../sys/native.ts";
import { SyscallError } from "../sys/observe.ts";
import type { DropPlan } from "./drop-plan.ts";
import { type DropRow, dropOrder } from "./order.ts";

/** Gives every privilege up that the plan does not keep, for good. Any failure ends in 125: there is no half drop. */
export function permanentlyDrop(acts: Acts, plan: DropPlan): void {
	applyRows(acts, plan, dropOrder);
}

/** The rows from first to last; the first failure is the end. */
export function applyRows(acts: Acts, plan: DropPlan, rows: readonly DropRow[]): void {
	for (const row of rows) {
		try {
			row.apply(acts, plan);
		} catch (error) {
			if (error instanceof SyscallError) {
				fail("DROP_FAILED", `${error.message} (${row.reason})`, { where: `drop ${row.name}` });
			}
			throw error;
		}
	}
}
