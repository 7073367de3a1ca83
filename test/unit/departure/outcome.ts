import { capabilityAt } from "../../../src/capability/names.ts";
import { applyRows } from "../../../src/departure/drop.ts";
import type { DropRow } from "../../../src/departure/order.ts";
import { verifyDrop } from "../../../src/departure/verify.ts";
import { Failure } from "../../../src/report/failure.ts";
import { type Call, type FakeKernel, type Workload, WorkloadStarted } from "../../fake/index.ts";
import { type DropCase, kernelFor, program } from "./cases.ts";

/** How a drop ended: at a row, at the verification, or as a workload. */
export type Outcome = { readonly failed: string } | { readonly workload: Pick<Workload, "process" | "workdir"> };

/** The rows, the verification and the exec of one case, as the run does them. */
function perform(kernel: FakeKernel, { plan }: DropCase, rows: readonly DropRow[]): Outcome {
	try {
		applyRows(kernel.host, plan, rows);
		verifyDrop(kernel.host, plan.expected, capabilityAt(kernel.machine.last));
		throw new Error(`execve returned ${kernel.host.execve(program, ["workload"], [])}`);
	} catch (error) {
		if (error instanceof WorkloadStarted && kernel.workload !== undefined) {
			const { process, workdir } = kernel.workload;
			return { workload: { process, workdir } };
		}
		if (error instanceof Failure) {
			return { failed: `${error.diagnostics[0]?.where}` };
		}
		throw error;
	}
}

export function outcome(dropCase: DropCase, rows: readonly DropRow[]): Outcome {
	return perform(kernelFor(dropCase), dropCase, rows);
}

/** The calls of the rows alone, up to the first that fails. */
export function callsOf(dropCase: DropCase, rows: readonly DropRow[]): Call[] {
	const kernel = kernelFor(dropCase);
	try {
		applyRows(kernel.host, dropCase.plan, rows);
	} catch (error) {
		if (!(error instanceof Failure)) {
			throw error;
		}
	}
	return kernel.changes;
}

export function without(rows: readonly DropRow[], name: string): DropRow[] {
	return rows.filter((row) => row.name !== name);
}

export function swapped(rows: readonly DropRow[], index: number): DropRow[] {
	const [first, second] = [rows[index], rows[index + 1]] as [DropRow, DropRow];
	return [...rows.slice(0, index), second, first, ...rows.slice(index + 2)];
}
