import { type CapabilityName, capability } from "../capability/names.ts";
import { lackOf } from "../capability/withheld.ts";
import { stdioPurpose } from "../departure/rows/stdio.ts";
import { type RowName, table } from "../departure/rows.ts";
import type { Start } from "../departure/start.ts";
import type { Diagnostic } from "../report/failure.ts";
import type { Need } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import type { Planned } from "./surroundings.ts";
import { changesIds, keptWants, rowWants } from "./wants.ts";

type DropNeed = Pick<Need, "anyOf" | "certain" | "purpose">;

/** What becoming the workload takes from this start, beside what the steps do. */
export function dropNeeds(planned: Planned, reads: Reads): DropNeed[] {
	const { plan, config } = planned;
	const { bounding, securebits } = plan.departure.rows;
	const certain = (purpose: string, ...names: readonly CapabilityName[]) =>
		names.map((name): DropNeed => ({ anyOf: [name], certain: true, purpose }));
	const gives = [
		...(bounding === undefined ? [] : ["to shrink the bounding set"]),
		...(securebits === undefined ? [] : ["to set the securebits"]),
	];
	const others = [...rowWants(planned, reads), ...keptWants(config.capabilities)];
	return [
		...(changesIds(planned) ? certain("to become the user", "SETUID", "SETGID") : []),
		...(gives.length === 0 ? [] : certain(gives.join(" and "), "SETPCAP")),
		...others.map(({ anyOf, purpose, isOptional }) => ({ anyOf, purpose, certain: !isOptional && purpose !== stdioPurpose })),
	];
}

/** What rows before the drop would be refused. Which capability gives up what is decided with the plan; here is what is only met on the way. */
export function dropFaults({ plan, start, config }: Planned, reads: Reads): Diagnostic[] {
	return table.flatMap(({ name: row, asks, refusal }) => {
		const part = plan.departure.rows[row as RowName];
		const refused = part === undefined ? undefined : refusal?.(part, reads);
		if (refused !== undefined) {
			return [{ code: "DROP_FAILED", where: `drop ${row}`, ...refused } as const];
		}
		const asked = part === undefined ? [] : (asks?.(part, { now: reads, whenUnprivileged: config.whenUnprivileged }) ?? []);
		const lacking = asked.filter(({ name, purpose, isOptional }) => !isOptional && purpose !== stdioPurpose && !isHeldBy(start, name));
		return lacking.map(({ name, purpose }): Diagnostic => {
			const { message, remedy } = lackOf([name], start.withheld);
			return { code: "DROP_FAILED", where: `drop ${row}`, message: `CAP_${name} is ${message}, needed ${purpose}`, remedy };
		});
	});
}

function isHeldBy({ credentials }: Start, name: CapabilityName): boolean {
	return credentials.sets.permitted.has(capability(name));
}
