import { carryOut, depart, type Work } from "../../../src/departure/depart.ts";
import type { Departure } from "../../../src/departure/departure.ts";
import type { Journey } from "../../../src/departure/journey.ts";
import * as labels from "../../../src/departure/labels.ts";
import { departureOrder } from "../../../src/departure/order.ts";
import { prove } from "../../../src/departure/prove.ts";
import { type RowName, rows } from "../../../src/departure/rows.ts";
import * as landlock from "../../../src/plan/landlock.ts";
import { residentWall as resident } from "../../../src/plan/resident.ts";
import { Failure } from "../../../src/report/failure.ts";
import type { Host } from "../../../src/sys/native.ts";
import { type Call, type FakeKernel, type Workload, WorkloadStarted } from "../../fake/index.ts";
import { type DropCase, kernelFor, program } from "./cases.ts";

/** What is between setup and the program, in its order. */
export const dropOrder: readonly RowName[] = departureOrder.filter((name) =>
	["give up", "as the user", "prove", "part", "walls"].includes(rows[name].act),
);

/** How a drop ended: at a row, at the verification, or as a workload. */
export type Outcome = { readonly failed: string } | { readonly workload: Pick<Workload, "process" | "workdir"> };

export function journeyOf(host: Host): Journey {
	return { host, walls: { labels, landlock, resident }, parting: { environment: [] }, mask: 0n, note: () => {} };
}

/** As the run does it, without a program to leave for. */
export function drop(host: Host, plan: Departure, work: Work = {}): void {
	depart(journeyOf(host), plan, work);
}

/** The rows, the verification and the exec of one case, as the run does them. */
function perform(kernel: FakeKernel, { plan }: DropCase, names: readonly RowName[]): Outcome {
	try {
		const journey = journeyOf(kernel.host);
		carryOut(journey, plan, names);
		prove(kernel.host, plan);
		throw new Error(`execve returned ${kernel.host.execve([program], ["workload"], [], [])}`);
	} catch (error) {
		if (error instanceof WorkloadStarted && kernel.workload !== undefined) {
			const { process, workdir } = kernel.workload;
			return { workload: { process, workdir } };
		}
		if (error instanceof Failure) {
			return { failed: `${error.diagnostics[0].where}` };
		}
		throw error;
	}
}

export function outcome(dropCase: DropCase, names: readonly RowName[]): Outcome {
	return perform(kernelFor(dropCase), dropCase, names);
}

/** The calls of the rows alone, up to the first that fails. */
export function callsOf(dropCase: DropCase, names: readonly RowName[]): Call[] {
	const kernel = kernelFor(dropCase);
	try {
		carryOut(journeyOf(kernel.host), dropCase.plan, names);
	} catch (error) {
		if (!(error instanceof Failure)) {
			throw error;
		}
	}
	return kernel.changes;
}

export function without(names: readonly RowName[], name: RowName): RowName[] {
	return names.filter((each) => each !== name);
}

export function swapped(names: readonly RowName[], index: number): RowName[] {
	const [first, second] = [names[index], names[index + 1]] as [RowName, RowName];
	return [...names.slice(0, index), second, first, ...names.slice(index + 2)];
}

/** `name` just before the row that it has to follow. */
export function before(names: readonly RowName[], name: RowName, other: RowName): RowName[] {
	return without(names, name).flatMap((each) => (each === other ? [name, each] : [each]));
}
