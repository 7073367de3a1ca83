import type { Diagnostic } from "../report/failure.ts";
import type { Reads } from "../sys/native.ts";
import { dropFaults } from "./drop-needs.ts";
import { commandFault, outlookOf, workdirFault } from "./foretell.ts";
import type { PlannedStep } from "./plan.ts";
import type { Planned } from "./surroundings.ts";

/** What would go wrong at the end of a run, when the setup is done, as far as it is known now. */
export function endFaults(
	planned: Planned,
	reads: Reads,
	{ isCommandKnown = true, isFailing }: { readonly isCommandKnown?: boolean; readonly isFailing?: (step: PlannedStep) => boolean } = {},
): Diagnostic[] {
	const outlook = outlookOf(planned.plan, planned.start, reads, isFailing);
	const workdir = workdirFault(outlook);
	const { code = "COMMAND_NOT_EXECUTABLE", ...command } = (isCommandKnown ? commandFault(outlook) : undefined) ?? {};
	return [
		...dropFaults(planned, reads),
		...(workdir === undefined ? [] : [{ code: "DROP_FAILED", where: "drop workdir", ...workdir } as const]),
		...("message" in command ? [{ code, where: "command", ...command } as const] : []),
	];
}
