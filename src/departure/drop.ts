import { fail } from "../report/failure.ts";
import type { Acts } from "../sys/native.ts";
import { SyscallError } from "../sys/observe.ts";
import type { DropPlan } from "./drop-plan.ts";
import { type DropRow, dropOrder } from "./order.ts";

/**
 * Gives every privilege up that the plan does not keep, for good. Any failure ends in 125: there is no half drop. `asUser` is
 * work of ours as the workload's user, with what the workload will hold: after the final sets, before the walls of the workload.
 */
export function permanentlyDrop(acts: Acts, plan: DropPlan, asUser: () => void = () => {}): void {
	const wall = dropOrder.findIndex(({ isWall }) => isWall === true);
	const end = wall < 0 ? dropOrder.length : wall;
	applyRows(acts, plan, dropOrder.slice(0, end));
	asUser();
	applyRows(acts, plan, dropOrder.slice(end));
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
